"""The service on real parts: its own database, the session's broker, its consumers, relay and ticker running."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from psycopg.rows import dict_row

from deploy.reference import records
from services.decision.app import SERVICE
from shared import clock
from shared.access.principal import Role
from shared.access.purposes import USUAL
from shared.access.tokens import issue_token
from shared.contract import events as ev
from shared.ids import uuid7
from shared.messaging import topics
from shared.messaging.reference_table import ReferenceWriter
from shared.observability import logs
from shared.service.app import create_app
from shared.settings import Settings
from tests.decision.files import day
from tests.servers import Databases
from tests.waiting import PatientTransport, until


class Shell:
    """What the tests do to a running service: tell it events, ask it over HTTP, look into its database."""

    def __init__(
        self, settings: Settings, client: httpx.AsyncClient, producer: AIOKafkaProducer, sql: psycopg.Connection[Any]
    ):
        self.settings = settings
        self.client = client
        self.producer = producer
        self.sql = sql

    async def tell(self, *told: ev.Event) -> None:
        for one in told:
            await self.producer.send_and_wait(one.topic, one.model_dump_json().encode(), key=one.key.encode())

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        return self.sql.execute(query.encode(), values).fetchall()

    def emitted(self, application_id: UUID, kind: type[ev.Event] | None = None) -> list[Any]:
        """The events that left for an application, in order."""
        rows = self.rows(
            "SELECT body FROM outbox WHERE topic = %s AND key = %s ORDER BY id", ev.DECISION, str(application_id)
        )
        found = [ev.decode(ev.DECISION, row["body"].encode()) for row in rows]
        return [one for one in found if kind is None or isinstance(one, kind)]

    def names(self, application_id: UUID) -> list[str]:
        return [one.type.removeprefix("decision.") for one in self.emitted(application_id)]

    def headers(self, role: str = "technician", caisse: str | None = "751", **more: str) -> dict[str, str]:
        token = issue_token(self.settings, role=Role(role), caisse=caisse, subject=f"{role}-{caisse}-1")
        return {"Authorization": f"Bearer {token}", "X-Purpose": USUAL[Role(role)].value, **more}

    async def case(self, application_id: UUID, **who: Any) -> httpx.Response:
        return await self.client.get(f"/cases/{application_id}", headers=self.headers(**who))

    async def act(
        self, method: str, path: str, body: Any = None, version: int | None = None, **who: Any
    ) -> httpx.Response:
        more = {} if version is None else {"If-Match": f'"{version}"'}
        return await self.client.request(method, path, json=body, headers=self.headers(**who) | more)

    async def known(self, application_id: UUID, state: str = "open") -> dict[str, Any]:
        """Wait until the case is in this state; its row."""
        query = "SELECT * FROM cases WHERE application_id = %s AND state = %s"
        found: list[dict[str, Any]] = await until(lambda: self.rows(query, application_id, state))
        return found[0]

    def move_to(self, on: str | dt.date) -> None:
        """Move the business day, as the reference topic does."""
        clock.set_day(day(on) if isinstance(on, str) else on)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shell(databases: Databases, kafka: str, scratch: Path) -> AsyncIterator[Shell]:
    logs.configure_logs("decision", "tests")
    await topics.create(kafka)
    made = databases.migrated("decision")
    values = made.settings_fields()
    settings = Settings(
        profile="test",
        service="decision",
        slot="decision-tests",
        state_dir=scratch / "decision",
        kafka_bootstrap_servers=kafka,
        **values,
    )
    async with ReferenceWriter(kafka) as writer:
        await writer.put(records())
    app = create_app(SERVICE, settings)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True)
    transport = PatientTransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://decision") as client,
    ):
        await producer.start()
        try:
            with psycopg.connect(settings.conninfo(), autocommit=True, row_factory=dict_row) as sql:
                yield Shell(settings, client, producer, sql)
        finally:
            await producer.stop()
            clock.set_day(None)


@pytest.fixture
def application() -> UUID:
    return uuid7()
