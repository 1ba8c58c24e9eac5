"""The access log shows when it was changed by the owner of its database: rows changed, removed, reordered, inserted."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from deploy.embedded.databases import Database as MadeDatabase
from deploy.embedded.kafka import EmbeddedKafka
from services.reporting.app import SERVICE
from services.reporting.domain.access_chain import Verdict, beginning, chained
from services.reporting.jobs import audit_heads
from services.reporting.store import access_chain, access_log, audit_check, audit_keys
from shared.clock import FRANCE
from shared.contract import events as ev
from shared.database.unit_of_work import Database
from shared.ids import uuid7
from shared.messaging import topics
from shared.messaging.reference_table import ReferenceTable
from shared.service.app import create_app
from shared.service.runtime import Runtime
from shared.settings import Settings
from tests import servers
from tests.reporting.api.test_indicators import read
from tests.reporting.conftest import settings_on
from tests.servers import Databases
from tests.waiting import until

ROOT = Path(__file__).parents[3]
DAY = dt.date(2026, 11, 25)
RESOURCES = ("intake.application", "decision.case", "dedup.pair", "letters.pdf")
Sql = psycopg.Connection[Any]


@pytest.fixture
def made(databases: Databases) -> MadeDatabase:
    """A fresh database of reporting."""
    return databases.migrated("reporting")


@pytest.fixture
def own(made: MadeDatabase, broker: str, tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a reporting on that database."""
    return lambda address=broker, **more: settings_on(made, address, tmp_path, **more)


@pytest.fixture
async def runtime(own: Callable[..., Settings]) -> AsyncIterator[Runtime]:
    settings = own()
    one = Runtime(settings, Database(settings), ReferenceTable.of(settings, []))
    yield one
    await one.database.close()


@pytest.fixture
def owner(made: MadeDatabase) -> Iterator[Sql]:
    """The owner of the database: nothing is forbidden to him."""
    with psycopg.connect(made.conninfo(owner=True), autocommit=True) as connection:
        yield connection


def reads(count: int, resource: str = "intake.application") -> list[ev.AccessRecorded]:
    return [read(f"tech-{n}", uuid7()).model_copy(update={"resource": resource}) for n in range(count)]


async def arrive(runtime: Runtime, events: list[ev.AccessRecorded], day: dt.date = DAY) -> None:
    """Entries that arrive on a day."""
    async with runtime.database.unit() as unit:
        await access_chain.append(unit, [access_log.row_of(event) for event in events], day)


async def signed(runtime: Runtime, day: dt.date, hour: int = 12) -> list[str]:
    """Sign what is due at an hour of a day; every head so far."""
    await audit_heads.sign_due(runtime, dt.datetime.combine(day, dt.time(hour), FRANCE))
    async with runtime.database.unit() as unit:
        return [row.jws for row in await access_chain.signed_heads(unit)]


async def checked(runtime: Runtime, heads: list[str], *, kept: int = 1000, today: dt.date = DAY) -> Verdict:
    keys = audit_keys.public_keys(runtime.settings)
    return await audit_check.check(runtime.database, heads, keys, days_kept=kept, today=today)


async def three_days(runtime: Runtime) -> list[str]:
    """Reads of three days in two services, the first two days closed, the third fixed by an hourly head."""
    for n, day in enumerate(DAY + dt.timedelta(days=n) for n in range(3)):
        for resource in RESOURCES[:2]:
            await arrive(runtime, reads(3 + n, resource), day)
        await signed(runtime, day, 23)
    return await signed(runtime, DAY + dt.timedelta(days=2), 23)


async def test_an_untouched_log_is_whole(runtime: Runtime) -> None:
    heads = await three_days(runtime)
    verdict = await checked(runtime, heads)
    assert (verdict.whole, verdict.entries, verdict.unsigned) == (True, 24, 0)
    await arrive(runtime, reads(2), DAY + dt.timedelta(days=2))
    verdict = await checked(runtime, heads)
    assert (verdict.whole, verdict.entries, verdict.unsigned) == (True, 26, 2)


TAMPERING: dict[str, tuple[str, tuple[str, int]]] = {
    "another reader": (
        "UPDATE access_log SET actor_id = 'nobody' WHERE source = 'decision' AND number = 4",
        ("decision", 4),
    ),
    "another purpose": (
        "UPDATE access_log SET purpose = 'audit' WHERE source = 'intake' AND number = 1",
        ("intake", 1),
    ),
    "another file": (
        "UPDATE access_log SET application_ids = '{}' WHERE source = 'intake' AND number = 12",
        ("intake", 12),
    ),
    "another instant": (
        "UPDATE access_log SET occurred_at = occurred_at - interval '1 microsecond'"
        " WHERE source = 'intake' AND number = 3",
        ("intake", 3),
    ),
    "another day of arrival": (
        "UPDATE access_log SET arrived_on = arrived_on + 1 WHERE source = 'intake' AND number = 3",
        ("intake", 3),
    ),
    "one removed": ("DELETE FROM access_log WHERE source = 'intake' AND number = 7", ("intake", 7)),
    "the last removed": ("DELETE FROM access_log WHERE source = 'intake' AND number = 12", ("intake", 12)),
    "the first day removed": ("DELETE FROM access_log WHERE number <= 3", ("decision", 1)),
    "a chain removed": ("DELETE FROM access_log WHERE source = 'decision'", ("decision", 1)),
    "a chain and its head removed": (
        "DELETE FROM access_log WHERE source = 'decision'; DELETE FROM access_chain WHERE source = 'decision'",
        ("decision", 1),
    ),
    "removed and renumbered": (
        "DELETE FROM access_log WHERE source = 'intake' AND number = 12;"
        "UPDATE access_chain SET number = 11,"
        " hash = (SELECT hash FROM access_log WHERE source = 'intake' AND number = 11) WHERE source = 'intake'",
        ("intake", 12),
    ),
    "two reordered": (
        "UPDATE access_log SET number = -number WHERE source = 'intake' AND number IN (5, 6);"
        "UPDATE access_log SET number = 11 + number WHERE source = 'intake' AND number < 0",
        ("intake", 5),
    ),
    "one inserted between": (
        "UPDATE access_log SET number = -number - 1 WHERE source = 'intake' AND number >= 5;"
        "UPDATE access_log SET number = -number WHERE number < 0;"
        "INSERT INTO access_log SELECT gen_random_uuid(), occurred_at, business_date, caisse, actor_role, 'forged',"
        " purpose, resource, application_ids, count, correlation_id, source, 5, arrived_on, hash FROM access_log"
        " WHERE source = 'intake' AND number = 4",
        ("intake", 5),
    ),
    "one inserted at the end": (
        "INSERT INTO access_log SELECT gen_random_uuid(), occurred_at, business_date, caisse, actor_role, 'forged',"
        " purpose, resource, application_ids, count, correlation_id, source, 13, arrived_on, hash FROM access_log"
        " WHERE source = 'intake' AND number = 12",
        ("intake", 13),
    ),
    "a chain of somebody's own": (
        "INSERT INTO access_log SELECT gen_random_uuid(), occurred_at, business_date, caisse, actor_role, actor_id,"
        " purpose, resource, application_ids, count, correlation_id, 'other', 1, arrived_on, hash FROM access_log"
        " WHERE source = 'intake' AND number = 12",
        ("other", 1),
    ),
}


@pytest.mark.parametrize("tampering", TAMPERING)
async def test_what_the_owner_does_to_the_log_is_seen(runtime: Runtime, owner: Sql, tampering: str) -> None:
    heads = await three_days(runtime)
    statement, place = TAMPERING[tampering]
    for one in statement.split(";"):
        owner.execute(one.encode())
    broken = (await checked(runtime, heads)).broken
    assert broken is not None
    assert (broken.source, broken.number) == place


async def test_a_chain_that_the_owner_makes_again_is_not_the_one_that_was_signed(runtime: Runtime, owner: Sql) -> None:
    """He knows how entries are chained, and writes every hash anew after his change: the signed heads know better."""
    heads = await three_days(runtime)
    owner.execute("UPDATE access_log SET actor_id = 'nobody' WHERE source = 'intake' AND number = 2")
    at = beginning("intake")
    async with runtime.database.unit() as unit:
        rows = [row async for row in access_chain.entries(unit) if row["source"] == "intake"]
    for row in rows:
        at = chained(at, "intake", row["arrived_on"], row)
        owner.execute("UPDATE access_log SET hash = %s WHERE source = 'intake' AND number = %s", (at.hash, at.number))
    owner.execute("UPDATE access_chain SET hash = %s WHERE source = 'intake'", (at.hash,))
    broken = (await checked(runtime, heads)).broken
    assert broken is not None
    assert (broken.source, broken.number, broken.reason) == ("intake", 3, "not_the_signed_one"), "the close of day one"


@pytest.mark.parametrize(
    ("change", "number"),
    [
        (lambda heads: heads[1:], 1),
        (lambda heads: [heads[0], *heads[2:]], 2),
        (lambda heads: [heads[1], heads[0], *heads[2:]], 1),
        (lambda heads: [heads[0], heads[0], *heads[1:]], 2),
        (lambda heads: [heads[0], heads[1][:-4] + "AAAA", *heads[2:]], 2),
        (lambda heads: [*heads, heads[-1].replace(".", ".e30.", 1)], 6),
    ],
)
async def test_heads_that_were_touched_are_seen(runtime: Runtime, change: Any, number: int) -> None:
    heads = await three_days(runtime)
    assert len(heads) == 5, "two closed days, and an hourly head of each day"
    broken = (await checked(runtime, change(heads))).broken
    assert broken is not None
    assert (broken.source, broken.number) == ("heads", number)


async def test_a_head_signed_by_anybody_else_is_refused(runtime: Runtime, own: Any, tmp_path: Path) -> None:
    await three_days(runtime)
    stranger = own().model_copy(update={"state_dir": tmp_path / "elsewhere"})
    audit_keys.rotate(stranger)
    heads = await signed(runtime, DAY)
    keys = audit_keys.public_keys(stranger)
    verdict = await audit_check.check(runtime.database, heads, keys, days_kept=1000, today=DAY)
    assert verdict.broken is not None
    assert verdict.broken.source == "heads"


async def test_after_a_rotation_earlier_signatures_still_hold(runtime: Runtime) -> None:
    await arrive(runtime, reads(2))
    before = audit_keys.signing_key(runtime.settings).kid
    await signed(runtime, DAY)
    kid = audit_keys.rotate(runtime.settings)
    await arrive(runtime, reads(2))
    heads = await signed(runtime, DAY, 14)
    assert (len(heads), kid != before) == (2, True)
    assert (await checked(runtime, heads)).whole


async def test_whole_days_are_forgotten_and_no_other(runtime: Runtime, owner: Sql) -> None:
    heads = await three_days(runtime)
    async with runtime.database.unit() as unit:
        assert await access_chain.forget_days(unit, DAY + dt.timedelta(days=5)) == 6 + 8, (
            "the last day is not closed yet"
        )
    today = DAY + dt.timedelta(days=10)
    assert (await checked(runtime, heads, kept=9, today=today)).whole, "they were over their time"
    early = (await checked(runtime, heads, kept=10, today=today)).broken
    assert early is not None, "the second day had one day to go"
    assert (early.source, early.number) == ("decision", 4)
    owner.execute("DELETE FROM access_log WHERE source = 'intake' AND number = 8")
    broken = (await checked(runtime, heads, kept=9, today=today)).broken
    assert broken is not None
    assert (broken.source, broken.number) == ("intake", 8)
    with psycopg.connect(runtime.settings.conninfo(), autocommit=True) as role:
        for statement in ("DELETE FROM access_log", "UPDATE access_log SET count = 0", "DELETE FROM audit_heads"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                role.execute(statement.encode())


async def test_replicas_and_repeated_deliveries_make_one_chain(runtime: Runtime) -> None:
    batches = [reads(5, resource) for resource in RESOURCES for _ in range(5)]
    await asyncio.gather(*(arrive(runtime, batch) for batch in batches))
    await asyncio.gather(*(arrive(runtime, batch) for batch in batches[::-1]))
    verdict = await checked(runtime, await signed(runtime, DAY))
    assert (verdict.whole, verdict.entries, verdict.unsigned) == (True, 100, 0)


async def test_a_clock_that_goes_back_moves_no_entry_to_an_earlier_day(runtime: Runtime, owner: Sql) -> None:
    await arrive(runtime, reads(1), DAY)
    await arrive(runtime, reads(1), DAY - dt.timedelta(days=3))
    assert owner.execute("SELECT array_agg(DISTINCT arrived_on) FROM access_log").fetchone() == ([DAY],)


async def test_the_command_and_the_page_say_whole_or_name_the_first_broken_entry(
    own: Callable[..., Settings], runtime: Runtime, owner: Sql, bearer: Any, scratch: Path, made: MadeDatabase
) -> None:
    """With a real topic, a real file and the real service: heads leave by its relay, on a broker of their own."""
    broker = EmbeddedKafka(scratch / "audit", libraries=servers.LIBRARIES, say=lambda _: None)
    broker.start()
    await topics.create(broker.address)
    settings = own(broker.address, role="all")
    await arrive(runtime, reads(4), access_chain.today())  # before the service looks for the first time
    app = create_app(SERVICE, settings)
    command = [sys.executable, "-m", "services.reporting", "audit", "verify"]
    file = settings.state_dir / "audit" / "heads.jws"
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://reporting") as client,
    ):
        left = b"SELECT 1 FROM outbox WHERE topic = 'ame.audit.v1' AND sent_at IS NOT NULL"
        await until(lambda: file.exists() and owner.execute(left).fetchall(), 90)

        def verify(*more: str) -> subprocess.CompletedProcess[str]:
            environment = os.environ | {
                "AME_PROFILE": "test",
                "AME_STATE_DIR": str(settings.state_dir),
                "KAFKA_BOOTSTRAP_SERVERS": broker.address,
                **made.environment(),
            }
            return subprocess.run([*command, *more], cwd=ROOT, env=environment, capture_output=True, text=True)

        done = await asyncio.to_thread(verify, "--file", str(file))
        assert (done.returncode, "Entrées vérifiées : 4 ;" in done.stdout) == (0, True), done.stdout + done.stderr
        page = await client.get("/ui/audit/check", headers=bearer("auditor"))
        assert "Entier." in page.text
        assert (await client.get("/ui/audit/check", headers=bearer("supervisor", "751"))).status_code == 403
        owner.execute("DELETE FROM access_log WHERE number = 3")
        done = await asyncio.to_thread(verify)
        assert (done.returncode, "rompu" in done.stdout, "intake n° 3" in done.stdout) == (1, True, True), done.stdout
        page = await client.get("/ui/audit/check", headers=bearer("auditor"))
        assert "intake n° 3" in page.text
        lines = file.read_text().splitlines()
        file.write_text(lines[0][:-6] + "AAAAAA\n")
        done = await asyncio.to_thread(verify, "--file", str(file))
        assert (done.returncode, "tête signée en cause : n° 1" in done.stdout) == (1, True), done.stdout
    broker.stop()
