"""Keys, tokens and sessions of the local profile, from the command line.

python -m shared.access token --role technician --caisse 751 --id tech-751-1 [--hours 12]
python -m shared.access token --role frontend --sandbox          of the invented caisse where integrators try
python -m shared.access session --role technician --caisse 751   the cookie of a session at the pages
python -m shared.access keys --public FILE
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from shared.access.posts import Post
from shared.access.principal import NATIONAL, Role
from shared.access.sessions import issue_session
from shared.access.tokens import issue_token, publish_keys
from shared.contract.sandbox import SANDBOX
from shared.settings import Settings


def main(arguments: list[str]) -> int:
    """Entry of the command; returns 0."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.access", description="Keys and tokens of the local profile."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    keys = commands.add_parser("keys", help="make the signing key at first need and write its public half to a file")
    keys.add_argument("--public", required=True, type=Path)
    token = commands.add_parser("token", help="print a token")
    token.add_argument("--role", required=True, type=Role, choices=list(Role))
    token.add_argument("--caisse")
    token.add_argument("--id", dest="subject")
    token.add_argument("--body", help="code of the deposit body whose own token it is")
    token.add_argument("--hours", type=float, default=12.0)
    token.add_argument("--sandbox", action="store_true", help="for the invented caisse of integrators")
    session = commands.add_parser("session", help="print the value of a session cookie")
    session.add_argument("--role", required=True, type=Role, choices=list(Role))
    session.add_argument("--caisse")
    session.add_argument("--id", dest="subject")
    options = parser.parse_args(arguments)
    if options.command == "keys":
        publish_keys(Settings(), options.public)
        return 0
    if getattr(options, "sandbox", False):
        options.caisse = SANDBOX
    if options.caisse is None and options.role not in NATIONAL:
        parser.error(f"--caisse is needed for the role {options.role}")
    subject = options.subject or f"{options.role}-{options.caisse or 'national'}"
    if options.command == "session":
        print(issue_session(Settings(), Post(options.caisse, frozenset({options.role})), subject))
        return 0
    made = issue_token(
        Settings(),
        role=options.role,
        caisse=options.caisse,
        subject=subject,
        seconds=options.hours * 3600,
        body=options.body,
    )
    print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
