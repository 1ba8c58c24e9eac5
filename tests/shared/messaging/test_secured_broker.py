"""A real broker behind locked doors: each user may write and read exactly what the catalogue of topics says."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from confluent_kafka import KafkaError, Producer

from deploy.embedded.secured_kafka import SecuredKafka
from shared.contract import events
from shared.messaging import broker_grants, topics
from shared.messaging.access_rights import USERS, Grant, grants, user_of
from shared.messaging.catalogue import TOPICS
from shared.messaging.kafka_client import build_producer
from shared.messaging.kafka_connection import client_options, connection_of
from shared.messaging.reference_table import ReferenceTable, ReferenceWriter
from shared.settings import Settings
from tests import servers

NAMES = [topic.name for topic in TOPICS]


@pytest.fixture(scope="module")
def broker(scratch: Path) -> Iterator[SecuredKafka]:
    """A broker on which nobody may do anything but its administrator."""
    made = SecuredKafka(scratch / "secured", libraries=servers.LIBRARIES, say=lambda _: None)
    made.start()
    try:
        yield made
    finally:
        made.kill()


@pytest.fixture(scope="module")
def passwords(broker: SecuredKafka, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the operator's two commands make: topics, users and grants."""
    folder = tmp_path_factory.mktemp("passwords")
    for user in USERS:
        (folder / user).write_text(secrets.token_urlsafe(24) + "\n")
    settings = broker.administrator.model_copy(update={"kafka_passwords_dir": folder})
    topics._grant(settings)
    return broker_grants.passwords_in(folder)


@pytest.fixture(scope="module")
def ready(broker: SecuredKafka, passwords: dict[str, str]) -> SecuredKafka:
    """The broker with its topics; each has a message in partition 0."""
    asyncio.run(topics.create(connection_of(broker.administrator)))
    assert written(broker.administrator) == set(NAMES)
    return broker


def settings_of(broker: SecuredKafka, passwords: dict[str, str], user: str) -> Settings:
    """The settings of a process of this user."""
    return broker.settings_of(user, passwords[user])


def line(settings: Settings) -> dict[str, Any]:
    """The same for the operator's library, which tells of each message and each partition apart."""
    return {
        "bootstrap.servers": settings.kafka_bootstrap_servers,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": settings.kafka_user,
        "sasl.password": settings.kafka_password.get_secret_value(),
        "ssl.ca.location": str(settings.kafka_ca_file),
    }


def written(settings: Settings) -> set[str]:
    """The topics that really took a message from this user."""
    taken: set[str] = set()
    refused: set[str] = set()

    def told(error: KafkaError | None, message: Any) -> None:
        (refused if error else taken).add(message.topic())

    producer = Producer({**line(settings), "message.timeout.ms": 20_000, "acks": "all"})
    for name in NAMES:
        producer.produce(name, b"{}", key=b"trial", partition=0, on_delivery=told)
    assert producer.flush(30) == 0
    assert taken | refused == set(NAMES)
    return taken


async def read(settings: Settings) -> set[str]:
    """The topics of which this user really got a message; every other one was refused."""
    return {name for name in NAMES if await _readable(settings, name)}


async def _readable(settings: Settings, name: str) -> bool:
    options = client_options(connection_of(settings))
    consumer = AIOKafkaConsumer(name, **options, auto_offset_reset="earliest", enable_auto_commit=False)
    try:
        await consumer.start()
        message = await asyncio.wait_for(consumer.getone(), 30)
        return bool(message.topic == name)
    except TopicAuthorizationFailedError:
        return False
    finally:
        await consumer.stop()


def test_the_catalogue_says_what_a_letters_container_may_do() -> None:
    worker = user_of("letters", "worker")
    mine = {(one.operation, one.name) for one in grants() if one.user == worker and one.kind == "topic"}
    assert mine == {
        ("write", events.LETTER),
        ("write", events.ACCESS),
        ("write", events.dead_letter_topic("letters")),
        ("read", events.APPLICATION),
        ("read", events.DECISION),
        ("read", events.REFERENCE),
    }


@pytest.mark.parametrize("user", USERS)
async def test_each_user_writes_and_reads_what_is_granted_and_nothing_else(
    ready: SecuredKafka, passwords: dict[str, str], user: str
) -> None:
    settings = settings_of(ready, passwords, user)
    granted = {
        operation: {one.name for one in grants() if (one.user, one.operation, one.kind) == (user, operation, "topic")}
        for operation in ("write", "read")
    }
    assert {"write": written(settings), "read": await read(settings)} == granted


async def test_our_own_clients_pass_the_doors(ready: SecuredKafka, passwords: dict[str, str]) -> None:
    api, worker = (settings_of(ready, passwords, user_of("letters", role)) for role in ("api", "worker"))
    async with ReferenceWriter(connection_of(api)) as writer:
        await writer.put([])
    reference = ReferenceTable(worker)
    await reference.start()  # it read the topic to its end
    await reference.stop()
    producer = build_producer(worker)
    await producer.start()
    try:
        await producer.send_and_wait(events.LETTER, b"{}", key=b"one")
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(events.DECISION, b"{}", key=b"one")
    finally:
        await producer.stop()


@pytest.mark.parametrize("fault", ["plain text", "a wrong password"])
async def test_nobody_else_comes_in(ready: SecuredKafka, passwords: dict[str, str], fault: str) -> None:
    right = settings_of(ready, passwords, USERS[0])
    options = client_options(
        ready.address if fault == "plain text" else connection_of(ready.settings_of(right.kafka_user, "another one"))
    )
    producer = AIOKafkaProducer(**options, request_timeout_ms=2_000)
    with pytest.raises(KafkaConnectionError):
        await producer.start()


def test_what_was_granted_by_hand_is_told_and_taken_back(ready: SecuredKafka, passwords: dict[str, str]) -> None:
    admin = broker_grants.administration(ready.administrator)
    assert broker_grants.grant_differences(admin) == []
    by_hand = Grant(user_of("letters", "worker"), "write", "topic", events.DECISION)
    broker_grants._wait(admin.create_acls([broker_grants._binding(by_hand)]))
    assert broker_grants.grant_differences(admin) == [
        "ame-letters-worker: write of topic ame.decision.v1 is granted for no reason"
    ]
    assert topics._check(ready.administrator) == broker_grants.grant_differences(admin)
    assert broker_grants.apply_grants(admin) == (0, 1)
    assert topics._check(ready.administrator) == []


async def test_a_changed_password_counts_and_the_old_one_does_not(
    ready: SecuredKafka, passwords: dict[str, str]
) -> None:
    user = user_of("intake", "api")
    broker_grants.set_passwords(broker_grants.administration(ready.administrator), {user: "a new password of intake"})
    try:
        async with ReferenceWriter(connection_of(ready.settings_of(user, "a new password of intake"))):
            pass
        with pytest.raises(KafkaConnectionError):
            await AIOKafkaProducer(**client_options(connection_of(ready.settings_of(user, passwords[user])))).start()
    finally:
        broker_grants.set_passwords(broker_grants.administration(ready.administrator), {user: passwords[user]})


def test_a_user_without_a_password_is_named(tmp_path: Path) -> None:
    for user in USERS[1:]:
        (tmp_path / user).write_text("something long enough")
    with pytest.raises(ValueError, match=f"for: {USERS[0]}$"):
        broker_grants.passwords_in(tmp_path)
