"""The log of a platform on which people worked, touched by the owner of its database: the auditor's command tells."""

from __future__ import annotations

import asyncio
import datetime as dt
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from deploy.embedded.databases import Database
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.local.platform import Platform
from shared.access.principal import Role
from tests.journeys.house import House
from tests.load.applications import application
from tests.servers import ROOT, migrate
from tests.waiting import until

pytestmark = pytest.mark.journey

VERIFY = [sys.executable, "-m", "services.reporting", "audit", "verify"]
TABLES = ("access_log", "access_chain", "audit_heads")
SOURCE = "decision"
ITS_OWN = f"source = '{SOURCE}' AND number"
FORGED = (
    "INSERT INTO access_log SELECT gen_random_uuid(), occurred_at, business_date, caisse, actor_role, 'forged',"
    " purpose, resource, application_ids, count, correlation_id, source, %s, arrived_on, hash FROM access_log"
    f" WHERE {ITS_OWN} ="
)
MADE_ROOM = (
    f"UPDATE access_log SET number = -number - 1 WHERE {ITS_OWN} >= 4; "
    f"UPDATE access_log SET number = -number WHERE {ITS_OWN} < 0; "
)
SWAPPED = (
    f"UPDATE access_log SET number = -number WHERE {ITS_OWN} IN (3, 4); "
    f"UPDATE access_log SET number = 7 + number WHERE {ITS_OWN} < 0"
)


def tampering(last: int) -> dict[str, tuple[str, int]]:
    """What an owner may do to a chain of ``last`` entries, and the entry that is the first at fault then."""
    return {
        "changed": (f"UPDATE access_log SET actor_id = 'nobody' WHERE {ITS_OWN} = 3", 3),
        "removed": (f"DELETE FROM access_log WHERE {ITS_OWN} = 3", 3),
        "reordered": (SWAPPED, 3),
        "inserted": (MADE_ROOM + FORGED % 4 + " 3", 4),
        "added at the end": (FORGED % (last + 1) + f" {last}", last + 1),
        "cut at the end": (f"DELETE FROM access_log WHERE {ITS_OWN} > {last - 2}", last - 1),
    }


async def test_each_kind_of_tampering_names_the_first_broken_entry(house: House, platform: Platform) -> None:
    await _some_reads(house)
    await until(lambda: _signed(platform), 150)
    with _copied(platform) as copy, psycopg.connect(copy.conninfo(owner=True), autocommit=True) as owner:
        for table in TABLES:
            owner.execute(f"CREATE TABLE kept_{table} AS TABLE {table}".encode())
        last = _one(owner, "SELECT number FROM access_chain WHERE source = 'decision'")
        entries = _one(owner, "SELECT count(*) FROM access_log")
        assert (last >= 8, entries > last) == (True, True)
        code, told = await asyncio.to_thread(_verified, platform, copy)
        assert (code, f"Entrées vérifiées : {entries} ;" in told) == (0, True), told
        for kind, (statements, number) in tampering(last).items():
            for statement in statements.split(";"):
                owner.execute(statement.encode())
            code, told = await asyncio.to_thread(_verified, platform, copy)
            assert (code, f"{SOURCE} n° {number}" in told) == (1, True), f"{kind}: {told}"
            for table in TABLES:
                owner.execute(f"TRUNCATE {table}; INSERT INTO {table} SELECT * FROM kept_{table}".encode())
        code, told = await asyncio.to_thread(_verified, platform, copy)
        assert code == 0, told


async def _some_reads(house: House) -> None:
    """A file of the caisse of Pontoise, looked at by its people."""
    await house.live(dt.date(2026, 9, 15))
    one = await house.filed(application(1, 613, caisse="951", day=house.today.isoformat()))
    for _ in range(8):
        await house.case("951", one)
    await house.status("951", one)
    await house.letters("951", one)
    await house.desk(Role.FRONTEND, "951").get("intake", f"/applications/{one}")
    await house.rest()


def _signed(platform: Platform) -> bool:
    with psycopg.connect(platform.database("reporting")) as connection:
        left = b"SELECT 1 FROM outbox WHERE topic = 'ame.audit.v1' AND sent_at IS NOT NULL"
        return connection.execute(left).fetchone() is not None


@contextmanager
def _copied(platform: Platform) -> Iterator[Database]:
    """The log, its chains and its heads in a database of their own, so that the platform's stay whole."""
    assert isinstance(platform.postgres, EmbeddedPostgres)
    server, name = platform.postgres.server, f"ame_reporting_{uuid.uuid4().hex[:8]}"
    copy = server.create("reporting", name)
    try:
        migrate("reporting", copy)
        with (
            psycopg.connect(platform.database("reporting", owner=True)) as source,
            psycopg.connect(copy.conninfo(owner=True)) as target,
        ):
            source.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            for table in TABLES:
                _carry(source, target, table)
        yield copy
    finally:
        server.drop(name)


def _carry(source: psycopg.Connection[Any], target: psycopg.Connection[Any], table: str) -> None:
    with (
        source.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)".encode()) as out,
        target.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)".encode()) as into,
    ):
        for block in out:
            into.write(block)


def _one(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def _verified(platform: Platform, copy: Database) -> tuple[int, str]:
    """The exit code and the words of the auditor's command on the copy, with the heads of the platform's own topic."""
    environment = platform.environment("reporting") | copy.environment()
    done = subprocess.run(VERIFY, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
