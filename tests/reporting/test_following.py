"""Reporting as it runs: events from the broker to rows, and its own traces of reading back to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import psycopg
import pytest
from aiokafka import AIOKafkaProducer

from services.reporting.app import SERVICE
from services.reporting.store import facts
from shared.contract import events as ev
from shared.database.unit_of_work import Database
from shared.service.app import create_app
from shared.settings import Settings
from tests.reporting.lives import Life
from tests.reporting.store.test_activity import D, two_quarters_of_life
from tests.waiting import PatientTransport, until


async def publish(broker: str, told: Sequence[Any], partition: int | None = None) -> None:
    """Put events on their topics, as the relays of the other services do; in one ``partition``, in this order."""
    place = {} if partition is None else {"partition": partition}
    producer = AIOKafkaProducer(bootstrap_servers=broker, enable_idempotence=True, linger_ms=5)
    await producer.start()
    try:
        sent = [
            await producer.send(event.topic, event.model_dump_json().encode(), key=event.key.encode(), **place)
            for event in told
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


@pytest.fixture
def following(settings: Settings) -> Settings:
    """The same process, consuming too."""
    return settings.model_copy(update={"role": "all"})


async def test_from_the_broker_to_the_table_and_back(following: Settings, bearer: Any) -> None:
    told = two_quarters_of_life()
    application = told[0].application_id
    app = create_app(SERVICE, following)
    transport = PatientTransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        with psycopg.connect(following.conninfo(), autocommit=True) as sql:
            await publish(following.kafka_bootstrap_servers, [*told, *told[::2]])
            row = (
                "SELECT notified_on FROM fact_application JOIN fact_stay USING (application_id) "
                "WHERE application_id = %s AND left_by = 'granted' AND notified_on = '2008-01-30'"
            )
            assert await until(lambda: sql.execute(row, (application,)).fetchone())
            path = f"/audit?application={application}"
            assert (await client.get(path, headers=bearer("auditor", purpose="audit"))).json()["items"] == []
            await until(
                lambda: sql.execute(
                    "SELECT 1 FROM access_log WHERE %s = ANY(application_ids)", (application,)
                ).fetchone()
            )
            [own] = (await client.get(path, headers=bearer("auditor", purpose="audit"))).json()["items"]
            assert (own["actor_id"], own["resource"]) == ("auditor-test", "reporting.audit")
            # The broker is shared: what other tests left on it may be parked here, nothing of this application is.
            parked = "SELECT count(*) FROM parked WHERE key = %s"
            assert sql.execute(parked, (str(application),)).fetchone() == (0,)


async def test_a_rebuild_drops_nothing_of_an_application_that_is_told_of_meanwhile(following: Settings) -> None:
    """The tables were emptied; intake tells a withdrawal as it happens, then everything again from the beginning."""
    life, other = Life("rebuilt", "931"), Life("beside it")
    submitted, moved = life.submitted(D(2008, 1, 1)), life.transferred(D(2008, 1, 10), "941")
    live = life.withdrawn(D(2008, 2, 1))
    app = create_app(SERVICE, following)
    row = "SELECT state, application_sequence, caisse FROM fact_application WHERE application_id = %s"
    noted = "SELECT count(*) FROM inbox WHERE event_id = ANY(%s)"
    ids = [submitted.id, moved.id, live.id]
    async with app.router.lifespan_context(app):
        with psycopg.connect(following.conninfo(), autocommit=True) as sql:
            await publish(following.kafka_bootstrap_servers, [live, other.submitted(D(2008, 1, 2))], partition=3)
            await until(lambda: sql.execute(row, (other.id,)).fetchone())  # so the withdrawal was met before
            assert sql.execute(row, (life.id,)).fetchone() is None
            assert sql.execute(noted, (ids,)).fetchone() == (0,)
            await publish(following.kafka_bootstrap_servers, [submitted, moved, live], partition=3)
            await until(lambda: sql.execute(noted, (ids,)).fetchone() == (3,))
            assert sql.execute(row, (life.id,)).fetchone() == ("withdrawn", 3, "941")
            stays = "SELECT caisse, left_by FROM fact_stay WHERE application_id = %s ORDER BY n"
            assert sql.execute(stays, (life.id,)).fetchall() == [("931", "transferred_out"), ("941", "withdrawn")]


@pytest.mark.parametrize("parked", [False, True])
async def test_only_what_has_no_beginning_is_passed_over(database: Database, settings: Settings, parked: bool) -> None:
    """In one batch: live events, then the life told again. An erasure, and what an operator has in hand, passes."""
    life, erased, whole = Life("headless"), Life("gone"), Life("whole")
    told = [life.submitted(D(2008, 1, 1)), life.transferred(D(2008, 1, 10), "941"), life.withdrawn(D(2008, 2, 1))]
    erased.submitted(D(2008, 1, 1))
    last = erased.tell(ev.ApplicationErased, D(2008, 3, 1), legal_ground="retention_ended")
    if parked:
        with psycopg.connect(settings.conninfo(), autocommit=True) as sql:
            sql.execute(
                "INSERT INTO parked (consumer, topic, partition, position, key, reason, state) "
                "VALUES ('reporting.ame.application.v1', %s, 0, 1, %s, 'handler_error', 'discarded')",
                (ev.APPLICATION, str(life.id)),
            )
    batch = [told[2], whole.submitted(D(2008, 1, 3)), last, *told]
    async with database.unit() as unit:
        assert await facts.headless_applications(batch, unit) == (set() if parked else {0})


def test_the_runtime_role_cannot_rewrite_what_an_auditor_rests_on(settings: Settings) -> None:
    for statement in ("UPDATE access_log SET purpose = 'x'", "DELETE FROM access_log", "DELETE FROM fact_decision"):
        with (
            psycopg.connect(settings.conninfo(), autocommit=True) as sql,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            sql.execute(statement)


def test_reporting_keeps_no_name_no_care_and_no_means() -> None:
    facts = [table for name, table in SERVICE.metadata.tables.items() if name.startswith("fact_")]
    columns = {column.name for table in facts for column in table.columns}
    # Of a birth the year, and how many of a file are known to the day; of an address, whether it is whole.
    columns -= {"birth_year", "births_to_the_day", "address_complete"}
    words = ("name", "birth", "address", "amount", "income", "care")
    assert not {name for name in columns if any(word in name for word in words)}


async def test_a_name_never_reaches_the_database(settings: Settings, feed: Any) -> None:
    await feed([Life("a").submitted(D(2008, 1, 1))])
    with psycopg.connect(settings.conninfo()) as sql:
        [content] = sql.execute("SELECT json_agg(f)::text FROM fact_application f").fetchone() or [""]
    assert "751" in content
    assert "NOM" not in content
