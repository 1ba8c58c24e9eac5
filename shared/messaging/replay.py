"""The operator's command for parked messages.

    python -m shared.messaging.replay list    --service decision [--reason CODE]
    python -m shared.messaging.replay show    --service decision ID
    python -m shared.messaging.replay mend    --service decision ID FILE --by OPERATOR --why TEXT
    python -m shared.messaging.replay retry   --service decision ID | --all
    python -m shared.messaging.replay discard --service decision ID --by OPERATOR --why TEXT

``mend`` keeps the right body of a message, which every later reading takes instead of the broken one. ``retry`` puts an
event that the broker refused back into the outbox, at its place; a message that a consumer parked it only marks: the
running worker, which has the handlers, applies it and then what waits behind it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import psycopg
from psycopg.rows import namedtuple_row

from shared.messaging import corrections, parked_acts
from shared.messaging.parked_acts import CannotMend, Connection
from shared.settings import SERVICES, Settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.messaging.replay", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("list", "show", "mend", "retry", "discard"):
        command = commands.add_parser(name)
        command.add_argument("--service", required=True, choices=SERVICES)
        if name == "list":
            command.add_argument("--reason")
        else:
            command.add_argument("id", type=int, nargs="?" if name == "retry" else None)
        if name == "mend":
            command.add_argument("file", type=Path, help="the right body, as JSON")
        if name == "retry":
            command.add_argument("--all", action="store_true", help="every message at fault")
        if name in ("mend", "discard"):
            command.add_argument("--by", required=True, help="pseudonymous id of the operator")
            command.add_argument("--why", required=True)
    return parser


def _list(connection: Connection, reason: str | None) -> int:
    rows = parked_acts.waiting(connection, reason=reason)
    for row in rows:
        print(
            f"{row.id:>6}  {row.state:<7} {row.reason:<20} tries={row.tries} {row.parked_at:%Y-%m-%d %H:%M} "
            f"{row.consumer} {row.key}  {row.error}"
        )
    print(f"{len(rows)} waiting")
    return 0


def _show(connection: Connection, parked_id: int) -> int:
    row = connection.execute("SELECT * FROM parked WHERE id = %s", (parked_id,)).fetchone()
    if row is None:
        return _failed("no such message")
    for name in ("topic", "partition", "position", "key", "event_id", "headers", "reason", "error", "tries", "state"):
        value = getattr(row, name)
        print(f"{'offset' if name == 'position' else name:>10}: {json.dumps(value) if name == 'headers' else value}")
    print("      body:", _text(row.body))
    corrected = connection.execute(corrections.BODY, (row.topic, row.partition, row.position)).fetchone()
    if corrected is not None:
        print("right body:", _text(corrected.body))
    return 0


def _text(body: bytes | None) -> str:
    return bytes(body).decode(errors="backslashreplace") if body is not None else "(erased)"


def _failed(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


def _mend(connection: Connection, parked_id: int, file: Path, by: str, why: str) -> int:
    try:
        parked_acts.correct(connection, parked_id, file.read_bytes(), by, why)
    except OSError as error:
        return _failed(f"{file}: {error.strerror}")
    except CannotMend as unfit:
        return _failed(unfit.detail)
    print(f"message {parked_id}: right body kept, to be read by retry and by every rebuild")
    return 0


def _retry(connection: Connection, parked_id: int | None, everything: bool) -> int:
    """Send parked messages on their way again, and say what was done with them."""
    done = parked_acts.retry(connection, parked_id) if everything or parked_id is not None else parked_acts.Retried()
    for count, words in (
        (done.left_to_worker, "message(s) left to the worker"),
        (done.put_back, "event(s) put back into the outbox"),
        (done.emitted_already, "event(s) told again meanwhile: settled"),
    ):
        if count:
            print(f"{count} {words}")
    if done.lost:
        return _failed(f"no bytes left, discard or emit again: {', '.join(map(str, done.lost))}")
    return 0 if done.moved else _failed("nothing to retry")


def _discard(connection: Connection, parked_id: int, by: str, why: str) -> int:
    done = parked_acts.discard(connection, parked_id, by, why)
    print(f"{int(done)} message(s) discarded")
    return 0 if done else 1


def main(arguments: list[str]) -> int:
    """List, show, replay or discard parked messages from the command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    settings = Settings(service=options.service)
    with psycopg.connect(settings.conninfo(), autocommit=True, row_factory=namedtuple_row) as connection:
        match options.command:
            case "list":
                return _list(connection, options.reason)
            case "show":
                return _show(connection, options.id)
            case "mend":
                return _mend(connection, options.id, options.file, options.by, options.why)
            case "retry":
                return _retry(connection, None if options.all else options.id, options.all)
            case _:
                return _discard(connection, options.id, options.by, options.why)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
