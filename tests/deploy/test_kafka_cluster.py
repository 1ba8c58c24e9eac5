"""Three brokers: any one may go, and what was accepted stays; with one of three nothing is accepted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, Message, Producer

from deploy.embedded.kafka_cluster import EmbeddedKafkaCluster, controller
from shared.messaging import topics
from shared.messaging.catalogue import TOPICS
from tests.guarantees.history import records
from tests.servers import LIBRARIES
from tests.waiting import until

TOPIC = TOPICS[0].name

pytestmark = pytest.mark.guarantee


@pytest.fixture(scope="module")
def cluster(scratch: Path) -> Iterator[EmbeddedKafkaCluster]:
    made = EmbeddedKafkaCluster(scratch / "cluster", libraries=LIBRARIES, say=lambda _: None)
    made.start()
    try:
        yield made
    finally:
        made.stop()


async def send(address: str, value: bytes, seconds: float = 60.0) -> KafkaError | None:
    """What became of one message, acknowledged by all that are in step: None when it was accepted."""

    def hand_over() -> KafkaError | None:
        told: list[KafkaError | None] = []

        def note(error: KafkaError | None, _: Message) -> None:
            told.append(error)

        options = {"bootstrap.servers": address, "enable.idempotence": True, "message.timeout.ms": int(seconds * 1000)}
        producer = Producer(options | {"acks": "all", "log_level": 0})
        producer.produce(TOPIC, value, partition=0, on_delivery=note)
        assert producer.flush(seconds + 30) == 0
        return told[0]

    return await asyncio.to_thread(hand_over)


async def test_what_was_accepted_outlives_the_brokers_that_led(cluster: EmbeddedKafkaCluster) -> None:
    await topics.create(cluster.address, 3)

    async def all_there() -> bool:
        return await topics.differences(cluster.address) == []

    await until(all_there)  # the broker that is asked hears of them a moment later
    assert await send(cluster.address, b"before") is None

    leader = await until(lambda: controller(cluster.brokers[1].port))
    cluster.brokers[leader].kill()
    other = next(broker for node, broker in cluster.brokers.items() if node != leader)
    assert await until(lambda: (found := controller(other.port)) != leader and found)
    assert await send(cluster.address, b"meanwhile") is None

    last = next(node for node in cluster.brokers if node != leader)
    cluster.brokers[last].kill()  # one of three is left
    refused = await send(cluster.address, b"alone", seconds=15)
    assert refused is not None, "one of three accepted a message"

    await asyncio.to_thread(cluster.start, [leader, last])
    assert await send(cluster.address, b"together again") is None
    kept = [record.value async for record in records(cluster.address, [TOPIC])]
    assert [value for value in kept if value != b"alone"] == [b"before", b"meanwhile", b"together again"]
