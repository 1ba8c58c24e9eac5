"""Intake as it runs: a migrated database, the session's broker with the pilot's reference data, the whole service."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio
from psycopg.rows import dict_row

from deploy.reference import records
from services.intake.app import SERVICE
from shared import clock
from shared.access.principal import Role
from shared.access.purposes import USUAL
from shared.access.tokens import issue_token
from shared.messaging import topics
from shared.messaging.reference_table import ReferenceWriter
from shared.observability import logs
from shared.service.app import create_app
from shared.service.runtime import Runtime
from shared.settings import Settings
from tests.intake.examples import TODAY, application
from tests.servers import Databases
from tests.waiting import PatientTransport

SLOT = "intake-tests"


@dataclass
class Intake:
    """A running intake: its HTTP interface as seen by a role at a caisse, and its database."""

    settings: Settings
    client: httpx.AsyncClient
    runtime: Runtime
    sql: psycopg.Connection[dict[str, Any]]

    def token(self, role: Role = Role.FRONTEND, caisse: str | None = "751", seconds: float = 3600) -> str:
        subject = f"{role}-{caisse or 'all'}"
        return issue_token(self.settings, role=role, caisse=caisse, subject=subject, seconds=seconds)

    async def call(
        self,
        method: str,
        path: str,
        *,
        role: Role = Role.FRONTEND,
        caisse: str | None = "751",
        says_why: bool = True,
        **request: Any,
    ) -> httpx.Response:
        """One request; ``says_why`` names the usual purpose of the role, unless ``headers`` name another."""
        told = {"Authorization": f"Bearer {self.token(role, caisse)}"}
        if says_why:
            told["X-Purpose"] = USUAL[role].value
        headers = {**told, **request.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **request)

    async def post(self, document: dict[str, Any] | None = None, key: str | None = None, **how: Any) -> httpx.Response:
        """Post an application, under a new key unless one is given."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return await self.call("POST", "/applications", json=document or application(), headers=headers, **how)

    async def filed(self, document: dict[str, Any] | None = None, **how: Any) -> str:
        """The id of a new application."""
        answer = await self.post(document, **how)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["application_id"])

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        return self.sql.execute(statement.encode(), values).fetchall()

    def told(self, application_id: str) -> list[dict[str, Any]]:
        """The events of an application in the order they leave."""
        rows = self.rows(
            "SELECT body::json AS body FROM outbox WHERE topic = 'ame.application.v1' AND key = %s ORDER BY id",
            application_id,
        )
        return [row["body"] for row in rows]


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Intake]:
    app = create_app(SERVICE, settings)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = PatientTransport(app=app, raise_app_exceptions=False)
        client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://intake"))
        sql = stack.enter_context(psycopg.connect(settings.conninfo(), autocommit=True, row_factory=dict_row))
        yield Intake(settings, client, app.state.runtime, sql)


def settings_on(databases: Databases, broker: str, state: Path, **changes: Any) -> Settings:
    made = databases.migrated("intake")
    own: dict[str, Any] = {
        "profile": "test",
        "service": "intake",
        "slot": SLOT,
        "state_dir": state,
        "kafka_bootstrap_servers": broker,
    }
    return Settings(**own | made.settings_fields(owner=True) | changes)


@pytest.fixture(scope="session")
def broker(kafka: str) -> str:
    """The session's broker with all topics and the reference data of the pilot."""

    async def prepare() -> None:
        await topics.create(kafka)
        async with ReferenceWriter(kafka) as writer:
            await writer.put(records())

    logs.configure_logs("intake", SLOT)
    asyncio.run(prepare())
    return kafka


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def intake(databases: Databases, broker: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Intake]:
    """One running intake for all tests of the session."""
    async with running(settings_on(databases, broker, tmp_path_factory.mktemp("state"))) as made:
        yield made


@pytest.fixture(autouse=True)
def business_day() -> Iterator[dt.date]:
    """Every test of intake lives on the same day of January 2008."""
    clock.set_day(TODAY)
    yield TODAY
    clock.set_day(None)
