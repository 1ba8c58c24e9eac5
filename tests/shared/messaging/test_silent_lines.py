"""Lines that die in silence, as a firewall that forgot them makes them: no end, no reset, nothing comes any more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
from aiokafka import AIOKafkaProducer

from deploy import processes
from deploy.embedded.kafka import EmbeddedKafka, Listener
from shared.contract.events import Event
from shared.database.unit_of_work import Database
from shared.messaging import topics
from shared.messaging.consumer import Consumer
from shared.messaging.kafka_client import build_broker
from shared.messaging.subscription import Subscription
from shared.settings import Settings
from tests.proxy import Proxy
from tests.servers import LIBRARIES
from tests.shared import toy
from tests.waiting import until

FOR_EVER = 1e6
SILENT_SECONDS = 5.0
CONSUMES_AGAIN_WITHIN = 10.0


async def test_a_group_consumes_again_soon_after_its_lines_died(
    settings: Settings, database: Database, sql: psycopg.Connection, tmp_path: Path
) -> None:
    port = processes.free_port()
    with Proxy(("127.0.0.1", port)) as proxy:
        door = {"PROXY": Listener(port, proxy.address[1])}
        kafka = EmbeddedKafka(tmp_path / "kafka", libraries=LIBRARIES, listeners=door, say=lambda _: None)
        kafka.start()
        await topics.create(kafka.address)
        settings.kafka_bootstrap_servers = f"127.0.0.1:{proxy.address[1]}"
        broker = build_broker(settings)
        Consumer(settings, database, Subscription(toy.TOPIC, toy.handle)).attach(broker)
        producer = AIOKafkaProducer(bootstrap_servers=kafka.address)
        await producer.start()
        await broker.start()

        async def applied(event: Event, seconds: float) -> None:
            await producer.send_and_wait(event.topic, event.model_dump_json().encode(), key=event.key.encode())
            found = "SELECT 1 FROM tallies WHERE application_id = %s"
            await until(lambda: sql.execute(found, (event.application_id,)).fetchone(), seconds)

        try:
            await applied(toy.withdrawn(), 60)
            proxy.delay = FOR_EVER  # what is on the lines now, and what comes, stays there
            await asyncio.sleep(SILENT_SECONDS)
            proxy.delay = 0.0  # new lines work again, the old ones never will
            await applied(toy.withdrawn(), CONSUMES_AGAIN_WITHIN)
        finally:
            await broker.stop()
            await producer.stop()
            kafka.kill()
