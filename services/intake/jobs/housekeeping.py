"""Once an hour in one worker: forget old idempotency keys, and the files of imports that are over."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from psycopg import AsyncConnection

from services.intake.store.file_store import import_store
from services.intake.tables import imports, requests
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.service.runtime import Runtime

KEYS_KEPT = dt.timedelta(days=30)
ROUND_SECONDS = 3600.0
FILES_LOOKED_FOR = dt.timedelta(days=7)
OVER = ("done", "failed")


async def run(runtime: Runtime) -> None:
    """Tidy up for as long as this process runs and leads."""

    async def work(connection: AsyncConnection, wake: WakeSignal) -> None:
        while True:
            await tidy(runtime)
            await wake.wait(ROUND_SECONDS)
            await connection.execute("SELECT 1")  # still the leader?

    await LeaderElection(runtime.settings, "housekeeping").run(work)


async def tidy(runtime: Runtime) -> None:
    """Forget what is no longer needed. A job that died after its last commit leaves its file: it goes here."""
    store = import_store(runtime)
    now, table = dt.datetime.now(dt.UTC), imports.c
    ended = sa.select(table.import_id).where(table.state.in_(OVER), table.changed_at > now - FILES_LOOKED_FOR)
    async with runtime.database.unit() as unit:
        await unit.execute(sa.delete(requests).where(requests.c.asked_at < now - KEYS_KEPT))
        over = await unit.rows(ended)
    for row in over:
        store.delete(str(row.import_id))
