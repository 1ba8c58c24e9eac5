"""A broker killed, the controller changed: nobody's message is lost, and the others go on."""

from __future__ import annotations

import asyncio

from deploy.embedded.kafka_cluster import controller
from tests.drills.stage import Outcome, Stage
from tests.drills.watch import Watch
from tests.guarantees.harness import until

AWAY = 8  # answers of each function while somebody is away


async def one_broker(stage: Stage) -> Outcome:
    """A broker that is not the controller dies, and comes back."""

    async def act(watch: Watch) -> None:
        leader = await asyncio.to_thread(controller, stage.brokers.brokers[1].port)
        victim = next(node for node in stage.brokers.brokers if node != leader)
        stage.brokers.brokers[victim].kill()
        await stage.everyone_answered(watch, AWAY)
        await asyncio.to_thread(stage.brokers.start, [victim])

    return await stage.play("un courtier sur trois tué (SIGKILL), puis revenu", act)


async def new_controller(stage: Stage) -> Outcome:
    """The controller dies: another is elected, and the brokers go on."""

    async def act(watch: Watch) -> str:
        before = await until(lambda: controller(stage.brokers.brokers[1].port), "a controller")
        stage.brokers.brokers[before].kill()
        port = next(broker.port for node, broker in stage.brokers.brokers.items() if node != before)
        after = await until(lambda: (found := controller(port)) not in (before, None) and found, "another controller")
        await stage.everyone_answered(watch, AWAY)
        await asyncio.to_thread(stage.brokers.start, [before])
        return f"contrôleur tué : {before}, puis {after}"

    return await stage.play("contrôleur tué", act)
