"""Retention applied: one leader forgets, each day, the applications that are over their time (``retention.py``)."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
import yaml
from psycopg import AsyncConnection

from services.dedup.domain.application_record import forgotten
from services.dedup.domain.retention import Book, Kept, read_book
from services.dedup.search import common_base
from services.dedup.store import applications, erasure
from services.dedup.store.identities import LOCK
from services.dedup.store.links import SYSTEM, Source
from services.dedup.tables import retention_runs
from shared import clock
from shared.database.leader_election import Leadership, Wake
from shared.database.unit_of_work import Unit
from shared.observability.logs import logger, new_trace
from shared.service.runtime import Runtime

log = logger("expiring")

BATCH: Final = 200
LOOK_SECONDS: Final = 60.0
MOVED_DAY_SECONDS: Final = 1.0

# The first bound is a superset that the index answers; the second is the rule to the day. The index is of what is not
# erased, which the planner cannot know of a parameter.
_OVER = sa.text(
    "SELECT application_id FROM applications WHERE outcome = :outcome AND outcome <> 'erased' "
    "AND coalesce(outcome_on, deposited_on, known_on) <= CAST(:day AS date) - make_interval(months => :months) "
    "AND CAST(coalesce(outcome_on, deposited_on, known_on) + make_interval(months => :months) AS date) < :day LIMIT "
    ":most"
)

_LOADED = sa.text("SELECT max(changed_at) FROM loads")
_RUNS = sa.text(
    "SELECT day, outcome, months, rule_from, reference, sum(applications) AS applications FROM retention_runs "
    "GROUP BY day, outcome, months, rule_from, reference ORDER BY day DESC, outcome LIMIT 100"
)


def book_in_force() -> Book:
    """The rules of the file that ``AME_DEDUP_RETENTION`` names, else of ``retention.yaml``. Raises
    ``RetentionError``."""
    path = os.environ.get("AME_DEDUP_RETENTION") or Path(__file__).parents[1] / "retention.yaml"
    return read_book(yaml.safe_load(Path(path).read_text("utf-8")))


async def run(runtime: Runtime) -> None:
    """Apply the rules in one instance per database, at each new day and after each load of an existing base, for
    ever."""
    book = book_in_force()

    async def work(_: AsyncConnection, wake: Wake) -> None:
        applied: tuple[dt.date, Any] | None = None
        while True:
            today = clock.today()
            async with runtime.database.unit() as unit:
                loaded = await unit.scalar(_LOADED)
            if (today, loaded) != applied:
                await apply(runtime, book, today)
                applied = (today, loaded)
            await wake.wait(MOVED_DAY_SECONDS if runtime.settings.movable_clock else LOOK_SECONDS)

    await Leadership(runtime.settings, "retention").run(work)


async def apply(runtime: Runtime, book: Book, today: dt.date) -> int:
    """Forget what is over its time on ``today``, in batches that each commit; returns how many applications."""
    total = 0
    for kept in book.on(today):
        while True:
            async with runtime.database.unit() as unit:
                count = await _forget_some(unit, kept, today, common_base.of(runtime).version)
            total += count
            if count:
                log.info("forgotten", outcome=kept.outcome, applications=count, day=today.isoformat())
            if count < BATCH:
                break
    return total


async def _forget_some(unit: Unit, kept: Kept, today: dt.date, model_version: str) -> int:
    await unit.execute(LOCK)
    parameters: dict[str, Any] = {"outcome": kept.outcome, "day": today, "months": kept.value.months, "most": BATCH}
    found = {row.application_id for row in await unit.rows(_OVER, parameters)}
    if not found:
        return 0
    neighbours: set[UUID] = {
        key for row in await unit.rows(applications.NEIGHBOURS, {"ids": list(found)}) for key in row
    }
    dossiers = await applications.locked(unit, found | neighbours)
    # One that was decided meanwhile has another rule: the next look finds it where it belongs.
    over = {key for key in found if dossiers[key].outcome == kept.outcome}
    dossiers |= {key: forgotten(dossiers[key], today) for key in over}
    await applications.write(unit, [dossiers[key] for key in sorted(over)])
    await erasure.retire(unit, over, "expired")
    await erasure.forget(unit, over, dossiers, Source(SYSTEM, new_trace()), model_version)
    run = {
        "day": today,
        "outcome": kept.outcome,
        "months": kept.value.months,
        "rule_from": kept.value.since,
        "reference": kept.value.reference,
        "applications": len(over),
    }
    await unit.insert_many(retention_runs, [run])
    return len(found)


async def shown(unit: Unit, book: Book, today: dt.date) -> dict[str, Any]:
    """The rules in force and what they made the base forget lately, for whoever controls them."""
    rules = [
        {
            "outcome": kept.outcome,
            "months": kept.value.months,
            "from": kept.value.since,
            "reference": kept.value.reference,
            "confidence": kept.value.confidence,
            "checked_on": kept.value.checked_on,
            "note": kept.value.note,
        }
        for kept in book.on(today)
    ]
    runs = [row._asdict() for row in await unit.rows(_RUNS)]
    return {"day": today, "rules": rules, "runs": runs}
