"""The sandbox is emptied each night: every file of an earlier day is erased as any file is, and all services hear it.

Ids, codes and dates remain where tables are append-only, as they do of any file.
"""

from __future__ import annotations

import datetime as dt

from services.intake.jobs.retention import BATCH, erase_some
from services.intake.store.sandbox import OF_EARLIER_DAYS, forget_what_was_sent
from shared.observability.logs import logger
from shared.service.daily import daily
from shared.service.runtime import Runtime

log = logger("sandbox")


async def apply(runtime: Runtime, today: dt.date) -> int:
    """Erase what was filed in the sandbox before ``today``; returns how many files."""
    total = 0
    while True:
        count = await erase_some(runtime, OF_EARLIER_DAYS, {"today": today, "most": BATCH}, today)
        total += count
        if count < BATCH:
            break
    async with runtime.database.unit() as unit:
        await forget_what_was_sent(unit)
    if total:
        log.info("sandbox_emptied", applications=total, day=today.isoformat())
    return total


run = daily("sandbox", apply)
"""The nightly emptying, by the worker that leads."""
