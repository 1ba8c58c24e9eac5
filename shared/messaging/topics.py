"""The topics: partitions, retention, who writes and who follows as data, made by one command, compared with the broker.

    python -m shared.messaging.topics create | grants | check

Twelve partitions for everything keyed by application, once and for ever: a key must never change partition.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from shared.contract import events
from shared.messaging.kafka_connection import Connection, client_options, connection_of
from shared.settings import SERVICES, Settings

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


def _raise_for(name: str, code: int, message: str | None) -> None:
    if code not in (0, 36):  # 36: the topic exists already
        raise for_code(code)(f"{name}: {message or ''}")


async def create(connection: Connection, replication: int = 1) -> list[str]:
    """Create what is missing and return the names of all topics. ``replication``: copies of each partition."""
    admin = AIOKafkaAdminClient(**client_options(connection))
    await admin.start()
    try:
        wanted = [NewTopic(t.name, t.partitions, replication, topic_configs=dict(t.config)) for t in TOPICS]
        response = await admin.create_topics(wanted)
        for name, code, *rest in response.topic_errors:
            _raise_for(name, code, rest[0] if rest else None)
        return [topic.name for topic in TOPICS]
    finally:
        await admin.close()


async def differences(connection: Connection) -> list[str]:
    """What the broker has otherwise than this version wants, one sentence each; empty when all is as it should be."""
    admin = AIOKafkaAdminClient(**client_options(connection))
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


def _grant(settings: Settings) -> None:
    from shared.messaging import broker_grants  # its library is an operator's, not a service's

    admin = broker_grants.administration(settings)
    if settings.kafka_passwords_dir is not None:
        passwords = broker_grants.passwords_in(settings.kafka_passwords_dir)
        broker_grants.set_passwords(admin, passwords)
        print(f"{len(passwords)} users have the passwords of {settings.kafka_passwords_dir}")
    more, over = broker_grants.apply_grants(admin)
    print(f"{more} granted, {over} taken back")


def _check(settings: Settings) -> list[str]:
    found = asyncio.run(differences(connection_of(settings)))
    if settings.kafka_user:
        from shared.messaging import broker_grants

        found += broker_grants.grant_differences(broker_grants.administration(settings))
    return found


def main(arguments: list[str]) -> int:
    """Create the topics, grant, or check both from the command line; returns the exit code."""
    settings = Settings()
    match arguments:
        case ["create"]:
            print("\n".join(asyncio.run(create(connection_of(settings), settings.topic_replication))))
            return 0
        case ["grants"]:
            _grant(settings)
            return 0
        case ["check"]:
            found = _check(settings)
            print("\n".join(found) if found else "all topics are as they should be")
            return 1 if found else 0
        case _:
            print("usage: python -m shared.messaging.topics create|grants|check", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
