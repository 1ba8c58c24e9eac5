"""What the topics hold, read from their beginning to their present end: the ground truth of who said what, in which
order."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.contract.events import APPLICATION, DECISION, IDENTITY, LETTER

TOPICS = (APPLICATION, IDENTITY, DECISION, LETTER)


@dataclass
class History:
    """Events by topic and application, each at its first appearance; ``repeats`` counts later ones of the same id."""

    events: dict[str, dict[str, list[dict[str, Any]]]] = field(
        default_factory=lambda: {t: defaultdict(list) for t in TOPICS}
    )
    ids: dict[str, set[str]] = field(default_factory=lambda: {t: set() for t in TOPICS})
    repeats: int = 0

    def of(self, application_id: str, *types: str) -> list[dict[str, Any]]:
        """The events of one application of these types, over all topics."""
        found = [event for topic in TOPICS for event in self.events[topic].get(application_id, ())]
        return [event for event in found if event["type"] in types]

    def out_of_order(self) -> list[str]:
        """Applications of which some topic holds a later version before an earlier one."""
        return [
            f"{topic} {application}: {numbers}"
            for topic, applications in self.events.items()
            for application, events in applications.items()
            if (numbers := [event["sequence"] for event in events]) != sorted(set(numbers))
        ]


async def records(bootstrap: str, topics: Iterable[str]) -> AsyncIterator[ConsumerRecord]:
    """Every record of these topics, from their beginning to where they end now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        described = await _partitions(bootstrap, topics)
        consumer.assign(described)
        ends = await consumer.end_offsets(described)
        await consumer.seek_to_beginning(*described)
        left = {partition for partition in described if ends[partition] > 0}
        while left:
            for found in (await consumer.getmany(timeout_ms=500, max_records=5000)).values():
                for record in found:
                    yield record
            left = {partition for partition in left if await consumer.position(partition) < ends[partition]}
    finally:
        await consumer.stop()


async def _partitions(bootstrap: str, topics: Iterable[str]) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    return [TopicPartition(one["topic"], part["partition"]) for one in described for part in one["partitions"]]


async def read(bootstrap: str, mended: Mapping[UUID, str] | None = None) -> History:
    """Read the four topics of applications. Messages that are no events (poison) are left out.

    ``mended`` holds by event id what should have been sent instead of a spoilt message; it is read in its place.
    """
    originals = {str(event_id).encode(): body.encode() for event_id, body in (mended or {}).items()}
    history = History()
    async for record in records(bootstrap, TOPICS):
        event_id = dict(record.headers).get("ce_id", b"")
        _note(history, record.topic, originals.get(event_id, record.value))
    return history


def _note(history: History, topic: str, body: bytes) -> None:
    try:
        event = json.loads(body)
        identifier, application = event["id"], event["application_id"]
    except (ValueError, KeyError, TypeError):
        return
    if identifier in history.ids[topic]:
        history.repeats += 1
        return
    history.ids[topic].add(identifier)
    history.events[topic][application].append(event)
