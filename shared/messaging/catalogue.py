"""The catalogue of topics: partitions, retention, who writes and who follows, as data.

Twelve partitions for everything keyed by application, once and for ever: a key must never change partition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.contract import events
from shared.settings import SERVICES

PARTITIONS = 12
DAY = 24 * 3600 * 1000


@dataclass(frozen=True)
class Topic:
    """A topic, its number of partitions, its settings, and the services whose workers write and follow it."""

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)
    written_by: Sequence[str] = ()
    followed_by: Sequence[str] = ()


def _retained(days: int) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(days * DAY), "max.message.bytes": "1048588"}


TOPICS: tuple[Topic, ...] = (
    Topic(events.APPLICATION, PARTITIONS, _retained(35), ["intake"], ["dedup", "decision", "letters", "reporting"]),
    Topic(events.IDENTITY, PARTITIONS, _retained(400), ["dedup"], ["intake", "decision", "reporting"]),
    Topic(events.DECISION, PARTITIONS, _retained(400), ["decision"], ["intake", "dedup", "letters", "reporting"]),
    Topic(events.LETTER, PARTITIONS, _retained(400), ["letters"], ["intake", "decision", "reporting"]),
    Topic(events.ACCESS, PARTITIONS, _retained(400), SERVICES, ["reporting"]),
    # Kept for ever: no person's data, and the one copy of the heads that the owner of the access log cannot rewrite.
    Topic(events.AUDIT, 1, {"cleanup.policy": "delete", "retention.ms": "-1"}, ["reporting"]),
    Topic(events.REFERENCE, 1, {"cleanup.policy": "compact", "delete.retention.ms": str(30 * DAY)}),
    *(Topic(events.dead_letter_topic(service), 1, _retained(90), [service]) for service in SERVICES),
)
