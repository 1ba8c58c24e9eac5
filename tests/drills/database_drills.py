"""The first database server dies, and its replica takes over."""

from __future__ import annotations

import asyncio

from deploy.embedded.postgres_pair import follow
from tests.drills.stage import Outcome, Stage
from tests.drills.watch import Watch

AWAY = 8


async def first_server(stage: Stage) -> Outcome:
    """The primary dies for good; the replica is promoted; the dead one comes back as the replica of the other."""

    async def act(watch: Watch) -> str:
        synchronous = stage.first.execute("SELECT sync_state FROM pg_stat_replication")
        assert synchronous == [("sync",)], f"the replica is not synchronous: {synchronous}"
        dead = stage.first
        dead.kill()
        await asyncio.to_thread(stage.second.execute, "SELECT pg_promote()")
        stage.first, stage.second = stage.second, dead
        await stage.everyone_answered(watch, AWAY)
        await asyncio.to_thread(follow, stage.second, stage.first)
        await stage.everyone_answered(watch, AWAY)
        return "base première tuée, réplique promue, l'ancienne revenue en réplique synchrone"

    return await stage.play("base première tuée", act)
