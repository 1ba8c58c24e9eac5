"""The embedded Kafka: the real broker, killed and started again on the same data and the same port."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import UnknownTopicOrPartitionError

from deploy import processes
from deploy.embedded.kafka import EmbeddedKafka, Listener, broker_count
from tests.servers import LIBRARIES

TOPIC = "ame.test.v1"


@pytest.fixture
def own_broker(scratch: Path) -> Iterator[EmbeddedKafka]:
    second = processes.free_port()
    doors = {"PROXIED": Listener(port=second, advertised=second)}
    broker = EmbeddedKafka(scratch / "own-kafka", libraries=LIBRARIES, listeners=doors)
    broker.start()
    yield broker
    broker.stop()


async def _create(address: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def _send(address: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=address, acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait(TOPIC, value)


async def _read_all(address: str) -> list[bytes]:
    partition = TopicPartition(TOPIC, 0)
    async with AIOKafkaConsumer(bootstrap_servers=address, enable_auto_commit=False) as consumer:
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        values: list[bytes] = []
        while len(values) < end:
            values.append((await consumer.getone()).value)
        return values


async def test_what_was_acknowledged_survives_a_kill_on_the_same_port(own_broker: EmbeddedKafka) -> None:
    await _create(own_broker.address)
    await _send(own_broker.address, b"before")
    address = own_broker.address

    own_broker.kill()
    assert broker_count(address) == 0
    own_broker.start()

    assert own_broker.address == address
    await _send(address, b"after")
    assert await _read_all(address) == [b"before", b"after"]

    through = f"127.0.0.1:{own_broker.listeners['PROXIED'].port}"
    assert await _read_all(through) == [b"before", b"after"]


async def test_topics_are_made_by_a_command_and_never_by_a_typing_error(kafka: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka, request_timeout_ms=1500) as producer:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send_and_wait("ame.aplication.v1", b"lost?")


def test_an_address_where_nobody_listens_counts_no_broker() -> None:
    assert broker_count(f"127.0.0.1:{processes.free_port()}") == 0
