"""Time as an event: one leader asks which due dates have passed and publishes them, each once, for ever.

A day that was missed is caught up. What fired is written in the same transaction as the event, whose id is made of the
case, the clock and the date; so neither a crash nor two leaders at once can publish it twice.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from psycopg import AsyncConnection

from services.decision import tables
from services.decision.domain.case import due_dates
from services.decision.domain.case.case import CaseUpdate
from services.decision.store.cases import DUE, case_from_row, save
from services.decision.store.decision_context import SYSTEM, decision_context
from services.decision.store.locked_case import LockedCase
from shared import clock
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.delivery import redacted
from shared.messaging.transient_errors import is_transient
from shared.observability.logs import logger, new_trace
from shared.service.runtime import Runtime

log = logger("due_dates")

BATCH = 500
LOOK_SECONDS = 0.5  # between two looks at what became due during the day
NAME = "clocks"


async def run(runtime: Runtime) -> None:
    """Tick in one instance per database, for ever."""

    async def work(_: AsyncConnection, wake: WakeSignal) -> None:
        done_on: dt.date | None = None
        async with runtime.database.unit() as unit:
            await unit.execute(sa.delete(tables.parked_clocks))  # a new version of the service may publish them
        while True:
            done_on = await publish_due(runtime, done_on)
            await wake.wait_beyond(done_on, LOOK_SECONDS)

    await LeaderElection(runtime.settings, "ticker").run(work)


async def publish_due(runtime: Runtime, done_on: dt.date | None) -> dt.date:
    """Publish all that is due up to today, then note the day. ``done_on`` is the day noted last."""
    today = clock.today()
    while True:
        async with runtime.database.unit() as unit:
            count = await tick(runtime, unit, today)
            if count < BATCH and (count or done_on != today):
                await unit.insert_many(tables.ticks, [{"name": NAME, "day": today}], conflict=["name"], update=["day"])
        if count:
            log.info("ticked", day=today.isoformat(), cases=count)
        if count < BATCH:
            return today


def days_elsewhere(runtime: Runtime, today: dt.date) -> dict[str, dt.date]:
    """The caisses where it is another day than ``today``, the day of metropolitan France."""
    here = {known.code: decision_context(runtime.reference, known.code).day for known in runtime.reference.caisses()}
    return {caisse: day for caisse, day in here.items() if day != today}


async def tick(runtime: Runtime, unit: UnitOfWork, today: dt.date) -> int:
    """Publish what is due today on the clocks of up to ``BATCH`` cases; returns of how many."""
    days = days_elsewhere(runtime, today)
    where = {"day": today, "last": max([today, *days.values()]), "days": json.dumps(days, default=str), "limit": BATCH}
    rows = await unit.rows(DUE, where)
    noticed: list[tuple[sa.Row[Any], LockedCase]] = []
    for row in rows:
        try:
            one = case_from_row(row)
            context = replace(
                decision_context(runtime.reference, one.case.caisse), day=days.get(one.case.caisse, today)
            )
            after, emissions = due_dates.tick(one.case, context)
            one.record_step(CaseUpdate(after, one.facts, emissions), context, None, SYSTEM, new_trace())
        except Exception as error:
            await _park(unit, row, error)
        else:
            noticed.append((row, one))
    try:
        async with unit.savepoint():
            await save(unit, [one for _, one in noticed])
    except Exception as error:
        if is_transient(error):
            raise
        await _save_each(unit, noticed)
    return len(rows)


async def _save_each(unit: UnitOfWork, noticed: Sequence[tuple[sa.Row[Any], LockedCase]]) -> None:
    """Save what can be: one case that cannot must not stop the clocks of all."""
    for row, one in noticed:
        try:
            async with unit.savepoint():
                await save(unit, [one])
        except Exception as error:
            if is_transient(error):
                raise
            await _park(unit, row, error)


async def _park(unit: UnitOfWork, row: sa.Row[Any], error: Exception) -> None:
    """Set a case aside with why, until it changes or a worker begins to lead."""
    log.error("clock_parked", application=str(row.application_id), error=redacted(error))
    parked = {"application_id": row.application_id, "version": row.version, "reason": type(error).__name__}
    update = ["version", "reason"]
    await unit.insert_many(tables.parked_clocks, [parked], conflict=["application_id"], update=update)
