"""Retention applied: each day letters forgets the words and PDFs of files whose last letter is over its time.

Most are gone before: intake erases the file, and letters hears of it. This is for what it did not hear.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from services.letters.store import title_photographs
from services.letters.store.recipients import erase
from services.letters.store.retention import BLANK, FORGET_WAITING, OVER
from shared.clock import FRANCE
from shared.observability.logs import logger
from shared.retention.table import table_in_force
from shared.service.daily import daily
from shared.service.runtime import Runtime

log = logger("retention")

BATCH: Final = 200


async def apply(runtime: Runtime, today: dt.date) -> int:
    """Forget what is over its time on ``today``, in batches that each commit, and photographs that no title needs any
    more; returns how many files."""
    table, total = table_in_force(), 0
    period = table.period("letters", "letter", today)
    while period is not None:
        async with runtime.database.unit() as unit:
            rows = await unit.rows(OVER, {"latest": period.latest_over(today), "most": BATCH})
            ids = [row.application_id for row in rows]
            if ids:
                await unit.execute(BLANK, {"ids": ids})
                await erase(unit, ids)
        total += len(ids)
        if len(ids) < BATCH:
            break
    wall = dt.datetime.now(FRANCE).date()
    if (kept := table.period("letters", "awaited_recipient", wall)) is not None:
        async with runtime.database.unit() as unit:
            await unit.execute(FORGET_WAITING, {"latest": kept.latest_over(wall)})
    async with runtime.database.unit() as unit:
        await title_photographs.forget_over(unit, today)
    if total:
        log.info("forgotten", applications=total, day=today.isoformat())
    return total


run = daily("retention", apply)
