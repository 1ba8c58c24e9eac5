"""At the cut-off of each print room, what is ready is batched: by one instance per database, once a working day."""

from __future__ import annotations

import datetime as dt
from typing import Final

from psycopg import AsyncConnection

from services.letters.rendering.batches import pass_cut_offs
from shared import clock
from shared.clock import FRANCE
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.service.runtime import Runtime

LOOK_SECONDS: Final = 30.0


async def batch_at_cut_offs(runtime: Runtime) -> None:
    """Background work: pass the cut-offs of all rooms, for ever."""

    async def work(connection: AsyncConnection, wake: WakeSignal) -> None:
        while True:
            await pass_cut_offs(runtime, _now())
            await wake.wait(LOOK_SECONDS)
            await connection.execute("SELECT 1")  # still the leader?

    await LeaderElection(runtime.settings, "letters-batches").run(work)


def _now() -> dt.datetime:
    """The hour of the clock on the business day, which may have been moved."""
    return dt.datetime.combine(clock.today(), dt.datetime.now(FRANCE).time(), tzinfo=FRANCE)
