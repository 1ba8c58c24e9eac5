"""How near the end of their delay the open cases are, and whether the ticker keeps up, as gauges for the operator.

Each worker asks the database, so all of them show the same figures: take the maximum over instances, never the sum.
"""

from __future__ import annotations

import asyncio
import datetime as dt

import sqlalchemy as sa
from prometheus_client import Gauge

from services.decision import tables
from services.decision.jobs.due_dates import NAME
from shared import clock
from shared.contract.sandbox import OUTSIDE_SANDBOX
from shared.database.unit_of_work import UnitOfWork
from shared.observability import metrics
from shared.service.runtime import Runtime

LOOK_SECONDS = 15.0
WITHIN_DAYS = (3, 7, 15)
"""Days before silence becomes a refusal; fifteen is the reminder of ``clock.implicit_refusal``."""

near_silence = Gauge(
    "ame_cases_near_silence",
    "Open cases whose silence becomes a refusal within so many days",
    ["caisse", "within_days"],
    registry=metrics.registry,
)
ticks_behind = Gauge(
    "ame_ticks_behind_days", "Days for which the ticker has not yet told what was due", registry=metrics.registry
)

clocks_parked = Gauge(
    "ame_clocks_parked", "Cases whose clocks could not be told and were set aside", registry=metrics.registry
)

# A running delay has something to tell the day after its end at the latest, so that the index of the ticker serves
# here.
_NEAR = sa.text(
    "SELECT caisse, due_on - :today AS days, count(*) AS cases FROM cases "
    f"WHERE state = 'open' AND due_on <= :last AND wakes_on <= :last + 1 AND caisse {OUTSIDE_SANDBOX} "
    "GROUP BY caisse, due_on"
)
_PARKED = sa.select(sa.func.count()).select_from(tables.parked_clocks)
_TICKED = sa.select(tables.ticks.c.day).where(tables.ticks.c.name == NAME)


async def watch(runtime: Runtime) -> None:
    """Look every quarter of a minute, for ever."""
    while True:
        today = clock.today()
        async with runtime.database.unit() as unit:
            found, behind = await near(unit, today), await days_behind(unit, today)
            parked = await unit.scalar(_PARKED)
        # A caisse without such a case shows zero, not its last figure.
        for caisse in {known.code for known in runtime.reference.caisses()} | {caisse for caisse, _ in found}:
            for within in WITHIN_DAYS:
                near_silence.labels(caisse, str(within)).set(found.get((caisse, within), 0))
        ticks_behind.set(behind)
        clocks_parked.set(parked)
        await asyncio.sleep(LOOK_SECONDS)


async def near(unit: UnitOfWork, today: dt.date) -> dict[tuple[str, int], int]:
    """Open cases by caisse and ``WITHIN_DAYS``; a case three days from its end is also within seven and fifteen."""
    rows = await unit.rows(_NEAR, {"today": today, "last": today + dt.timedelta(days=max(WITHIN_DAYS))})
    found: dict[tuple[str, int], int] = {}
    for row in rows:
        for within in WITHIN_DAYS:
            if row.days <= within:
                found[row.caisse, within] = found.get((row.caisse, within), 0) + row.cases
    return found


async def days_behind(unit: UnitOfWork, today: dt.date) -> int:
    """Days since the last one for which the ticker told everything; zero before its first."""
    ticked: dt.date | None = await unit.scalar(_TICKED)
    return 0 if ticked is None else max(0, (today - ticked).days)
