"""The right bodies of messages that lie broken on their topics.

A topic cannot be edited: a message mended where it was parked would be met broken again by every rebuild. Its right
body is kept here, by its place on the topic and for as long as the topic keeps the broken one, and is read in its
stead. The rows are erasable: what is left of an erased one tells consumers to pass the message over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from shared.database.unit_of_work import UnitOfWork
from shared.messaging.catalogue import TOPICS
from shared.messaging.delivery import Delivery, decode

# A broker removes whole segments, so that a message may outlast the retention of its topic by a while.
MARGIN = dt.timedelta(days=7)
KEPT_WITHOUT_TOPIC = dt.timedelta(days=400)


def retention(topic: str) -> dt.timedelta:
    """How long a correction of a message of ``topic`` is kept, counted from when the message was parked."""
    configured = next((each.config.get("retention.ms") for each in TOPICS if each.name == topic), None)
    kept = KEPT_WITHOUT_TOPIC if configured is None else dt.timedelta(milliseconds=int(configured))
    return kept + MARGIN


async def substitute(unit: UnitOfWork, deliveries: Sequence[Delivery]) -> list[Delivery]:
    """The deliveries with the right body where one was given, without those whose right body was erased."""
    if not deliveries:
        return []
    values = {
        "topic": deliveries[0].topic,
        "partitions": [delivery.partition for delivery in deliveries],
        "positions": [delivery.position for delivery in deliveries],
    }
    corrected = {(row.partition, row.position): row.body for row in await unit.rows(_FIND, values)}
    if not corrected:
        return list(deliveries)
    result = []
    for delivery in deliveries:
        place = (delivery.partition, delivery.position)
        if place in corrected:
            if corrected[place] is None:
                continue
            delivery.body = bytes(corrected[place])
            decode(delivery)
        result.append(delivery)
    return result


async def erase(unit: UnitOfWork, keys: Sequence[str]) -> None:
    """Forget the right bodies kept for these keys."""
    await unit.execute(_ERASE, {"keys": list(keys)})


_FIND = sa.text(
    "SELECT partition, position, body FROM corrections WHERE topic = :topic AND (partition, position) IN "
    "(SELECT * FROM unnest(CAST(:partitions AS int[]), CAST(:positions AS bigint[])))"
)
_ERASE = sa.text("UPDATE corrections SET body = NULL WHERE key = ANY(:keys) AND body IS NOT NULL")

# By the operator's command, which has a connection of its own.
GIVE = (
    "INSERT INTO corrections (topic, partition, position, key, body, corrected_by, why, kept_until) "
    "VALUES (%(topic)s, %(partition)s, %(position)s, %(key)s, %(body)s, %(by)s, %(why)s, %(kept_until)s) "
    "ON CONFLICT (topic, partition, position) DO UPDATE SET body = excluded.body, "
    "corrected_by = excluded.corrected_by, why = excluded.why, corrected_at = now()"
)
BODY = "SELECT body FROM corrections WHERE topic = %s AND partition = %s AND position = %s"
# By the relay's housekeeping.
FORGET = "DELETE FROM corrections WHERE kept_until < now()"
