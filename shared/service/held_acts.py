"""Carries out the acts of desks whose time to be undone is up: one instance per database, each in a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from psycopg import AsyncConnection

from shared.access.held_acts import Doing, carry_out_next
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.observability import logs
from shared.service.runtime import Runtime

log = logs.logger("held_acts")

LOOK_SECONDS: Final = 2.0


async def carry_out_due(runtime: Runtime, doing: Mapping[str, Doing]) -> int:
    """Carry out every act that is due; returns how many."""
    done = 0
    while (act_id := await carry_out_next(runtime.database, doing)) is not None:
        done += 1
        log.info("held_act_over", act=str(act_id))
    return done


async def carry_out(runtime: Runtime, doing: Mapping[str, Doing]) -> None:
    """Background work of a service: carry out what is due, for ever."""

    async def work(connection: AsyncConnection, wake: WakeSignal) -> None:
        while True:
            await carry_out_due(runtime, doing)
            await wake.wait(LOOK_SECONDS)
            await connection.execute("SELECT 1")  # still the leader?

    await LeaderElection(runtime.settings, f"{runtime.settings.service}-held-acts").run(work)
