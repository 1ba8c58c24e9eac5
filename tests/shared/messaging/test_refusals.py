"""A real broker that refuses: what is refused for itself is parked and holds its key, the rest arrives in order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest

from deploy.embedded.kafka import EmbeddedKafka
from shared.database.unit_of_work import Database, emit
from shared.ids import uuid7
from shared.messaging.relay import Relay
from shared.settings import Settings
from tests.servers import LIBRARIES
from tests.shared import toy
from tests.waiting import until


@asynccontextmanager
async def relaying(settings: Settings) -> AsyncIterator[Relay]:
    relay = Relay(settings)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Reader:
    """All that lies on the toy's topic, by key, as the events' reasons."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self.told: dict[str, list[str]] = defaultdict(list)

    async def of(self, key: object) -> list[str]:
        for records in (await self._consumer.getmany(timeout_ms=50)).values():
            for record in records:
                self.told[record.key.decode()].append(toy.reason_of(record.value))
        return self.told[str(key)]


@asynccontextmanager
async def reading(bootstrap: str) -> AsyncIterator[Reader]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(toy.TOPIC, partition) for partition in range(12)])
        await consumer.seek_to_end()
        yield Reader(consumer)
    finally:
        await consumer.stop()


async def written(database: Database, application: UUID, *reasons: str) -> None:
    async with database.unit() as unit:
        for reason in reasons:
            emit(unit, toy.withdrawn(application, reason))


def enlarge(sql: psycopg.Connection, reason: str) -> None:
    """Make an event larger than its topic takes."""
    sql.execute(
        "UPDATE outbox SET body = replace(body, %s, %s || repeat('x', 2000000)) WHERE body LIKE %s",
        (reason, reason, f"%{reason}%"),
    )


def shrink(text: str) -> str:
    return text.replace("x" * 2_000_000, "")


async def test_later_events_of_a_refused_one_wait_and_others_arrive_in_order(
    settings: Settings, database: Database, sql: psycopg.Connection, operate: Callable[..., int], tmp_path: Path
) -> None:
    """Other keys are written without a pause, so that the relay never has a pass in which nothing leaves."""
    refused, others = uuid7(), [uuid7() for _ in range(60)]
    await written(database, refused, "first", "TOO LARGE", "last")
    enlarge(sql, "TOO LARGE")
    async with reading(settings.kafka_bootstrap_servers) as reader, relaying(settings):
        for turn in range(20):
            for other in others:
                await written(database, other, str(turn))
        for other in others:
            await until(partial(_has, reader, other, 20), seconds=60)
            assert reader.told[str(other)] == [str(turn) for turn in range(20)]
        assert await reader.of(refused) == ["first"]
        [(identifier, body)] = sql.execute("SELECT id, body FROM parked WHERE state = 'parked'").fetchall()
        # The outbox has forgotten it; the operator gives the right body and sends it again, at its place.
        sql.execute("DELETE FROM outbox WHERE sent_at IS NOT NULL")
        right = tmp_path / "right.json"
        right.write_text(shrink(bytes(body).decode()))
        assert operate("mend", identifier, right, "--by", "op-1", "--why", "too large") == 0
        assert operate("retry", identifier) == 0
        await until(lambda: _has(reader, refused, 3), seconds=60)
        assert reader.told[str(refused)] == ["first", "TOO LARGE", "last"]
    assert sql.execute("SELECT state, body FROM parked").fetchall() == [("replayed", None)]


async def _has(reader: Reader, key: UUID, count: int) -> bool:
    return len(await reader.of(key)) >= count


async def test_retry_says_what_it_did(
    settings: Settings,
    database: Database,
    sql: psycopg.Connection,
    operate: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    await written(database, uuid7(), "TOO LARGE")
    enlarge(sql, "TOO LARGE")
    async with relaying(settings):
        await until(lambda: sql.execute("SELECT id FROM parked").fetchone())
    [(identifier,)] = sql.execute("SELECT id FROM parked").fetchall()
    sql.execute("DELETE FROM outbox")
    assert operate("retry", identifier) == 0
    assert "1 event(s) put back into the outbox" in capsys.readouterr().out
    assert sql.execute("SELECT count(*) FROM outbox WHERE sent_at IS NULL").fetchone() == (1,)
    assert operate("retry", identifier) == 1  # it is on its way
    assert "nothing to retry" in capsys.readouterr().err
    sql.execute("DELETE FROM outbox")
    sql.execute("UPDATE parked SET state = 'parked', body = NULL")
    assert operate("retry", identifier) == 1
    assert f"no bytes left, discard or emit again: {identifier}" in capsys.readouterr().err
    assert sql.execute("SELECT state FROM parked").fetchone() == ("parked",)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker that knows rights: who has none written down may do everything."""
    rights = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "true",
    }
    broker = EmbeddedKafka(tmp_path_factory.mktemp("guarded"), libraries=LIBRARIES, settings=rights, say=lambda _: None)
    broker.start()
    try:
        yield broker.address
    finally:
        broker.kill()


@asynccontextmanager
async def no_right_to_write(bootstrap: str) -> AsyncIterator[None]:
    """While it lasts nobody may write to the toy's topic."""
    topic, literal, write, deny = 2, 3, 4, 2
    entry = (topic, toy.TOPIC, literal, "User:ANONYMOUS", "*", write, deny)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin._send_to_controller(CreateAclsRequest(*entry))
        yield
        await admin._send_to_controller(DeleteAclsRequest(*entry))
    finally:
        await admin.close()


async def test_a_missing_right_holds_everything_back_and_parks_nothing(
    settings: Settings, database: Database, sql: psycopg.Connection, guarded: str
) -> None:
    settings.kafka_bootstrap_servers = guarded
    admin = AIOKafkaAdminClient(bootstrap_servers=guarded)
    await admin.start()
    await admin.create_topics([NewTopic(toy.TOPIC, 12, 1)])
    await admin.close()
    application = uuid7()
    async with reading(guarded) as reader:
        async with no_right_to_write(guarded), relaying(settings) as relay:
            await written(database, application, *(str(number) for number in range(5)))
            await until(lambda: relay._resting, seconds=60)  # it was refused at least once
            assert sql.execute("SELECT count(*) FROM parked").fetchone() == (0,)
        async with relaying(settings):
            await until(lambda: _has(reader, application, 5), seconds=60)
        assert reader.told[str(application)] == ["0", "1", "2", "3", "4"]
    assert sql.execute("SELECT count(*) FROM parked").fetchone() == (0,)
