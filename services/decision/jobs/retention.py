"""Retention applied: each day decision forgets facts, persons, findings and words of cases that are over their time.

Most are gone before: intake erases the file, and decision hears of it. This is for what it did not hear.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from services.decision.store.cases import erase
from services.decision.store.retention import OVER
from shared.observability.logs import logger
from shared.retention.table import BY_OUTCOME, table_in_force
from shared.service.daily import daily
from shared.service.runtime import Runtime

log = logger("retention")

BATCH: Final = 200


async def apply(runtime: Runtime, today: dt.date) -> int:
    """Forget what is over its time on ``today``, in batches that each commit; returns how many cases."""
    table, total = table_in_force(), 0
    for outcome in BY_OUTCOME:
        period = table.period("decision", outcome, today)
        while period is not None:
            async with runtime.database.unit() as unit:
                rows = await unit.rows(OVER[outcome], {"latest": period.latest_over(today), "most": BATCH})
                await erase(unit, [row.application_id for row in rows])
            total += len(rows)
            if len(rows) < BATCH:
                break
    if total:
        log.info("forgotten", cases=total, day=today.isoformat())
    return total


run = daily("retention", apply)
