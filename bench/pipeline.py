"""How fast applications go through all five services, beside two references measured in the same run.

    python -m bench.pipeline [--applications 20000] [--reference 1000]

*floor*: the same topic hops and row writes with no domain work; *plain habit*: the real services taking one message,
one
transaction, one commit at a time. Absolute times depend on the machine; the ratios are what counts.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from bench import floor, processor
from deploy.embedded.databases import Database as Made
from deploy.local.options import Replica
from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.contract.events import Actor, ApplicationSubmitted
from shared.contract.facts import ApplicationFacts
from shared.database.unit_of_work import Database, emit
from shared.ids import uuid7
from shared.messaging import topics
from shared.settings import SERVICES, Settings
from tests.guarantees.harness import Trial, trial
from tests.load.applications import application, csv_of

FOLDER = Path(".local/bench")
CHUNK = 500
ISSUED = "SELECT count(*) FROM letters WHERE kind = 'admission'"
EXAMINED = "SELECT count(*) FROM cases WHERE state = 'open' AND identity = 'open'"
say = Console(stderr=True).print
ONE_OF_EACH = tuple(Replica(service) for service in SERVICES)


async def reach(counts: Sequence[tuple[str, str]], wanted: int, label: str, within: float = 900) -> None:
    """Wait until counts, each asked of its database, reach a sum, saying how far they are."""
    async with AsyncExitStack() as stack:
        asked = [
            (
                await stack.enter_async_context(await psycopg.AsyncConnection.connect(conninfo, autocommit=True)),
                query.encode(),
            )
            for conninfo, query in counts
        ]
        last = time.monotonic()
        async with asyncio.timeout(within):
            while True:
                rows = [await (await connection.execute(query)).fetchone() or (0,) for connection, query in asked]
                count = sum(row[0] for row in rows)
                if count >= wanted:
                    return
                if time.monotonic() - last > 5:
                    say(f"  {label}: {count}/{wanted}")
                    last = time.monotonic()
                await asyncio.sleep(0.1)


async def import_all(under_test: Trial, first: int, count: int) -> float:
    """Import ``count`` complete applications of one caisse; seconds from the file's acceptance to the last letter
    issued.

    Of tens of thousands of invented people one or two resemble another: their files wait for a person and are counted
    so.
    """
    done = [(under_test.databases["letters"], ISSUED), (under_test.databases["decision"], EXAMINED)]
    before = sum([await asyncio.to_thread(_count, *each) for each in done])
    content = csv_of([application(n, seed=1, caisse="751") for n in range(first, first + count)])
    async with httpx.AsyncClient(base_url=under_test.platform.url("intake"), timeout=120) as client:
        headers = {
            "Authorization": f"Bearer {under_test.token('751', Role.FRONTEND)}",
            "Idempotency-Key": f"bench-{first}",
        }
        response = await client.post("/imports", files={"file": ("bench.csv", content, "text/csv")}, headers=headers)
        if response.status_code != 202:
            raise RuntimeError(f"import refused: {response.status_code} {response.text[:300]}")
    started = time.perf_counter()
    await reach(done, before + count, "admission letters")
    return time.perf_counter() - started


def _count(conninfo: str, query: str) -> int:
    with psycopg.connect(conninfo) as connection:
        row = connection.execute(query.encode()).fetchone()
        return int(row[0]) if row else 0


@asynccontextmanager
async def floor_platform() -> AsyncIterator[Platform]:
    """The stand-in services on servers of their own."""
    platform = Platform(
        FOLDER / "floor",
        replicas=ONE_OF_EACH,
        profile="test",
        fresh=True,
        prepare=False,
        say=lambda _: None,
        command=_floor_command,
    )
    start_services: Callable[[], None] = platform._start_services

    def prepared() -> None:
        asyncio.run(topics.create(platform.bootstrap))
        for made in platform.databases.values():
            _tables(made)
        start_services()

    platform._start_services = prepared  # type: ignore[method-assign]
    await asyncio.to_thread(platform.start)
    try:
        yield platform
    finally:
        await asyncio.to_thread(platform.stop)


def _floor_command(replica: Replica) -> list[str]:
    return [sys.executable, "-m", "bench.floor", replica.service]


def _tables(made: Made) -> None:
    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(made.conninfo(owner=True)))
    with engine.begin() as connection:
        floor.metadata.create_all(connection)
        for kind in ("TABLES", "SEQUENCES"):
            connection.execute(sa.text(f'GRANT ALL ON ALL {kind} IN SCHEMA public TO "{made.user}"'))
    engine.dispose()


async def run_floor(count: int) -> float:
    """Seconds for ``count`` applications through the stand-ins, from the first outbox row to the last letter event."""
    async with floor_platform() as platform:
        made = platform.databases["intake"]
        values = made.settings_fields()
        database = Database(Settings(profile="test", service="intake", **values))
        facts = [_facts(n) for n in range(count)]
        started = time.perf_counter()
        for start in range(0, count, CHUNK):
            async with database.unit() as unit:
                for each in facts[start : start + CHUNK]:
                    event = ApplicationSubmitted.new(
                        application_id=uuid7(),
                        caisse="751",
                        actor=Actor(role="system", id="bench"),
                        correlation_id="0" * 32,
                        facts=each,
                    )
                    emit(unit, event)
        sent = "SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL"
        await reach([(platform.database("letters"), sent)], 2 * count, "floor")
        seconds = time.perf_counter() - started
        await database.close()
        return seconds


def _facts(number: int) -> ApplicationFacts:
    """The facts of a generated application as intake would complete them with identifiers."""
    body = application(number, seed=1, caisse="751")
    for rank, member in enumerate(body["members"]):
        member |= {"member_id": str(uuid7()), "rank": rank}
    for paper in body["papers"]:
        paper |= {"paper_id": str(uuid7()), "received_on": body["deposit"]["received_on"]}
    return ApplicationFacts.model_validate(body)


@dataclass(frozen=True)
class Real:
    """What the real services took: seconds; processor seconds by process; rate of the last part beside that of the
    first."""

    seconds: float
    spent: processor.Seconds
    growth: float | None = None


async def run_real(count: int, warm: int, batch: int | None = None, part: int = 0) -> Real:
    """``count`` applications through the real services, after a warm-up. With ``part``, one part more is imported
    before and one after: by then the tables hold what came between as well."""
    environment = {"AME_BATCH_SIZE": str(batch)} if batch else {}
    name = "habit" if batch else "real"
    async with trial(FOLDER / name, replicas=ONE_OF_EACH, environment=environment) as under_test:
        await import_all(under_test, 0, warm)
        young = await import_all(under_test, warm, part) if part else 0.0
        before = processor.used(under_test.platform)
        seconds = await import_all(under_test, warm + part, count)
        spent = processor.between(before, processor.used(under_test.platform))
        old = await import_all(under_test, warm + part + count, part) if part else 0.0
        return Real(seconds, spent, old / young if part else None)


def print_processor(real: Real, applications: int) -> None:
    """Where the processor time went: what an interrupted run has shown already."""
    where = Table(title="Where the processor time goes: milliseconds for each application")
    where.add_column("process")
    where.add_column("ms", justify="right")
    for process, seconds in [*real.spent.items(), ("all", sum(real.spent.values()))]:
        if seconds * 1000 / applications >= 0.01:
            where.add_row(process, f"{seconds * 1000 / applications:.2f}")
    Console().print(where)


async def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline", description=__doc__)
    parser.add_argument("--applications", type=int, default=20_000)
    parser.add_argument("--reference", type=int, default=1_000)
    options = parser.parse_args(arguments)
    say("the real services…")
    real = await run_real(options.applications, warm=500, part=max(500, options.applications // 10))
    print_processor(real, options.applications)
    say("the floor…")
    bottom = await run_floor(max(options.reference, options.applications // 4))
    say("the plain habit…")
    habit = await run_real(options.reference, warm=100, batch=1)
    rate = options.applications / real.seconds
    floor_rate = max(options.reference, options.applications // 4) / bottom
    habit_rate = options.reference / habit.seconds
    table = Table(title="Applications through all five services, from accepted to decided and letter issued")
    for column in ("measure", "applications/s", "ratio", "target"):
        table.add_column(column, justify="left" if column == "measure" else "right")
    table.add_row("the platform", f"{rate:.0f}", "1.00", f"≥ 400 ({'reached' if rate >= 400 else 'missed'})")
    table.add_row("floor (same hops, no domain work)", f"{floor_rate:.0f}", f"{rate / floor_rate:.2f} of it", "")
    verdict = "reached" if rate / habit_rate >= 4 else "missed"
    table.add_row(
        "plain habit (one at a time)", f"{habit_rate:.0f}", f"{rate / habit_rate:.1f} times it", f"≥ 4 ({verdict})"
    )
    assert real.growth is not None
    verdict = "reached" if real.growth <= 1.3 else "missed"
    table.add_row("time with 10 times the rows in the tables", "", f"{real.growth:.2f} times", f"≤ 1.3 ({verdict})")
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
