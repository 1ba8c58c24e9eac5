"""The topics: partitions, retention and compaction as data, created by one command and compared with the broker.

    python -m shared.messaging.topics create | check

Twelve partitions for everything keyed by application, once and for ever: a key must never change partition.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from shared.contract import events
from shared.settings import SERVICES, Settings

PARTITIONS = 12
DAY = 24 * 3600 * 1000


@dataclass(frozen=True)
class Topic:
    """A topic, its number of partitions and its settings."""

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


def _retained(days: int) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(days * DAY), "max.message.bytes": "1048588"}


TOPICS: tuple[Topic, ...] = (
    Topic(events.APPLICATION, PARTITIONS, _retained(35)),
    Topic(events.IDENTITY, PARTITIONS, _retained(400)),
    Topic(events.DECISION, PARTITIONS, _retained(400)),
    Topic(events.LETTER, PARTITIONS, _retained(400)),
    Topic(events.ACCESS, PARTITIONS, _retained(400)),
    # Kept for ever: no person's data, and the one copy of the heads that the owner of the access log cannot rewrite.
    Topic(events.AUDIT, 1, {"cleanup.policy": "delete", "retention.ms": "-1"}),
    Topic(events.REFERENCE, 1, {"cleanup.policy": "compact", "delete.retention.ms": str(30 * DAY)}),
    *(Topic(events.dead_letter_topic(service), 1, _retained(90)) for service in SERVICES),
)


def _raise_for(name: str, code: int, message: str | None) -> None:
    if code not in (0, 36):  # 36: the topic exists already
        raise for_code(code)(f"{name}: {message or ''}")


async def create(bootstrap_servers: str, replication: int = 1) -> list[str]:
    """Create what is missing and return the names of all topics. ``replication``: copies of each partition."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        wanted = [NewTopic(t.name, t.partitions, replication, topic_configs=dict(t.config)) for t in TOPICS]
        response = await admin.create_topics(wanted)
        for name, code, *rest in response.topic_errors:
            _raise_for(name, code, rest[0] if rest else None)
        return [topic.name for topic in TOPICS]
    finally:
        await admin.close()


async def differences(bootstrap_servers: str) -> list[str]:
    """What the broker has otherwise than this version wants, one sentence each; empty when all is as it should be."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        described = {d["topic"]: d for d in await admin.describe_topics([t.name for t in TOPICS])}
        found = []
        present = [t for t in TOPICS if not described.get(t.name, {"error_code": 3})["error_code"]]
        for topic in TOPICS:
            if topic not in present:
                found.append(f"{topic.name}: missing")
            elif (count := len(described[topic.name]["partitions"])) != topic.partitions:
                found.append(f"{topic.name}: {count} partitions, wanted {topic.partitions}")
        resources = [ConfigResource(ConfigResourceType.TOPIC, t.name) for t in present]
        for response in await admin.describe_configs(resources) if resources else []:
            for resource in response.resources:
                name, entries = resource[3], {entry[0]: entry[1] for entry in resource[4]}
                wanted = next(t.config for t in present if t.name == name)
                found += [
                    f"{name}: {key} is {entries.get(key)}, wanted {value}"
                    for key, value in wanted.items()
                    if entries.get(key) != value
                ]
        return found
    finally:
        await admin.close()


def main(arguments: list[str]) -> int:
    """Create or check the topics from the command line; returns the exit code."""
    settings = Settings()
    servers = settings.kafka_bootstrap_servers
    match arguments:
        case ["create"]:
            print("\n".join(asyncio.run(create(servers, settings.topic_replication))))
            return 0
        case ["check"]:
            found = asyncio.run(differences(servers))
            print("\n".join(found) if found else "all topics are as they should be")
            return 1 if found else 0
        case _:
            print("usage: python -m shared.messaging.topics create|check", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
