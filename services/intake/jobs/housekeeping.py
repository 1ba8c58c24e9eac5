"""Once an hour in one worker: forget the files of imports that are over, and bytes of no paper."""

from __future__ import annotations

import datetime as dt

from psycopg import AsyncConnection

from services.intake.jobs.orphans import sweep_imports, sweep_papers
from services.intake.store import drafts
from services.intake.store.imports import forget_readings
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.service.runtime import Runtime

ROUND_SECONDS = 3600.0
DRAFTS_KEPT = dt.timedelta(days=7)  # [M]: no text says how long an interview that was broken off may be kept
READINGS_KEPT = dt.timedelta(days=7)  # [M]: time enough to see what a workbook was understood to say


async def run(runtime: Runtime) -> None:
    """Tidy up for as long as this process runs and leads."""

    async def work(connection: AsyncConnection, wake: WakeSignal) -> None:
        while True:
            await tidy(runtime)
            await wake.wait(ROUND_SECONDS)
            await connection.execute("SELECT 1")  # still the leader?

    await LeaderElection(runtime.settings, "housekeeping").run(work)


async def tidy(runtime: Runtime) -> None:
    """Forget what is no longer needed."""
    async with runtime.database.unit() as unit:
        await drafts.forget(unit, dt.datetime.now(dt.UTC) - DRAFTS_KEPT)
        await forget_readings(unit, dt.datetime.now(dt.UTC) - READINGS_KEPT)
    await sweep_imports(runtime)
    await sweep_papers(runtime)
