"""How fast the figures of reporting are made: of all quarters anew, and one file after the other as events come.

    python -m bench.reporting [--files 500000] [--events 5000]

All figures: the statement of each quarter over all caisses, laid out as a table and frozen as text with its hash; its
reference counts the same files once, with nothing but ``count(*)``. One file: its six events as records of the broker
through the consumer itself, in batches as big as it takes them: read, checked against the inbox, folded, committed. Its
reference writes the inbox of the same events and nothing more. Besides, the same of few files event by event, each in
a transaction of its own, as when hardly anything happens. Beside each time stands the processor that the process and
its database used: on a busy machine it says more.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import sys
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import psycopg
import sqlalchemy as sa
from aiokafka import ConsumerRecord
from rich.console import Console

from bench import processor
from deploy.embedded.databases import Database as MadeDatabase
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.reference import caisses
from services.reporting.domain.activity import activity, components_of
from services.reporting.domain.periods import Period, quarters
from services.reporting.domain.quarters import canonical, fingerprint
from services.reporting.handlers import subscriptions
from services.reporting.store.activity import rows_in_scope
from shared.contract import events as ev
from shared.database.unit_of_work import Database
from shared.ids import uuid7
from shared.messaging.consumer import Consumer
from shared.service.runtime import Runtime
from shared.settings import Settings
from tests.reporting.lives import Life
from tests.servers import migrate

FOLDER = Path(".local/bench/reporting")
FIRST, LAST = dt.date(2023, 1, 1), dt.date(2025, 12, 31)
REBUILD_LIMIT_SECONDS = 60.0
FILE_LIMIT_MS = 1.0
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


@dataclass(frozen=True)
class Taken:
    """How long something took, and how much processor it and the database used for it. Seconds."""

    wall: float
    processor: float

    def each(self, count: int) -> str:
        """The same in milliseconds for each of so many."""
        return f"{self.wall * 1000 / count:.2f} ms, processor {self.processor * 1000 / count:.2f} ms"


class Watch:
    """Starts where it is made; the database server's processes are counted too."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._started, self._used = time.perf_counter(), self._processor()

    def taken(self) -> Taken:
        """Since then."""
        return Taken(time.perf_counter() - self._started, self._processor() - self._used)

    def _processor(self) -> float:
        return time.process_time() + processor.spent(self._server)


async def rebuild(database: Database, periods: list[Period]) -> int:
    """Every figure of every quarter and caisse, frozen and hashed; how many figures that is."""
    cells = 0
    for period in periods:
        async with database.unit() as unit:
            rows = await rows_in_scope(unit, period, None)
        for caisse, figures in components_of(period, rows).items():
            fingerprint(caisse, period.id, 1, canonical(figures))
        cells += sum(map(len, activity(period, rows, caisses()).cells.values()))
    return cells


async def counted(database: Database, periods: list[Period]) -> None:
    """The reference: the files of each quarter counted once."""
    text = sa.text("SELECT caisse, count(*) FROM fact_stay WHERE arrived_on BETWEEN :since AND :until GROUP BY 1")
    for period in periods:
        async with database.unit() as unit:
            await unit.rows(text, {"since": period.first_day, "until": period.last_day})


def told(name: str, files: int) -> dict[str, list[Any]]:
    """The events of so many files by topic, in the order in which they come, with ids as services give them."""
    day = dt.date(2026, 1, 15)
    lives = [Life(f"{name}-{n}") for n in range(files)]
    for life in lives:
        life.id = uuid7()
    by_topic: dict[str, list[ev.Event]] = {
        ev.APPLICATION: [life.submitted(day) for life in lives],
        ev.DECISION: [*(life.completed(day) for life in lives), *(life.granted(day) for life in lives)],
        ev.LETTER: [
            *(life.letter(day, "admission") for life in lives),
            *(life.posted(day, "admission") for life in lives),
            *(life.handed_over(day) for life in lives),
        ],
    }
    return {topic: [one.model_copy(update={"id": uuid7()}) for one in events] for topic, events in by_topic.items()}


def records(events: Sequence[Any]) -> list[ConsumerRecord[Any, Any]]:
    """The same as the broker hands them over."""
    return [
        ConsumerRecord(
            topic=event.topic,
            partition=0,
            offset=number,
            timestamp=0,
            timestamp_type=0,
            key=event.key.encode(),
            value=event.model_dump_json().encode(),
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
            headers=(),
        )
        for number, event in enumerate(events)
    ]


Given = dict[str, list[ConsumerRecord[Any, Any]]]


def given(name: str, files: int) -> Given:
    """The records of so many files, by topic."""
    return {topic: records(events) for topic, events in told(name, files).items()}


async def followed(consumers: dict[str, Consumer], records_of: Given, batch: int) -> None:
    """Let the consumers of their topics take the records, in batches of this size."""
    for topic, all_of_it in records_of.items():
        for at in range(0, len(all_of_it), batch):
            await consumers[topic].apply(all_of_it[at : at + batch])


async def noted(database: Database, ids: list[UUID], batch: int) -> None:
    """The reference: the inbox of the same events and nothing more."""
    text = sa.text("INSERT INTO inbox (consumer, event_id) SELECT 'bench', unnest(CAST(:ids AS uuid[]))")
    for at in range(0, len(ids), batch):
        async with database.unit() as unit:
            await unit.execute(text, {"ids": ids[at : at + batch]})


async def measure(settings: Settings, server: int, files: int, events: int) -> bool:
    """Print the measures beside their references; whether the targets were met."""
    database = Database(settings, pool_size=2)
    periods, batch = quarters(FIRST, LAST), settings.batch_size
    runtime = cast("Runtime", None)  # the handlers of reporting need nothing of it
    consumers = {one.topic: Consumer(settings, database, one) for one in subscriptions(runtime)}
    warm, many, few = given("warm", batch), given("batched", events), given("single", max(1, events // 25))
    ids = [uuid7() for _ in range(sum(map(len, many.values())))]

    async def timed(work: Awaitable[Any]) -> Taken:
        watch = Watch(server)
        await work
        return watch.taken()

    try:
        reference, watch = await timed(counted(database, periods)), Watch(server)
        cells, all_figures = await rebuild(database, periods), watch.taken()
        await followed(consumers, warm, batch)
        batched = await timed(followed(consumers, many, batch))
        inbox = await timed(noted(database, ids, batch))
        single = await timed(followed(consumers, few, 1))
    finally:
        await database.close()
    say(
        f"{files} files, {len(periods)} quarters, {cells} cells: {all_figures.wall:.1f} s, "
        f"processor {all_figures.processor:.1f} s (a plain count: {reference.wall:.1f} s)"
    )
    say(f"One file, six events, consumed in batches of {batch}: {batched.each(events)} (inbox: {inbox.each(events)})")
    say(f"One file, six events, each consumed and committed alone: {single.each(len(few[ev.APPLICATION]))}")
    return all_figures.wall < REBUILD_LIMIT_SECONDS and batched.wall * 1000 / events < FILE_LIMIT_MS


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
        good = asyncio.run(measure(settings, server.pid, options.files, options.events))
        server.server.drop(made.name)
    finally:
        server.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
