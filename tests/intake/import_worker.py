"""A process that does intake's import job and nothing else, so that a test can kill it: `… YYYY-MM-DD`, its business
day."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys

from services.intake.jobs import imports
from shared import clock
from shared.database.unit_of_work import Database
from shared.messaging.reference_table import ReferenceTable
from shared.service.runtime import Runtime
from shared.settings import Settings


async def work(day: dt.date) -> None:
    settings = Settings()
    runtime = Runtime(settings, Database(settings), ReferenceTable(settings))
    await runtime.reference.start()
    clock.set_day(day)
    await imports.run(runtime)


if __name__ == "__main__":
    asyncio.run(work(dt.date.fromisoformat(sys.argv[1])))
