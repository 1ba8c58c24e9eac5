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
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from pydantic import ValidationError

from shared.contract import events
from shared.database.outbox import MAX_BODY, OUTBOX_CHANNEL
from shared.database.shared_tables import PARKED_OPEN
from shared.database.unit_of_work import PARKED_CHANNEL
from shared.messaging import corrections
from shared.messaging.delivery import redacted
from shared.settings import SERVICES, Settings

Connection = psycopg.Connection[Any]

CHOSEN = "SELECT * FROM parked WHERE state = 'parked' AND (id = %(id)s OR %(all)s) ORDER BY id FOR UPDATE"
TO_RETRY = "UPDATE parked SET state = 'retry' WHERE id = %s"
AT_ITS_PLACE = (
    "INSERT INTO outbox (id, event_id, topic, key, type, body, traceparent) VALUES (%(position)s, %(event_id)s, "
    "%(topic)s, %(key)s, %(type)s, %(body)s, %(traceparent)s) ON CONFLICT (id) DO UPDATE SET sent_at = NULL, "
    "body = excluded.body"
)
ELSEWHERE = "SELECT id FROM outbox WHERE event_id = %(event_id)s AND id <> %(position)s"
SETTLED = (
    "UPDATE parked SET state = 'replayed', resolved_at = now(), resolved_by = 'operator', body = NULL, headers = '{}' "
    "WHERE id = %s"
)
FORGET_CORRECTION = "DELETE FROM corrections WHERE topic = %(topic)s AND partition = -1 AND position = %(position)s"
DISCARD = (
    "WITH gone AS (UPDATE parked SET state = 'discarded', resolved_at = now(), resolved_by = %(by)s, body = NULL, "
    "error = left(error || ' | ' || %(why)s, 500) WHERE id = %(id)s AND state IN ('parked', 'retry') "
    "RETURNING consumer, topic, partition, position), "
    "unsent AS (DELETE FROM outbox USING gone "
    "WHERE gone.consumer = 'relay' AND outbox.id = gone.position AND outbox.sent_at IS NULL), "
    "uncorrected AS (DELETE FROM corrections USING gone WHERE corrections.topic = gone.topic "
    "AND corrections.partition = gone.partition AND corrections.position = gone.position) "
    "SELECT position FROM gone"
)


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
    rows = connection.execute(
        "SELECT id, consumer, key, state, reason, tries, parked_at, error FROM parked "
        f"WHERE {PARKED_OPEN} AND (%(reason)s::text IS NULL OR reason = %(reason)s) ORDER BY id",
        {"reason": reason},
    ).fetchall()
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


def correct(connection: Connection, parked_id: int, body: bytes, by: str, why: str) -> int:
    """Keep ``body`` as the right one of a parked message, when it is an event of the same topic, key and id."""
    row = connection.execute(f"SELECT * FROM parked WHERE id = %s AND {PARKED_OPEN}", (parked_id,)).fetchone()
    if row is None:
        return _failed("no such message is waiting")
    if row.topic not in events.CATALOGUE:
        return _failed(f"{row.topic} carries no events")
    if len(body) > MAX_BODY:
        return _failed(f"the body has {len(body)} bytes, the limit is {MAX_BODY}")
    try:
        event = events.decode(row.topic, body)
    except (ValidationError, events.UnknownType) as error:
        return _failed(f"not an event of {row.topic}: {redacted(error)}")
    if event.key != row.key:
        return _failed(f"the event is of {event.key}, the message of {row.key}")
    if row.event_id is not None and event.id != row.event_id:
        return _failed(f"the event has the id {event.id}, the message {row.event_id}")
    values = {
        "topic": row.topic,
        "partition": row.partition,
        "position": row.position,
        "key": row.key,
        "body": body,
        "by": by,
        "why": why,
        "kept_until": row.parked_at + corrections.retention(row.topic),
    }
    connection.execute(corrections.GIVE, values)
    print(f"message {parked_id}: right body kept, to be read by retry and by every rebuild")
    return 0


def retry(connection: Connection, parked_id: int | None, everything: bool) -> int:
    """Send parked messages on their way again, and say what was done with them."""
    left_to_worker = put_back = emitted_already = 0
    lost: list[int] = []
    with connection.transaction():
        for row in connection.execute(CHOSEN, {"id": parked_id, "all": everything}).fetchall():
            if row.consumer != "relay":
                connection.execute(TO_RETRY, (row.id,))
                left_to_worker += 1
            elif _emitted_again(connection, row):
                connection.execute(SETTLED, (row.id,))
                emitted_already += 1
            elif _put_back(connection, row):
                connection.execute(TO_RETRY, (row.id,))
                put_back += 1
            else:
                lost.append(row.id)
        for channel in (OUTBOX_CHANNEL, PARKED_CHANNEL):
            connection.execute("SELECT pg_notify(%s, '')", (channel,))
    if left_to_worker:
        print(f"{left_to_worker} message(s) left to the worker")
    if put_back:
        print(f"{put_back} event(s) put back into the outbox")
    if emitted_already:
        print(f"{emitted_already} event(s) told again meanwhile: settled")
    if lost:
        return _failed(f"no bytes left, discard or emit again: {', '.join(map(str, lost))}")
    if not left_to_worker + put_back + emitted_already:
        return _failed("nothing to retry")
    return 0


def _emitted_again(connection: Connection, row: Any) -> bool:
    """Whether the event stands in the outbox under another number: it was emitted again."""
    found = connection.execute(ELSEWHERE, {"event_id": row.event_id, "position": row.position})
    return found.fetchone() is not None


def _put_back(connection: Connection, row: Any) -> bool:
    """Give a refused event its row of the outbox back, with the right body if one was given. False without bytes."""
    corrected = connection.execute(corrections.BODY, (row.topic, row.partition, row.position)).fetchone()
    body = corrected.body if corrected is not None else row.body
    if body is None:
        return False
    text = bytes(body).decode()
    place = {
        "position": row.position,
        "event_id": row.event_id,
        "topic": row.topic,
        "key": row.key,
        "type": row.headers.get("ce_type") or json.loads(text)["type"],
        "body": text,
        "traceparent": row.headers.get("traceparent", ""),
    }
    connection.execute(AT_ITS_PLACE, place)
    connection.execute(FORGET_CORRECTION, place)
    return True


def discard(connection: Connection, parked_id: int, by: str, why: str) -> int:
    """Give a message up: its bytes go, who and why remain."""
    done = connection.execute(DISCARD, {"id": parked_id, "by": by, "why": why}).rowcount
    for channel in (OUTBOX_CHANNEL, PARKED_CHANNEL):
        connection.execute("SELECT pg_notify(%s, '')", (channel,))
    print(f"{done} message(s) discarded")
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
                try:
                    body = options.file.read_bytes()
                except OSError as error:
                    return _failed(f"{options.file}: {error.strerror}")
                return correct(connection, options.id, body, options.by, options.why)
            case "retry":
                return retry(connection, options.id, options.all)
            case _:
                return discard(connection, options.id, options.by, options.why)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
