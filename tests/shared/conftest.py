"""A kernel on real parts: a fresh database with the shared tables, the session's broker with all topics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from shared.database.unit_of_work import Database
from shared.messaging import topics
from shared.messaging.replay import main as replay_command
from shared.observability import logs as observe
from shared.settings import Settings
from tests.servers import Databases
from tests.shared import toy


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    observe.configure_logs("reporting", "kernel")


@pytest.fixture(scope="session")
def broker_with_topics(kafka: str) -> str:
    asyncio.run(topics.create(kafka))
    return kafka


@pytest.fixture
def settings(databases: Databases, broker_with_topics: str, tmp_path: Path) -> Settings:
    """The settings of a service named reporting on an empty database with the kernel's and the toy's tables."""
    made = databases.empty("reporting")
    values = made.settings_fields(owner=True)
    settings = Settings(
        profile="test",
        service="reporting",
        slot="kernel",
        state_dir=tmp_path,
        kafka_bootstrap_servers=broker_with_topics,
        **values,
    )
    engine = sa.create_engine(settings.database_url(owner=True))
    with engine.begin() as connection:
        toy.metadata.create_all(connection)
        connection.execute(sa.text(f'GRANT ALL ON ALL TABLES IN SCHEMA public TO "{settings.database_user}"'))
        connection.execute(sa.text(f'GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO "{settings.database_user}"'))
    engine.dispose()
    return settings


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    made = Database(settings)
    yield made
    await made.close()


@pytest.fixture
def sql(settings: Settings) -> Iterator[psycopg.Connection]:
    """Plain SQL, to look at what the kernel wrote."""
    with psycopg.connect(settings.conninfo(), autocommit=True) as connection:
        yield connection


@pytest.fixture
def operate(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """``python -m shared.messaging.replay`` on this test's database, as an operator types it."""
    for name, value in settings.model_dump().items():
        if name.startswith("database_") and not name.endswith("password"):
            monkeypatch.setenv(f"AME_{name.upper()}", str(value))
    monkeypatch.setenv("AME_DATABASE_PASSWORD", settings.database_password.get_secret_value())

    def command(name: str, *arguments: object) -> int:
        return replay_command([name, "--service", "reporting", *map(str, arguments)])

    return command
