"""The service dedup on real parts: its migrated database, the session's broker, and events given to its own
consumers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from aiokafka import ConsumerRecord
from fastapi import FastAPI

from services.dedup.app import SERVICE
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose, purpose_by_way
from shared.access.tokens import issue_token
from shared.contract import events as ev
from shared.contract.reference_data import Caisse
from shared.messaging import topics
from shared.messaging.consumer import Consumer
from shared.messaging.reference_table import ReferenceWriter
from shared.service.app import create_app
from shared.service.runtime import Runtime
from shared.settings import Settings
from tests.servers import Databases
from tests.waiting import PatientTransport

TWO_PERSONS = Caisse(code="921", name="CPAM des Hauts-de-Seine", department="92", two_person_links=True)
ALONE = [Caisse(code=code, name=f"CPAM {code}", department=code[:2]) for code in ("751", "931", "131")]


@pytest.fixture(scope="session")
def broker_with_topics(kafka: str) -> str:
    async def prepare() -> None:
        await topics.create(kafka)
        async with ReferenceWriter(kafka) as writer:
            await writer.put([TWO_PERSONS, *ALONE])

    asyncio.run(prepare())
    return kafka


@pytest.fixture
def settings_for(databases: Databases, broker_with_topics: str, tmp_path: Path) -> Callable[..., Settings]:
    """Settings of replicas of one service: all on the same fresh database."""
    made = databases.migrated("dedup")
    values = made.settings_fields(owner=True)

    def make(slot: str = "tests", **more: Any) -> Settings:
        return Settings(
            profile="test",
            service="dedup",
            slot=slot,
            state_dir=tmp_path,
            kafka_bootstrap_servers=broker_with_topics,
            **values | more,
        )

    return make


@dataclass
class Replica:
    """One running process of dedup, as far as a test needs it."""

    app: FastAPI
    settings: Settings

    @property
    def runtime(self) -> Runtime:
        runtime: Runtime = self.app.state.runtime
        return runtime

    async def receives(self, *events: ev.Event) -> None:
        """Give events to the consumers of this replica, as one batch of records per topic, through the kernel's
        guard."""
        for subscription in SERVICE.subscriptions(self.runtime):
            records = [_record(at, event) for at, event in enumerate(events) if event.topic == subscription.topic]
            if records:
                await Consumer(self.settings, self.runtime.database, subscription).apply(records)

    def client(self, caisse: str | None, role: Role = Role.TECHNICIAN, subject: str | None = None) -> httpx.AsyncClient:
        """Somebody of a caisse, with a token and a purpose."""
        name = subject or f"{role.value}-{caisse}-1"
        token = issue_token(self.settings, role=role, caisse=caisse, subject=name)
        reader = Principal(name, frozenset({role}), caisse)
        purpose = purpose_by_way(reader, Purpose.DUPLICATE_REVIEW)
        headers = {"Authorization": f"Bearer {token}", "X-Purpose": purpose.value}
        return httpx.AsyncClient(
            transport=PatientTransport(self.app), base_url="http://dedup", headers=headers, timeout=30
        )


def _record(position: int, event: ev.Event) -> ConsumerRecord[bytes, bytes]:
    body = event.model_dump_json().encode()
    key = event.key.encode()
    return ConsumerRecord(event.topic, 0, position, 0, 0, key, body, None, len(key), len(body), ())


@pytest.fixture
async def replica(settings_for: Callable[..., Settings]) -> AsyncIterator[Replica]:
    """One replica that answers HTTP; events are given to it by ``receives``."""
    settings = settings_for(role="api")
    app = create_app(SERVICE, settings)
    async with app.router.lifespan_context(app):
        yield Replica(app, settings)


@pytest.fixture
def sql(settings_for: Callable[..., Settings]) -> Iterator[psycopg.Connection[Any]]:
    """Plain SQL, to look at what the service wrote."""
    with psycopg.connect(settings_for().conninfo(), autocommit=True) as connection:
        yield connection


@pytest.fixture
def told(sql: psycopg.Connection[Any]) -> Callable[..., list[Any]]:
    """What the service told about applications, in order: its identity events."""

    def read(*about: ev.Event | UUID, type_: str = "") -> list[Any]:
        keys = [str(one.application_id if isinstance(one, ev.Event) else one) for one in about]
        rows = sql.execute(
            "SELECT body FROM outbox WHERE topic = %s AND (key = ANY(%s) OR %s) ORDER BY id",
            (ev.IDENTITY, keys, not keys),
        ).fetchall()
        found = [ev.decode(ev.IDENTITY, body.encode()) for (body,) in rows]
        return [event for event in found if not type_ or event.type == type_]

    return read
