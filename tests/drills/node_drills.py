"""A node with all its processes goes at once."""

from __future__ import annotations

import asyncio
import signal
import time

from shared.settings import SERVICES
from tests.drills.stage import NODES, Outcome, Stage
from tests.drills.watch import Watch
from tests.guarantees.harness import Trial, until

AWAY = 8
HANDOVER_SECONDS = 10.0
LEADERS = (
    "SELECT DISTINCT activity.application_name FROM pg_locks JOIN pg_stat_activity AS activity USING (pid) "
    "WHERE locktype = 'advisory' AND granted AND activity.application_name LIKE '%-leader'"
)


def leaders(trial: Trial) -> set[str]:
    """Who leads the relay and the jobs of each service, by the name of its connection: ``decision-a-leader``."""
    return {row[0] for service in SERVICES for row in trial.rows(service, LEADERS)}


async def node_gone(stage: Stage) -> Outcome:
    """Everything of the node that leads most dies at once; the other takes over relay and clocks within ten seconds."""

    async def act(watch: Watch) -> str:
        led = await asyncio.to_thread(leaders, stage.trial)
        victim = max(NODES, key=lambda node: sum(f"-{node}-" in one for one in led))
        other = next(node for node in NODES if node != victim)
        began = time.monotonic()
        await asyncio.to_thread(_kill, stage, victim)
        wanted = {f"{service}-{other}-leader" for service in SERVICES}
        await until(lambda: leaders(stage.trial) == wanted, f"{other} leads", pause=0.05)
        seconds = time.monotonic() - began
        assert seconds < HANDOVER_SECONDS, f"relay and clocks changed hands after {seconds:.1f} s only"
        await stage.everyone_answered(watch, AWAY)
        await asyncio.to_thread(stage.trial.start, *stage.node(victim))
        return f"un nœud tué avec ses {len(SERVICES)} processus ; relais et horloges repris en {seconds:.1f} s"

    return await stage.play("nœud perdu", act)


def _kill(stage: Stage, node: str) -> None:
    gone = stage.node(node)
    stage.trial.absent |= {process.name for process in gone}
    for process in gone:
        process.kill(signal.SIGKILL, restart=False)
