"""A process that does the job of files of persons and nothing else, so that a test can kill it: `… ROWS`, to a
transaction."""

from __future__ import annotations

import asyncio
import sys

from services.dedup.jobs import bulk_checks
from services.dedup.search import common_base
from services.dedup.search.common_base import CommonBase
from shared.database.unit_of_work import Database
from shared.messaging.reference_table import ReferenceTable
from shared.service.runtime import Runtime
from shared.settings import Settings


async def work(rows: int) -> None:
    settings = Settings()
    runtime = Runtime(settings, Database(settings), ReferenceTable(settings))
    base = runtime.state[common_base.KEY] = CommonBase(settings, runtime.database)
    await base.load()
    vars(bulk_checks)["BATCH"] = rows
    await bulk_checks.run(runtime)


if __name__ == "__main__":
    asyncio.run(work(int(sys.argv[1])))
