"""A line to the broker that breaks under a write: the client tells it as its own kind of error and goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
import uvloop
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from deploy.processes import free_port
from shared.messaging import kafka_client
from shared.settings import Settings


async def a_write_on_a_closed_line(bootstrap: str) -> None:
    """Close the transport as a reset does, and write before the reader has seen it."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        (broker,) = client.cluster.brokers()
        assert await client.ready(broker.nodeId)
        connection = client._conns[(broker.nodeId, ConnectionGroup.DEFAULT)]
        connection._writer.transport.abort()
        await asyncio.sleep(0)  # the transport closes now; the task that reads learns of it one turn later
        await connection.send(MetadataRequest([]))
    finally:
        await client.close()


def under_uvloop(main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


def test_a_write_on_a_closed_line_is_a_broken_connection(kafka: str) -> None:
    kafka_client.patch_aiokafka()
    with pytest.raises(KafkaConnectionError):
        under_uvloop(a_write_on_a_closed_line(kafka))


def test_the_library_still_needs_it(kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day this fails, aiokafka tells it by itself: `shared/messaging/kafka_client.py` may go."""
    monkeypatch.setattr(
        AIOKafkaConnection, "send", getattr(AIOKafkaConnection.send, "__wrapped__", AIOKafkaConnection.send)
    )
    with pytest.raises(RuntimeError, match="handler is closed"):
        under_uvloop(a_write_on_a_closed_line(kafka))


async def test_of_several_brokers_one_that_answers_is_enough(kafka: str) -> None:
    """A platform knows all brokers of its cluster, and starts while one of them is away."""
    nobody = f"127.0.0.1:{free_port()}"
    settings = Settings(profile="test", service="letters", kafka_bootstrap_servers=f"{nobody},{kafka}")
    broker = kafka_client.build_broker(settings)
    await broker.start()
    await broker.stop()
    producer = kafka_client.build_producer(settings)
    await producer.start()
    await producer.stop()
