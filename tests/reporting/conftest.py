"""Reporting on real parts: its own database, the session's broker with topics and reference, and its application."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from deploy.embedded.databases import Database as MadeDatabase
from deploy.reference import agents, caisses
from services.reporting.app import SERVICE
from services.reporting.store import access_log, facts
from services.reporting.tables import metadata
from shared import clock
from shared.access.principal import Role
from shared.access.tokens import issue_token
from shared.contract import events as ev
from shared.database.unit_of_work import Database, UnitOfWork
from shared.messaging import topics
from shared.messaging.reference_table import ReferenceWriter
from shared.observability import logs
from shared.service.app import create_app
from shared.settings import Settings
from tests.servers import Databases
from tests.waiting import PatientTransport

DAY = dt.date(2008, 3, 20)
CAISSES = {code: caisse.name for code, caisse in caisses().items()}
SLOT = "reporting-tests"

TAKE: dict[str, Callable[[Any, UnitOfWork], Awaitable[None]]] = {
    ev.APPLICATION: facts.take_applications,
    ev.IDENTITY: facts.take_identities,
    ev.DECISION: facts.take_decisions,
    ev.LETTER: facts.take_letters,
    ev.ACCESS: access_log.take_accesses,
}


@pytest.fixture(scope="session")
def broker(kafka: str) -> str:
    """The session's broker with all topics, the ten caisses of the reference and their agents."""
    logs.configure_logs("reporting", SLOT)

    async def prepare() -> None:
        await topics.create(kafka)
        async with ReferenceWriter(kafka) as writer:
            await writer.put([*caisses().values(), *agents()])

    asyncio.run(prepare())
    return kafka


def settings_on(made: MadeDatabase, broker: str, folder: Path, **given: Any) -> Settings:
    """Reporting's settings on a database, as the runtime role; it answers HTTP and, unless told, consumes nothing."""
    values = made.settings_fields()
    given = {"role": "api", "slot": SLOT, **given}
    return Settings(
        profile="test", service="reporting", state_dir=folder, kafka_bootstrap_servers=broker, **values, **given
    )


@pytest.fixture(scope="session")
def reporting_database(databases: Databases) -> MadeDatabase:
    """One migrated database for all tests that begin with empty tables."""
    return databases.migrated("reporting")


@pytest.fixture
def settings(reporting_database: MadeDatabase, broker: str, tmp_path: Path) -> Settings:
    """Settings on the database of these tests, emptied."""
    tables = [name for name in metadata.tables if name != "alembic_version"]
    with psycopg.connect(reporting_database.conninfo(owner=True), autocommit=True) as connection:
        connection.execute(f"TRUNCATE {', '.join(tables)}")
    return settings_on(reporting_database, broker, tmp_path)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    made = Database(settings)
    yield made
    await made.close()


Feed = Callable[[Sequence[Any]], Awaitable[None]]


async def give(database: Database, told: Sequence[Any]) -> None:
    """Give events to the handlers of their topics, as batches of neighbours of one topic, each in its transaction."""
    batch: list[Any] = []
    for event in [*told, None]:
        if batch and (event is None or event.topic != batch[0].topic):
            async with database.unit() as unit:
                await TAKE[batch[0].topic](batch, unit)
            batch = []
        batch.append(event)


@pytest.fixture
def feed(database: Database) -> Feed:
    return partial(give, database)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The running application on 20 March 2008."""
    made = create_app(SERVICE, settings)
    async with made.router.lifespan_context(made):
        clock.set_day(DAY)
        try:
            yield made
        finally:
            clock.set_day(None)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = PatientTransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


@pytest.fixture
def bearer(settings: Settings) -> Callable[..., dict[str, str]]:
    """The headers of a principal: `bearer("technician", "751")`."""

    def make(role: str, caisse: str | None = None, purpose: str = "", seconds: float = 60) -> dict[str, str]:
        token = issue_token(settings, role=Role(role), caisse=caisse, subject=f"{role}-test", seconds=seconds)
        return {"Authorization": f"Bearer {token}"} | ({"X-Purpose": purpose} if purpose else {})

    return make
