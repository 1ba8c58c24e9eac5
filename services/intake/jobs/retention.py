"""Retention applied: each day intake erases the files that are over their time, and every service hears of it.

What is over is in the one table of all services (``shared/retention``). Instants of requests and imports are of the
wall clock, days of files of the business day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from services.intake.domain.application import ActionContext, ErasureGround
from services.intake.store import changes
from services.intake.store.applications import lock_files, save
from services.intake.store.erasure import forget
from services.intake.store.file_store import paper_store
from services.intake.store.papers import drop_unreferenced
from services.intake.store.retention import FORGET_KEYS, OVER, forget_report
from shared.clock import FRANCE
from shared.contract.events import Actor
from shared.observability.logs import logger, new_trace
from shared.retention.table import BY_OUTCOME, table_in_force
from shared.service.daily import daily
from shared.service.runtime import Runtime

log = logger("retention")

BATCH: Final = 100
SYSTEM: Final = Actor(role="system", id="intake")


async def apply(runtime: Runtime, today: dt.date) -> int:
    """Erase what is over its time on ``today``, in batches that each commit; returns how many files."""
    table, total = table_in_force(), 0
    for outcome in BY_OUTCOME:
        period = table.period("intake", outcome, today)
        while period is not None:
            over = {"latest": period.latest_over(today), "most": BATCH}
            count = await erase_some(runtime, OVER[outcome], over, today)
            total += count
            if count < BATCH:
                break
    wall = dt.datetime.now(FRANCE).date()
    if (kept := table.period("intake", "idempotency_key", wall)) is not None:
        async with runtime.database.unit() as unit:
            await unit.execute(FORGET_KEYS, {"latest": kept.latest_over(wall)})
    if (kept := table.period("intake", "import_report", wall)) is not None:
        while await _forget_report(runtime, kept.latest_over(wall)):
            pass
    if (kept := table.period("intake", "change", wall)) is not None:
        async with runtime.database.unit() as unit:
            await changes.forget(unit, kept.latest_over(wall))
    if total:
        log.info("forgotten", applications=total, day=today.isoformat())
    return total


async def _forget_report(runtime: Runtime, latest: dt.date) -> bool:
    async with runtime.database.unit() as unit:
        return await forget_report(unit, latest)


async def erase_some(runtime: Runtime, statement: sa.TextClause, parameters: Mapping[str, Any], today: dt.date) -> int:
    """Erase the files that a statement finds and locks, in one transaction; returns how many."""
    by = ActionContext(SYSTEM, new_trace(), dt.datetime.now(dt.UTC), today)
    gone: set[str] = set()
    async with runtime.database.unit() as unit:
        rows = await unit.rows(statement, dict(parameters))
        for before in await lock_files(unit, [row.application_id for row in rows]):
            after, events = before.erase(ErasureGround.RETENTION_ENDED, by)
            await save(unit, before, after, events)
            gone |= set(await forget(unit, before.application_id))
    for sha256 in sorted(gone):
        async with runtime.database.unit() as unit:
            await drop_unreferenced(unit, paper_store(runtime), sha256)
    return len(rows)


run = daily("retention", apply)
