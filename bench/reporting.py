"""How fast the figures of reporting are made: of all quarters anew, and one file after the other as events come.

    python -m bench.reporting [--files 500000] [--events 5000]

All figures: the statement of each quarter over all caisses, laid out as a table and frozen as text with its hash; its
reference counts the same files once, with nothing but ``count(*)``. One file: its six events through the functions that
the consumers call; its reference writes the same events to a table of ids and nothing more.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from rich.console import Console

from deploy.embedded.databases import Database as MadeDatabase
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.reference import caisses
from services.reporting.domain.activity import activity, components_of
from services.reporting.domain.periods import Period, quarters
from services.reporting.domain.quarters import canonical, fingerprint
from services.reporting.store import facts
from services.reporting.store.activity import rows_in_scope
from shared.database.unit_of_work import Database
from shared.settings import Settings
from tests.reporting.lives import Life
from tests.servers import migrate

FOLDER = Path(".local/bench/reporting")
FIRST, LAST = dt.date(2023, 1, 1), dt.date(2025, 12, 31)
REBUILD_LIMIT_SECONDS = 60.0
FILE_LIMIT_MS = 1.0
BATCH = 500
say = Console(stderr=True).print

FILES = """
INSERT INTO fact_application (application_id, caisse, state, application_sequence, received_caisse, kind, channel,
    adults, minors, births_to_the_day, telephone, route, deposited_on, received_on, decision_sequence,
    complete_at_receipt, completed_on, outcome, decided_on, decided_caisse, persons_granted, persons_refused, motives,
    letter_sequence, notified_on, handed_on)
SELECT md5('file' || n)::uuid, caisse, outcome, 1, caisse, CASE WHEN n %% 5 < 2 THEN 'renewal' ELSE 'first' END,
    CASE WHEN n %% 7 = 0 THEN 'ccas' ELSE 'cpam' END, 1 + n %% 2, n %% 3, 1 + n %% 2, n %% 4 > 0, 'ordinary', day,
    day + 2, 2,
    n %% 3 > 0, day + 9, outcome, day + 25 + n %% 50, caisse, CASE outcome WHEN 'granted' THEN 1 + n %% 2 ELSE 0 END,
    n %% 3, CASE outcome WHEN 'refused' THEN ARRAY['over_ceiling'] ELSE '{}' END, 2, day + 30 + n %% 50,
    CASE WHEN outcome = 'granted' AND n %% 9 > 0 THEN day + 40 + n %% 60 END
FROM (SELECT n, (%(caisses)s::text[])[1 + n %% cardinality(%(caisses)s::text[])] AS caisse,
    %(first)s::date + (n::bigint * 7919 %% %(span)s)::int AS day,
    CASE WHEN n %% 6 = 0 THEN 'refused' WHEN n %% 29 = 0 THEN 'lapsed' ELSE 'granted' END AS outcome
    FROM generate_series(1, %(files)s::int) AS n) AS one
"""
REST = (
    "INSERT INTO fact_stay SELECT application_id, 0, caisse, received_on, 'received', decided_on, outcome "
    "FROM fact_application",
    "INSERT INTO fact_right SELECT application_id, rank, md5(application_id::text || rank)::uuid, caisse, kind, "
    "CASE rank WHEN 0 THEN 'applicant' ELSE 'spouse' END, CASE WHEN minors = 0 THEN 'F' ELSE 'M' END, "
    "1950 + (extract(doy FROM deposited_on)::int % 60), decided_on, decided_on, decided_on + 364 "
    "FROM fact_application, generate_series(0, persons_granted - 1) AS rank WHERE outcome = 'granted'",
    "INSERT INTO fact_letter (letter_id, application_id, caisse, kind, issued_on, decision_id, rendered, pages, "
    "posted_on, cancelled_on, sequence) "
    "SELECT md5(application_id::text || sort)::uuid, application_id, caisse, sort, on_, NULL, "
    "true, 2, on_ + 2, NULL, 3 FROM fact_application CROSS JOIN LATERAL (VALUES ('acknowledgement', received_on), "
    "('admission', decided_on)) AS l (sort, on_)",
    "INSERT INTO fact_event (event_id, application_id, caisse, type, detail, items, actor_id, counted_on, "
    "taken_on) SELECT md5(application_id::text || type)::uuid, application_id, caisse, type, detail, 0, 'bench', "
    "on_, on_ FROM fact_application CROSS JOIN LATERAL (VALUES ('application.submitted', '', received_on), "
    "('decision.papers_requested', '', received_on + 3), ('decision.granted', '', decided_on), "
    "('letter.posted', 'ordinary', notified_on)) AS e (type, detail, on_)",
    "INSERT INTO fact_signal SELECT application_id, md5('pair' || application_id)::uuid, caisse, 'to_examine', "
    "received_on, 'different', received_on + 3, caisse, NULL, 2 FROM fact_application WHERE minors = 2 AND adults = 2",
)


def fill(made: MadeDatabase, files: int) -> None:
    """Put so many files into a migrated database, three years of them, over the caisses of the reference."""
    with psycopg.connect(made.conninfo(owner=True), autocommit=True) as connection:
        span = (LAST - FIRST).days - 110
        named = {"files": files, "caisses": sorted(caisses()), "first": FIRST, "span": span}
        connection.execute(FILES, named)
        for statement in REST:
            connection.execute(statement.encode())
        connection.execute("ANALYZE")


async def rebuild(database: Database, periods: list[Period]) -> tuple[float, int]:
    """Seconds for every figure of every quarter and caisse, frozen and hashed; and how many figures that is."""
    started, cells = time.perf_counter(), 0
    for period in periods:
        async with database.unit() as unit:
            rows = await rows_in_scope(unit, period, None)
        for caisse, figures in components_of(period, rows).items():
            fingerprint(caisse, period.id, 1, canonical(figures))
        cells += sum(map(len, activity(period, rows, caisses()).cells.values()))
    return time.perf_counter() - started, cells


async def counted(database: Database, periods: list[Period]) -> float:
    """The reference: the files of each quarter counted once."""
    started = time.perf_counter()
    text = sa.text("SELECT caisse, count(*) FROM fact_stay WHERE arrived_on BETWEEN :since AND :until GROUP BY 1")
    for period in periods:
        async with database.unit() as unit:
            await unit.rows(text, {"since": period.first_day, "until": period.last_day})
    return time.perf_counter() - started


async def followed(database: Database, files: int) -> float:
    """Milliseconds for one file: its events folded in batches, as consumers get them."""
    day = dt.date(2026, 1, 15)
    lives = [Life(f"bench-{n}") for n in range(files)]
    topics: list[tuple[Any, list[Any]]] = [
        (facts.take_applications, [life.submitted(day) for life in lives]),
        (facts.take_decisions, [life.completed(day) for life in lives]),
        (facts.take_decisions, [life.granted(day) for life in lives]),
        (facts.take_letters, [life.letter(day, "admission") for life in lives]),
        (facts.take_letters, [life.posted(day, "admission") for life in lives]),
        (facts.take_letters, [life.handed_over(day) for life in lives]),
    ]
    started = time.perf_counter()
    for take, told in topics:
        for at in range(0, len(told), BATCH):
            async with database.unit() as unit:
                await take(told[at : at + BATCH], unit)
    return (time.perf_counter() - started) * 1000 / files


async def measure(settings: Settings, files: int, events: int) -> bool:
    """Print both measures beside their references; whether the targets were met."""
    database = Database(settings, pool_size=2)
    periods = quarters(FIRST, LAST)
    try:
        reference = await counted(database, periods)
        seconds, cells = await rebuild(database, periods)
        one = await followed(database, events)
    finally:
        await database.close()
    say(f"{files} files, {len(periods)} quarters, {cells} cells: {seconds:.1f} s (a plain count: {reference:.1f} s)")
    say(f"One file, six events: {one:.2f} ms")
    return seconds < REBUILD_LIMIT_SECONDS and one < FILE_LIMIT_MS


def main(arguments: list[str]) -> int:
    """Measure; returns 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.reporting", description=__doc__)
    parser.add_argument("--files", type=int, default=500_000)
    parser.add_argument("--events", type=int, default=5_000)
    options = parser.parse_args(arguments)
    server = EmbeddedPostgres(FOLDER, durable=False)
    server.start()
    try:
        made = server.server.create("reporting", f"ame_reporting_bench_{time.time_ns()}")
        migrate("reporting", made)
        fill(made, options.files)
        settings = Settings(profile="test", service="reporting", state_dir=FOLDER, **made.settings_fields())
        good = asyncio.run(measure(settings, options.files, options.events))
        server.server.drop(made.name)
    finally:
        server.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
