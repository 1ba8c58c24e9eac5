"""The topics and the grants of the catalogue, made by one command and compared with the broker.

python -m shared.messaging.topics create | grants | check
"""

from __future__ import annotations

import asyncio
import sys

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from shared.messaging.catalogue import TOPICS
from shared.messaging.kafka_connection import Connection, client_options, connection_of
from shared.settings import Settings


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
