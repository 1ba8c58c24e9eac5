"""Messages that could not be applied: kept whole, in order, until an operator replays or discards them.

A message at fault is ``parked``; everything later for its key of that topic is parked ``behind`` it, so that order
holds. When the operator has settled the message at fault, those behind it are drained by the worker without being
asked.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from shared import clock
from shared.contract.events import dead_letter_topic
from shared.database.shared_tables import PARKED_OPEN
from shared.database.unit_of_work import UnitOfWork, emit_raw
from shared.ids import named_uuid
from shared.messaging import corrections
from shared.messaging.delivery import Delivery
from shared.observability.tracing import traceparent


async def open_keys(unit: UnitOfWork, consumer: str, keys: Sequence[str]) -> set[str]:
    """Those of ``keys`` for which something is waiting, so that nothing later may overtake it."""
    if not keys:
        return set()
    rows = await unit.rows(_OPEN, {"consumer": consumer, "keys": list(dict.fromkeys(keys))})
    return {row.key for row in rows}


async def known(unit: UnitOfWork, consumer: str, deliveries: Sequence[Delivery]) -> set[tuple[int, int]]:
    """Those of the (partition, position) that were parked before, whatever has become of them since."""
    if not deliveries:
        return set()
    values = {
        "consumer": consumer,
        "topic": deliveries[0].topic,
        "partitions": [delivery.partition for delivery in deliveries],
        "positions": [delivery.position for delivery in deliveries],
    }
    return {(row.partition, row.position) for row in await unit.rows(_KNOWN, values)}


async def park(
    unit: UnitOfWork, service: str, consumer: str, delivery: Delivery, *, behind: bool, tries: int = 1
) -> None:
    """Keep a message with its original bytes; a message at fault also leaves a notice, without content, for
    operators."""
    values = dataclasses.asdict(delivery) | {
        "event": None,
        "consumer": consumer,
        "event_id": delivery.event_id,
        "headers": json.dumps({name: value.decode(errors="replace") for name, value in delivery.headers}),
        "reason": "behind" if behind else delivery.reason,
        "error": "" if behind else delivery.error[:500],
        "state": "behind" if behind else "parked",
        "tries": tries,
    }
    values.pop("event")
    fresh = (await unit.execute(_PARK, values)).rowcount
    if behind or not fresh:
        return
    notice = {
        "service": service,
        "consumer": consumer,
        "topic": delivery.topic,
        "partition": delivery.partition,
        "offset": delivery.position,
        "key": delivery.key,
        "event_id": str(delivery.event_id or ""),
        "reason": delivery.reason,
        "error": delivery.error[:500],
        "business_date": clock.today().isoformat(),
    }
    await emit_raw(
        unit,
        event_id=named_uuid("dead-letter", consumer, delivery.topic, delivery.partition, delivery.position),
        topic=dead_letter_topic(service),
        key=delivery.key,
        type_="dead_letter.parked",
        body=json.dumps(notice),
        trace=traceparent(getattr(delivery.event, "correlation_id", "")),
    )


async def next_open(unit: UnitOfWork, consumer: str, resting: Sequence[int] = ()) -> list[int]:
    """The first waiting message of each key that may be tried now, by its id: one an operator set to retry, or one
    merely behind. Those in ``resting`` are left out, and so are the keys they stand first for."""
    return [row.id for row in await unit.rows(_NEXT, {"consumer": consumer, "resting": list(resting)})]


async def claim(unit: UnitOfWork, parked_id: int) -> sa.Row[Any] | None:
    """The message, if it still may be tried; nobody else can try or settle it until the transaction ends.

    None when another has it or has settled it meanwhile.
    """
    return await unit.one_or_none(_CLAIM, {"id": parked_id})


async def settle(unit: UnitOfWork, parked_id: int, state: str, by: str) -> None:
    """Close a parked message; its bytes go with it, the trace stays."""
    await unit.execute(_SETTLE, {"id": parked_id, "state": state, "by": by})


async def failed_again(unit: UnitOfWork, parked_id: int, reason: str, error: str) -> None:
    """Record that a replayed message failed, and why."""
    await unit.execute(_AGAIN, {"id": parked_id, "reason": reason, "error": error[:500]})


async def counts(unit: UnitOfWork) -> tuple[int, int]:
    """How many keys and how many messages wait."""
    [row] = await unit.rows(_COUNTS)
    return int(row.waiting_keys), int(row.waiting_messages)


async def erase(unit: UnitOfWork, keys: Sequence[str]) -> None:
    """Forget the bytes parked for these keys, and those given in their stead: erasure reaches every copy, and nothing
    waits any longer for what is gone."""
    if keys:
        await unit.execute(_ERASE, {"keys": list(keys)})
        await corrections.erase(unit, keys)


_OPEN = sa.text(f"SELECT DISTINCT key FROM parked WHERE consumer = :consumer AND key = ANY(:keys) AND {PARKED_OPEN}")
_KNOWN = sa.text(
    "SELECT partition, position FROM parked WHERE consumer = :consumer AND topic = :topic AND (partition, position) IN "
    "(SELECT * FROM unnest(CAST(:partitions AS int[]), CAST(:positions AS bigint[])))"
)
# A rebuild may meet again what was replayed long ago, and fail on it, or have to keep it behind another: it waits anew.
# What an operator discarded stays discarded.
_PARK = sa.text(
    "INSERT INTO parked (consumer, topic, partition, position, key, event_id, body, headers, reason, error, tries, "
    "state) "
    "VALUES (:consumer, :topic, :partition, :position, :key, :event_id, :body, CAST(:headers AS jsonb), :reason, "
    ":error, :tries, "
    ":state) ON CONFLICT (consumer, topic, partition, position) DO UPDATE SET event_id = excluded.event_id, "
    "body = excluded.body, headers = excluded.headers, reason = excluded.reason, error = excluded.error, "
    "tries = excluded.tries, state = excluded.state, parked_at = now(), resolved_at = NULL, resolved_by = NULL "
    "WHERE parked.state = 'replayed'"
)
_NEXT = sa.text(
    f"SELECT id FROM (SELECT DISTINCT ON (key) id, state FROM parked WHERE consumer = :consumer AND {PARKED_OPEN} "
    "ORDER BY key, position) AS first WHERE state IN ('behind', 'retry') AND id <> ALL(CAST(:resting AS bigint[])) "
    "ORDER BY id LIMIT 200"
)
_CLAIM = sa.text("SELECT * FROM parked WHERE id = :id AND state IN ('behind', 'retry') FOR UPDATE SKIP LOCKED")
_SETTLE = sa.text(
    "UPDATE parked SET state = :state, resolved_at = now(), resolved_by = :by, body = NULL, headers = '{}' WHERE id = "
    ":id"
)
_AGAIN = sa.text(
    "UPDATE parked SET state = 'parked', tries = tries + 1, reason = :reason, error = :error WHERE id = :id"
)
_ERASE = sa.text(
    "UPDATE parked SET body = NULL, headers = '{}', resolved_at = coalesce(resolved_at, now()), "
    "resolved_by = coalesce(resolved_by, 'erasure'), "
    f"state = CASE WHEN {PARKED_OPEN} THEN 'discarded' ELSE state END WHERE key = ANY(:keys)"
)
_COUNTS = sa.text(
    "SELECT count(DISTINCT (consumer, key)) AS waiting_keys, count(*) AS waiting_messages "
    f"FROM parked WHERE {PARKED_OPEN}"
)
