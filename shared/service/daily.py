"""Work that a service does once for each day that comes, in one instance per database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Final

from psycopg import AsyncConnection

from shared import clock
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.service.runtime import Background, Runtime

LOOK_SECONDS: Final = 60.0


def daily(
    name: str,
    apply: Callable[[Runtime, dt.date], Awaitable[object]],
    today: Callable[[], dt.date] = clock.today,
) -> Background:
    """Background work that calls ``apply`` at the start and at each new day of ``today``, under the lock ``name``."""

    async def run(runtime: Runtime) -> None:
        async def work(connection: AsyncConnection, wake: WakeSignal) -> None:
            applied: dt.date | None = None
            while True:
                seen = clock.today()
                if (day := today()) != applied:
                    await apply(runtime, day)
                    applied = day
                await wake.wait_beyond(seen, LOOK_SECONDS)
                await connection.execute("SELECT 1")  # still the leader?

        await LeaderElection(runtime.settings, name).run(work)

    run.__name__ = name
    return run
