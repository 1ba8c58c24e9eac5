"""Events told again while the relay is at work: the order of each application stays whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.intake.jobs.re_emissions import re_emit_next
from services.intake.store.re_emissions import insert_re_emission
from shared.contract.events import APPLICATION
from shared.database.unit_of_work import Database
from shared.ids import uuid7
from shared.messaging.kafka_client import ReplaceableProducer
from shared.messaging.reference_table import ReferenceTable
from shared.messaging.relay import Relay
from shared.service.runtime import Runtime
from tests.intake.conftest import settings_on
from tests.servers import Databases
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACT = (
    "INSERT INTO acts VALUES (%s, %s, gen_random_uuid(), 'application.withdrawn', '751', 'agent', 'a', now(), "
    "'2008-01-20', repeat('ab', 16), '{\"reason\": \"applicant_request\"}')"
)
OUTBOX = (
    "INSERT INTO outbox (event_id, topic, key, type, body, traceparent) SELECT event_id, %s, application_id, type, "
    "'{\"sequence\":' || version || '}', '' FROM acts WHERE application_id = %s AND version > %s ORDER BY version"
)
APPLICATION_ROW = (
    "INSERT INTO applications VALUES (%s, '751', '751', '', 'received', 'received', 6, NULL, 'initial', 'counter', "
    "'2008-01-20', '2008-01-20', NULL, now(), now())"
)


class SlowProducers(ReplaceableProducer):
    """The real producer; before its second wave of a pass something else happens."""

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()
        self.asked = 0

    async def get(self) -> Any:
        self.asked += 1
        if self.asked == 2:
            self.reached.set()
            await self.go_on.wait()
        return await super().get()


@asynccontextmanager
async def topic_reader(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(APPLICATION, number) for number in range(12)])
        yield consumer
    finally:
        await consumer.stop()


async def ends(bootstrap: str) -> dict[TopicPartition, int]:
    """Where the topic ends now."""
    async with topic_reader(bootstrap) as consumer:
        found: dict[TopicPartition, int] = await consumer.end_offsets(consumer.assignment())
        return found


async def told_since(bootstrap: str, begin: dict[TopicPartition, int], key: str) -> list[int]:
    """The sequences of one application on the topic, from there on."""
    found: list[int] = []
    async with topic_reader(bootstrap) as consumer:
        for partition, end in (await consumer.end_offsets(consumer.assignment())).items():
            consumer.seek(partition, begin[partition])
            while await consumer.position(partition) < end:
                for record in (await consumer.getmany(partition, timeout_ms=200)).get(partition, []):
                    if record.key == key.encode():
                        found.append(json.loads(record.value)["sequence"])
    return found


async def test_a_re_emission_waits_for_the_pass_of_the_relay(databases: Databases, broker: str, tmp_path: Path) -> None:
    """The relay has read events 4 to 6 and sent the fourth when all six are to be told again: whoever reads from the
    moment when the re-emission is written meets the first of them first."""
    settings = settings_on(databases, broker, tmp_path)
    runtime = Runtime(settings, Database(settings), ReferenceTable(settings))
    application = uuid7()
    producers = SlowProducers(settings)
    with psycopg.connect(settings.conninfo(), autocommit=True) as sql:
        sql.execute(APPLICATION_ROW, (application,))
        for version in range(1, 7):
            sql.execute(ACT, (application, version))
        sql.execute(OUTBOX, (APPLICATION, application, 3))
        async with await psycopg.AsyncConnection.connect(settings.conninfo(), autocommit=True) as connection:
            relay = Relay(settings)
            passing = asyncio.create_task(relay.send_pass(connection, producers))
            await asyncio.wait_for(producers.reached.wait(), 60)
            async with runtime.database.unit() as unit:
                await insert_re_emission(unit, asked(application))

            async def tell() -> dict[TopicPartition, int]:
                assert await re_emit_next(runtime)
                return await ends(broker)

            telling = asyncio.create_task(tell())

            def waits_or_is_over() -> bool:
                query = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                return telling.done() or sql.execute(query).fetchone() is not None

            await until(waits_or_is_over)
            if not telling.done():
                producers.go_on.set()
            written = await telling
            producers.go_on.set()
            await passing
            while (await relay.send_pass(connection, producers))[0]:
                pass
    await producers.discard()
    await runtime.database.close()
    assert await told_since(broker, written, str(application)) == [1, 2, 3, 4, 5, 6]


def asked(application: Any) -> dict[str, Any]:
    return {
        "re_emission_id": uuid7(),
        "caisse": None,
        "application_ids": [str(application)],
        "state": "waiting",
        "applications": 0,
        "events": 0,
        "actor_id": "op-1",
        "asked_at": "2008-01-20T10:00:00Z",
        "changed_at": "2008-01-20T10:00:00Z",
    }
