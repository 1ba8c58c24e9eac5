"""The worker's job: tells events again from ``acts`` and ``versions``, with the ids and sequences they had.

The outbox forgets what was sent; the acts do not. An erased file tells only that it was erased.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from psycopg import AsyncConnection

from services.intake.store.outbox_age import OLDEST_UNSENT_SECONDS, oldest_unsent
from services.intake.store.re_emissions import BATCH_APPLICATIONS, CHANNEL, is_open, next_ids, re_emit
from services.intake.tables import re_emissions
from shared.database.advisory_lock import hold
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.database.outbox import RELAY_PASS
from shared.observability import logs
from shared.service.runtime import Runtime

log = logs.logger("re_emissions")

IDLE_SECONDS = 5.0


async def run(runtime: Runtime) -> None:
    """Work on re-emissions for as long as this process runs and leads."""

    async def work(connection: AsyncConnection, wake: WakeSignal) -> None:
        while True:
            braked = await oldest_unsent(runtime) > OLDEST_UNSENT_SECONDS
            if braked or not await re_emit_next(runtime):
                await wake.wait(1.0 if braked else IDLE_SECONDS)
            await connection.execute("SELECT 1")  # still the leader?

    await LeaderElection(runtime.settings, "re-emissions", [CHANNEL]).run(work)


async def re_emit_next(runtime: Runtime) -> bool:
    """Emit the events of the next applications again, of the oldest open re-emission. False when none is open."""
    async with runtime.database.unit() as unit:
        if not await is_open(unit):
            return False
        # What the relay has read is on its way: an event after the first would overtake those emitted again here.
        await hold(unit, RELAY_PASS)
        open_ = sa.select(re_emissions).where(re_emissions.c.state != "done").order_by(re_emissions.c.asked_at).limit(1)
        row = await unit.one_or_none(open_.with_for_update(skip_locked=True))
        if row is None:
            return False
        ids = await next_ids(unit, row)
        emitted = await re_emit(unit, ids)
        values: dict[str, Any] = {
            "applications": row.applications + len(ids),
            "events": row.events + emitted,
            "state": "running" if len(ids) == BATCH_APPLICATIONS else "done",
            "changed_at": dt.datetime.now(dt.UTC),
        }
        if ids:
            values["cursor"] = ids[-1]
        own = re_emissions.c.re_emission_id == row.re_emission_id
        await unit.execute(sa.update(re_emissions).where(own).values(**values))
    return True
