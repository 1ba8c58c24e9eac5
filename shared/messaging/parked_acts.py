"""What an operator does with parked messages, by the command and by the pages: mend, retry, discard.

Their bytes are read by machines alone: neither an answer nor an error of these functions holds any of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from pydantic import ValidationError

from shared.contract import events
from shared.database.outbox import MAX_BODY, OUTBOX_CHANNEL
from shared.database.shared_tables import PARKED_OPEN
from shared.database.unit_of_work import PARKED_CHANNEL
from shared.messaging import corrections
from shared.messaging.delivery import redacted

Connection = psycopg.Connection[Any]

LISTED = (
    "SELECT p.id, p.consumer, p.topic, p.key, p.event_id, p.state, p.reason, p.error, p.tries, p.parked_at, "
    "EXISTS (SELECT FROM corrections c WHERE c.topic = p.topic AND c.partition = p.partition "
    "AND c.position = p.position AND c.body IS NOT NULL) AS mended "
    f"FROM parked p WHERE {PARKED_OPEN} AND (%(reason)s::text IS NULL OR p.reason = %(reason)s) "
    "AND (%(id)s::bigint IS NULL OR p.id = %(id)s) ORDER BY p.id LIMIT %(most)s"
)
CHOSEN = (
    "SELECT * FROM parked WHERE state = 'parked' AND (%(id)s::bigint IS NULL OR id = %(id)s) "
    "AND (%(reason)s::text IS NULL OR reason = %(reason)s) ORDER BY id FOR UPDATE"
)
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


class CannotMend(ValueError):
    """The body is not the right one of the message; ``code`` names why, the text says it to an operator."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass
class Retried:
    """What became of messages sent on their way again. ``lost``: ids of those whose bytes are gone."""

    left_to_worker: int = 0
    put_back: int = 0
    emitted_already: int = 0
    lost: list[int] = field(default_factory=list)

    @property
    def moved(self) -> int:
        """How many go on."""
        return self.left_to_worker + self.put_back + self.emitted_already


def waiting(
    connection: Connection, *, reason: str | None = None, parked_id: int | None = None, most: int | None = None
) -> Sequence[Any]:
    """The messages that wait, those at fault and those behind them, without their bytes; ``most`` of them, or all."""
    return connection.execute(LISTED, {"reason": reason, "id": parked_id, "most": most}).fetchall()


def correct(connection: Connection, parked_id: int, body: bytes, by: str, why: str) -> None:
    """Keep ``body`` as the right one of a parked message. Raises ``CannotMend`` unless it is an event of the same
    topic, key and id."""
    row = connection.execute(f"SELECT * FROM parked WHERE id = %s AND {PARKED_OPEN}", (parked_id,)).fetchone()
    if row is None:
        raise CannotMend("not_waiting", "no such message is waiting")
    if row.topic not in events.CATALOGUE:
        raise CannotMend("no_events", f"{row.topic} carries no events")
    if len(body) > MAX_BODY:
        raise CannotMend("too_large", f"the body has {len(body)} bytes, the limit is {MAX_BODY}")
    try:
        event = events.decode(row.topic, body)
    except (ValidationError, events.UnknownType) as error:
        raise CannotMend("not_an_event", f"not an event of {row.topic}: {redacted(error)}") from None
    if event.key != row.key:
        raise CannotMend("other_key", f"the event is of {event.key}, the message of {row.key}")
    if row.event_id is not None and event.id != row.event_id:
        raise CannotMend("other_event", f"the event has the id {event.id}, the message {row.event_id}")
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


def retry(connection: Connection, parked_id: int | None = None, reason: str | None = None) -> Retried:
    """Send parked messages on their way again: one, all of one reason, or all."""
    done = Retried()
    with connection.transaction():
        for row in connection.execute(CHOSEN, {"id": parked_id, "reason": reason}).fetchall():
            if row.consumer != "relay":
                connection.execute(TO_RETRY, (row.id,))
                done.left_to_worker += 1
            elif _emitted_again(connection, row):
                connection.execute(SETTLED, (row.id,))
                done.emitted_already += 1
            elif _put_back(connection, row):
                connection.execute(TO_RETRY, (row.id,))
                done.put_back += 1
            else:
                done.lost.append(row.id)
        _wake(connection)
    return done


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


def discard(connection: Connection, parked_id: int, by: str, why: str) -> bool:
    """Give a message up: its bytes go, who and why remain. False when none of this id waits."""
    done = connection.execute(DISCARD, {"id": parked_id, "by": by, "why": why}).rowcount
    _wake(connection)
    return bool(done)


def _wake(connection: Connection) -> None:
    for channel in (OUTBOX_CHANNEL, PARKED_CHANNEL):
        connection.execute("SELECT pg_notify(%s, '')", (channel,))
