"""The running service of letters as the people of a caisse use it: events over the broker, requests over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import psycopg
from aiokafka import AIOKafkaProducer

from services.letters.app import SERVICE
from shared.access.principal import Role
from shared.access.purposes import USUAL
from shared.access.tokens import issue_token
from shared.contract.events import Event
from shared.service.app import create_app
from shared.settings import Settings
from tests.letters.cases import AGENT, TODAY, submitted
from tests.letters.test_handlers import numbered
from tests.waiting import PatientTransport, until

LATE = "2027-03-01"
"""The day on which what is late is told: every letter of the year of the cases has left."""


@dataclass
class Desk:
    """The running service as the people of a caisse use it."""

    client: httpx.AsyncClient
    settings: Settings
    producer: AIOKafkaProducer
    sql: psycopg.Connection

    def token(self, role: Role = Role.TECHNICIAN, caisse: str | None = "931", seconds: float = 600) -> dict[str, str]:
        token = issue_token(self.settings, role=role, caisse=caisse, subject=AGENT, seconds=seconds)
        return {"Authorization": f"Bearer {token}"}

    async def get(
        self, path: str, *, role: Role = Role.TECHNICIAN, caisse: str | None = "931", **query: Any
    ) -> httpx.Response:
        headers = self.token(role, caisse) | {"X-Purpose": USUAL[role].value}
        given = query or None  # an empty one would drop the path's
        return await self.client.get(path, headers=headers, params=given)

    async def post(
        self, path: str, body: Any, *, role: Role = Role.TECHNICIAN, caisse: str | None = "931"
    ) -> httpx.Response:
        headers = self.token(role, caisse) | {"X-Purpose": USUAL[role].value}
        return await self.client.post(path, headers=headers, json=body)

    async def tell(self, *told: Event) -> UUID:
        """Other services tell of an application."""
        for event in told:
            await self.producer.send_and_wait(event.topic, event.model_dump_json().encode(), key=event.key.encode())
        return told[0].application_id

    async def letters(self, application: UUID, count: int, caisse: str = "931") -> dict[str, Any]:
        """The letters of an application, by kind, once there are so many."""

        async def listed() -> Any:
            items = (await self.get("/letters", application=str(application), caisse=caisse)).json()["items"]
            return items if len(items) == count else None

        return {item["kind"]: item for item in await until(listed)}

    def left(self, kind: str, application: UUID | str) -> list[Any]:
        found = self.sql.execute(
            "SELECT CAST(body AS jsonb) FROM outbox WHERE type = %s AND body LIKE %s ORDER BY id",
            (kind, f"%{application}%"),
        )
        return [row[0] for row in found]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Desk]:
    app = create_app(SERVICE, settings)
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap_servers)
    async with app.router.lifespan_context(app):
        transport = PatientTransport(app=app)
        await producer.start()
        with psycopg.connect(settings.conninfo(), autocommit=True) as sql:
            async with httpx.AsyncClient(transport=transport, base_url="http://letters") as client:
                yield Desk(client, settings, producer, sql)
        await producer.stop()


async def told(desk: Desk, *decisions: Any) -> tuple[Any, dict[str, Any]]:
    (first,) = numbered(submitted(TODAY))
    application = await desk.tell(first, *numbered(*decisions, application_id=first.application_id))
    return application, await desk.letters(application, 1 + len(decisions))


async def sent(desk: Desk, letter: dict[str, Any], way: str = "registered", **more: Any) -> str:
    body = {"posted_on": letter["issued_on"], "way": way, **more}
    if way == "registered":
        body["number"] = "2C123456789012"
    answer = await desk.post(f"/letters/{letter['letter_id']}/posting", body)
    assert answer.status_code == 200, answer.text
    return str(letter["letter_id"])


async def known(desk: Desk, letter: str, *facts: dict[str, Any]) -> dict[str, Any]:
    answer = await desk.post(f"/letters/{letter}/despatches/1/facts", {"facts": list(facts)})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def day(letter: dict[str, Any], after: int) -> str:
    return (dt.date.fromisoformat(letter["issued_on"]) + dt.timedelta(days=after)).isoformat()
