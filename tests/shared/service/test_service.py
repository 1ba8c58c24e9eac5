"""The frame around every service: what orchestrators, auditors and programmers ask of it, in good days and in an
outage."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from fastapi import APIRouter

from deploy.embedded.kafka import EmbeddedKafka
from shared import clock
from shared.contract.events import APPLICATION, IDENTITY
from shared.contract.reference_data import AppealBody, Caisse
from shared.messaging import topics
from shared.messaging.catalogue import TOPICS
from shared.messaging.reference_table import ReferenceWriter
from shared.messaging.subscription import Subscription
from shared.service.app import create_app
from shared.service.definition import Service
from shared.settings import Settings
from tests import servers
from tests.shared import toy
from tests.waiting import until

LAST_DAY_OF_CDAS = dt.date(2018, 12, 31)

SERVICE = Service(
    name="reporting",
    title="Service d'essai",
    routers=[APIRouter()],
    metadata=toy.metadata,
    subscriptions=lambda _: [Subscription(APPLICATION, toy.handle)],
    emits=[IDENTITY],
)


@asynccontextmanager
async def moving_the_day(settings: Settings) -> AsyncIterator[ReferenceWriter]:
    """A writer of the broker that other tests share: what it said of the day is taken back at the end."""
    async with ReferenceWriter(settings.kafka_bootstrap_servers) as writer:
        try:
            yield writer
        finally:
            await writer.forget(["business_date"])
            clock.set_day(None)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The toy service with its lifespan running, and a client of it."""
    app = create_app(SERVICE, settings)
    engine = sa.create_engine(settings.database_url(owner=True))
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE IF NOT EXISTS alembic_version AS SELECT '0001' AS version_num"))
        connection.execute(sa.text(f'GRANT SELECT ON alembic_version TO "{settings.database_user}"'))
    engine.dispose()
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            client.app = app  # type: ignore[attr-defined]
            yield client
    clock.set_day(None)


async def test_operations_routes_are_open_and_say_what_they_should(settings: Settings) -> None:
    async with serving(settings) as client:
        assert (await client.get("/live")).json() == {"status": "alive", "reasons": []}
        assert (await client.get("/ready")).json()["status"] == "ready"
        version = (await client.get("/version")).json()
        assert (version["service"], version["schema_revision"]) == ("reporting", "0001")
        metrics = (await client.get("/metrics")).text
        for name in (
            "ame_outbox_oldest_seconds",
            "ame_consumer_lag",
            "ame_parked_keys",
            "ame_http_request_duration_seconds",
        ):
            assert f"# HELP {name}" in metrics
        document = (await client.get("/asyncapi.json")).json()
        assert document["asyncapi"].startswith("3.0")
        assert {c["address"] for c in document["channels"].values()} == {APPLICATION, IDENTITY}
        assert (await client.get("/openapi.json")).json()["info"]["title"] == "Service d'essai"


async def test_every_page_asks_to_sign_in(settings: Settings) -> None:
    async with serving(settings) as client:
        response = await client.get("/ui/sign-in?next=//evil.example", headers={"accept": "text/html"})
        assert (response.status_code, "AME_OIDC_ISSUER" in response.text) == (503, True), "no provider is set"
        assert "evil" not in response.text


async def test_the_reference_moves_the_day_and_names_the_appeal_body_of_the_date(settings: Settings) -> None:
    async with serving(settings) as client, moving_the_day(settings) as writer:
        reference = client.app.state.runtime.reference  # type: ignore[attr-defined]
        bodies = [
            AppealBody(
                caisse="751", code="cdas", kind="cdas", name="-", since=dt.date(2000, 1, 1), until=LAST_DAY_OF_CDAS
            ),
            AppealBody(caisse="751", code="rapo", kind="rapo", name="-", since=dt.date(2019, 1, 1)),
        ]
        await writer.put([Caisse(code="751", name="Paris", department="75"), *bodies])
        await writer.set_business_date(dt.date(2008, 2, 29))
        await until(lambda: clock.today() == dt.date(2008, 2, 29))
        assert (await client.get("/ready")).json()["business_date"] == "2008-02-29"
        assert [reference.appeal_body("751", dt.date(year, 12, 31)).code for year in (2008, 2018, 2019)] == [
            "cdas",
            "cdas",
            "rapo",
        ]
        assert reference.caisse("751").name == "Paris"
        assert reference.caisse("999") is None


async def test_a_broker_outage_fails_readiness_not_liveness(settings: Settings, scratch: Path) -> None:
    broker = EmbeddedKafka(scratch / "outage", libraries=servers.LIBRARIES, say=lambda _: None)
    broker.start()
    try:
        await topics.create(broker.address)
        own = settings.model_copy(update={"kafka_bootstrap_servers": broker.address})
        async with serving(own) as client:
            assert (await client.get("/ready")).status_code == 200
            await asyncio.to_thread(broker.kill)
            down = await client.get("/ready")
            assert (down.status_code, down.json()["reasons"]) == (503, ["broker"])
            assert (await client.get("/live")).status_code == 200
            await asyncio.to_thread(broker.start)
            async with asyncio.timeout(60):
                while (await client.get("/ready")).status_code != 200:  # noqa: ASYNC110 another process's state
                    await asyncio.sleep(0.2)
            # The reference follows again as well: what is written after the outage is seen.
            async with ReferenceWriter(broker.address) as writer:
                await writer.set_business_date(dt.date(2008, 4, 1))
                await until(lambda: clock.today() == dt.date(2008, 4, 1), 60)
    finally:
        broker.kill()


async def test_a_client_whose_task_ended_fails_liveness(settings: Settings) -> None:
    async with serving(settings) as client:
        (subscriber,) = client.app.state.consumers  # type: ignore[attr-defined]
        assert (await client.get("/live")).status_code == 200
        subscriber.kafka._client._sync_task.cancel()
        await until(subscriber.client_ended)
        dead = await client.get("/live")
        assert (dead.status_code, dead.json()["reasons"]) == (503, [f"client_ended:{APPLICATION}"])


async def test_the_topics_are_what_this_version_wants(broker_with_topics: str, scratch: Path) -> None:
    assert await topics.differences(broker_with_topics) == []
    empty = EmbeddedKafka(scratch / "empty", libraries=servers.LIBRARIES, say=lambda _: None)
    empty.start()
    try:
        assert len(await topics.differences(empty.address)) == len(TOPICS)
    finally:
        empty.kill()


@pytest.mark.parametrize("table", ["outbox", "inbox", "streams", "parked"])
def test_the_shared_tables_are_in_every_metadata(table: str) -> None:
    assert table in toy.metadata.tables
