"""The reference topic's one writer.

python -m deploy.reference                        publish the reference data on the broker of the environment
python -m deploy.reference revoke --subject ID    every token that this person was issued until now counts no more
python -m deploy.reference revoke --token JTI     one token counts no more
"""

import argparse
import asyncio
import datetime as dt
import sys

from deploy.reference import records
from shared.contract.reference_data import Revocation
from shared.messaging.kafka_connection import connection_of
from shared.messaging.reference_table import ReferenceTable, ReferenceWriter
from shared.settings import Settings

CLOCK = dt.timedelta(minutes=5)


async def publish() -> int:
    """Publish the reference on the broker of the settings."""
    async with ReferenceWriter(connection_of(Settings())) as writer:
        return await writer.put(records())


async def revoke(settings: Settings, *, subject: str = "", token: str = "") -> int:
    """Put tokens on the deny list, and take off it what has expired by itself; returns how many went."""
    now = dt.datetime.now(dt.UTC)
    longest = dt.timedelta(seconds=43_200 if settings.is_local else settings.token_longest_seconds)
    record = Revocation(subject=subject, token=token, revoked_at=now, forgotten_at=now + longest + CLOCK)
    reference = ReferenceTable(settings)
    await reference.start()
    try:
        over = reference.over_revocations(now)
    finally:
        await reference.stop()
    async with ReferenceWriter(connection_of(settings)) as writer:
        await writer.put([record])
        await writer.forget(over)
    return len(over)


def main(arguments: list[str]) -> int:
    """Entry of the command; returns 0."""
    parser = argparse.ArgumentParser(prog="python -m deploy.reference", description="Le référentiel.")
    revoking = parser.add_subparsers(dest="command").add_parser("revoke", help="des jetons ne valent plus")
    whose = revoking.add_mutually_exclusive_group(required=True)
    whose.add_argument("--subject", default="", help="identifiant de la personne, celui de ses jetons")
    whose.add_argument("--token", default="", help="identifiant d'un seul jeton (jti)")
    options = parser.parse_args(arguments)
    if options.command == "revoke":
        over = asyncio.run(revoke(Settings(), subject=options.subject, token=options.token))
        print(f"Retiré. {over} retraits devenus inutiles sont oubliés.")
        return 0
    print(f"{asyncio.run(publish())} enregistrements de référence publiés.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
