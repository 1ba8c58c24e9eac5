"""What the topics hold, read from their beginning to their present end: the ground truth of who said what, in which order."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.events import APPLICATION, DECISION, IDENTITY, LETTER

TOPICS = (APPLICATION, IDENTITY, DECISION, LETTER)


@dataclass
class History:
    """Events by topic and application, each at its first appearance; ``repeats`` counts later ones of the same id."""

    events: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=lambda: {t: defaultdict(list) for t in TOPICS})
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


async def read(bootstrap: str) -> History:
    """Read the four topics of applications. Messages that are no events (poison) are left out."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    history = History()
    try:
        await consumer._client.force_metadata_update()
        partitions = []
        for topic in TOPICS:
            consumer._client.add_topic(topic)
            numbers = await consumer._client._wait_on_metadata(topic)
            partitions += [TopicPartition(topic, number) for number in sorted(numbers)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning(*partitions)
        left = {partition for partition in partitions if ends[partition] > 0}
        while left:
            for records in (await consumer.getmany(timeout_ms=500, max_records=5000)).values():
                for record in records:
                    _note(history, record.topic, record.value)
            left = {partition for partition in left if await consumer.position(partition) < ends[partition]}
    finally:
        await consumer.stop()
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
