"""Carries out the postings whose time to be undone is up: one instance per database, each act in a transaction."""

from __future__ import annotations

from typing import Final

from psycopg import AsyncConnection

from services.letters.store.posting_acts import carry_out_next
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.observability import logs
from shared.service.runtime import Runtime

log = logs.logger("postings")

LOOK_SECONDS: Final = 2.0


async def carry_out_due(runtime: Runtime) -> int:
    """Carry out every act that is due; returns how many."""
    done = 0
    while True:
        async with runtime.database.unit() as unit:
            act_id = await carry_out_next(unit)
        if act_id is None:
            return done
        done += 1
        log.info("posted_as_one", act=str(act_id))


async def carry_out_postings(runtime: Runtime) -> None:
    """Background work: carry out what is due, for ever."""

    async def work(connection: AsyncConnection, wake: WakeSignal) -> None:
        while True:
            await carry_out_due(runtime)
            await wake.wait(LOOK_SECONDS)
            await connection.execute("SELECT 1")  # still the leader?

    await LeaderElection(runtime.settings, "letters-postings").run(work)
