"""Commands without a server: ``simulate`` an application, ``replay`` past decisions.

python -m services.decision simulate FILE.json [--explain]       (FILE "-": standard input)
python -m services.decision simulate --schema [input|output]
python -m services.decision replay [--from DAY] [--to DAY] [--caisse CODE] [--with current|RULESET|FOLDER]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.contract.input_errors import InputError

BAD_INPUT = 2


def main(argv: Sequence[str]) -> int:
    """Run one command; returns the exit code: 0, 1 for differences found by ``replay``, 2 for bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m services.decision", description="La loi par elle-même, sans serveur."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    simulating = commands.add_parser("simulate", help="issue complète d'une demande, d'après un fichier JSON")
    simulating.add_argument(
        "file", nargs="?", help="demande en JSON, comme POST /applications ; « - » : entrée standard"
    )
    simulating.add_argument("--explain", action="store_true", help="phrases françaises au lieu de JSON")
    simulating.add_argument(
        "--schema",
        nargs="?",
        const="input",
        choices=("input", "output"),
        help="schéma JSON de l'entrée ou de la sortie",
    )
    replaying = commands.add_parser("replay", help="recalcule les décisions passées et liste les différences")
    replaying.add_argument(
        "--from", dest="first", type=dt.date.fromisoformat, help="décidées depuis ce jour (AAAA-MM-JJ)"
    )
    replaying.add_argument("--to", dest="last", type=dt.date.fromisoformat, help="décidées jusqu'à ce jour")
    replaying.add_argument("--caisse", help="d'une seule caisse")
    replaying.add_argument(
        "--with",
        dest="rules",
        metavar="REGLES",
        help="avec d'autres règles : current, identifiant d'une édition, ou dossier de YAML",
    )
    replaying.add_argument("--out", type=Path, help="écrire toutes les différences dans ce fichier CSV")
    replaying.add_argument("--processes", type=int, default=2, help="processus de calcul (2)")
    options = parser.parse_args(argv)
    if options.command == "simulate":
        if options.file is None and options.schema is None:
            simulating.error("donnez un fichier, « - », ou --schema")
        return run_simulate(options)
    from services.decision.commands import replay

    return replay.run(options)


def run_simulate(options: argparse.Namespace) -> int:
    """Read, simulate, print. Nothing of the service is loaded: no database, no broker, no server."""
    if options.schema:
        from services.decision.domain.simulation import request, response

        _print(request.input_schema() if options.schema == "input" else response.schema())
        return 0
    try:
        text = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    except OSError as error:
        print(f"erreur : {options.file} : {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    from pydantic import ValidationError

    from services.decision.domain.law import edition
    from services.decision.domain.simulation import request, simulate
    from shared.contract.input_errors import input_errors

    try:
        found = simulate.simulate(request.read(text), edition.current(), edition.collection())
    except request.InvalidSimulation as invalid:
        return _report(invalid.errors)
    except ValidationError as invalid:
        return _report(input_errors(invalid.errors()))
    if options.explain:
        from services.decision.domain.simulation.explanation import explain

        sys.stdout.write(explain(found))
    else:
        _print(found.model_dump(mode="json"))
    return 0


def _report(errors: Sequence[InputError]) -> int:
    """What is wrong with the input, one line a field."""
    print(f"erreur : {len(errors)} point(s) à corriger dans la demande", file=sys.stderr)
    for error in errors:
        print(f"  {error.pointers or '/'} [{error.code}] {error.detail}", file=sys.stderr)
    return BAD_INPUT


def _print(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))
