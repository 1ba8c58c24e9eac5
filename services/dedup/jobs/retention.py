"""Retention applied: one leader forgets, each day, the applications that are over their time
(``shared/retention``)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from psycopg import AsyncConnection

from services.dedup.domain.action_context import SYSTEM, ActionContext
from services.dedup.domain.application_record import forgotten
from services.dedup.search import common_base
from services.dedup.store import applications, erasure
from services.dedup.store.identities import LOCK
from services.dedup.store.retention import LOADED, OVER, OVER_PENDING
from services.dedup.tables import retention_runs
from shared import clock
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.database.unit_of_work import UnitOfWork
from shared.observability.logs import logger, new_trace
from shared.retention.table import RetentionPeriod, RetentionTable, table_in_force
from shared.service.runtime import Runtime

log = logger("retention")

BATCH: Final = 200
LOOK_SECONDS: Final = 60.0


async def run(runtime: Runtime) -> None:
    """Apply the rules in one instance per database, at each new day and after each load of an existing base, for
    ever."""
    table = table_in_force()

    async def work(_: AsyncConnection, wake: WakeSignal) -> None:
        applied: tuple[dt.date, Any] | None = None
        while True:
            today = clock.today()
            async with runtime.database.unit() as unit:
                loaded = await unit.scalar(LOADED)
            if (today, loaded) != applied:
                await apply(runtime, table, today)
                applied = (today, loaded)
            await wake.wait_beyond(today, LOOK_SECONDS)

    await LeaderElection(runtime.settings, "retention").run(work)


async def apply(runtime: Runtime, table: RetentionTable, today: dt.date) -> int:
    """Forget what is over its time on ``today``, in batches that each commit; returns how many applications."""
    total = 0
    for kept in table.on("dedup", today):
        while True:
            async with runtime.database.unit() as unit:
                count = await _forget_some(unit, kept, today, common_base.of(runtime).version)
            total += count
            if count:
                log.info("forgotten", outcome=kept.subject, applications=count, day=today.isoformat())
            if count < BATCH:
                break
    return total


async def _forget_some(unit: UnitOfWork, kept: RetentionPeriod, today: dt.date, model_version: str) -> int:
    await unit.execute(LOCK)
    parameters: dict[str, Any] = {"day": today, "months": kept.value.months, "most": BATCH}
    if kept.subject != "pending":
        parameters["outcome"] = kept.subject
    over_time = OVER_PENDING if kept.subject == "pending" else OVER
    found = {row.application_id for row in await unit.rows(over_time, parameters)}
    if not found:
        return 0
    dossiers = await applications.locked(unit, found | await applications.neighbours(unit, found))
    # One that was decided meanwhile has another rule: the next look finds it where it belongs.
    over = {key for key in found if dossiers[key].outcome == kept.subject}
    dossiers |= {key: forgotten(dossiers[key], today, expired=True) for key in over}
    await applications.write(unit, [dossiers[key] for key in sorted(over)])
    await erasure.retire(unit, over, "expired")
    await erasure.forget(unit, over, dossiers, ActionContext(SYSTEM, new_trace()), model_version)
    run = {
        "day": today,
        "outcome": kept.subject,
        "months": kept.value.months,
        "rule_from": kept.value.since,
        "reference": kept.value.reference,
        "applications": len(over),
    }
    await unit.insert_many(retention_runs, [run])
    return len(found)
