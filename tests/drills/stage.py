"""The stage of the drills: three brokers, two database servers, two nodes with every process, and what is judged."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.kafka_cluster import EmbeddedKafkaCluster
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.embedded.postgres_pair import start_pair
from deploy.local.options import Replica
from deploy.local.platform import LIBRARIES, Platform
from deploy.local.supervisor import SupervisedProcess
from shared.settings import SERVICES
from tests.drills.watch import ASKED, Watch, watched
from tests.guarantees import history
from tests.guarantees.harness import Trial, until
from tests.guarantees.history import History
from tests.guarantees.invariants import Verdict
from tests.load.applications import DAY

NODES = ("a", "b")
REPLICAS = tuple(Replica(service, "all", node) for node in NODES for service in SERVICES)
FLOWS = {"instruction": "decision.evaluated", "signal": "identity.cleared", "courrier": "letter.issued"}
"""What must follow a deposit by itself, by the event that says it was done."""


@dataclass
class Outcome:
    """What one drill found. ``waits``: the longest of each function, in seconds; None where it was not asked."""

    done: str
    waits: dict[str, float | None]
    verdict: Verdict
    answered: int = 0


@dataclass
class Stage:
    """What drills act on. ``first`` and ``second`` are the database servers by who takes writes now."""

    folder: Path
    brokers: EmbeddedKafkaCluster
    first: EmbeddedPostgres
    second: EmbeddedPostgres
    trial: Trial
    number: int = 0

    def node(self, name: str) -> list[SupervisedProcess]:
        """The processes of one node."""
        return [self.trial.platform.process(service, "all", name) for service in SERVICES]

    async def play(self, done: str, act: Callable[[Watch], Awaitable[str | None]]) -> Outcome:
        """Do ``act`` while people work, let everything come to rest, and judge all that was ever accepted."""
        self.number += 1
        before = set(self.trial.accepted)
        async with watched(self.trial, self.number) as watch:
            await self.everyone_answered(watch, 4)
            watch.begin()  # what the first ones took is no fault's
            told = await act(watch)
            await self.everyone_answered(watch, 4)
        await self.trial.quiet()
        verdict = await self.trial.verdict()
        said = await history.read(self.trial.platform.bootstrap)
        waits: dict[str, float | None] = dict(watch.longest)
        ours = set(self.trial.accepted) - before
        waits |= {name: _longest_flow(said, ours, kind) for name, kind in FLOWS.items()}
        return Outcome(told or done, waits, verdict, sum(watch.answered.values()))

    async def everyone_answered(self, watch: Watch, times: int) -> None:
        """Wait until each function has answered so often more."""
        wanted = {name: watch.answered[name] + times for name in ASKED}

        async def enough() -> bool:
            return all(watch.answered[name] >= count for name, count in wanted.items())

        await until(enough, f"{times} answers of each of {', '.join(ASKED)}")


def _longest_flow(said: History, ours: set[str], kind: str) -> float | None:
    """From the deposit to the event that says the next one has done its part: the longest, in seconds."""
    longest = None
    for application in ours:
        sent, done = said.of(application, "application.submitted"), said.of(application, kind)
        if sent and done:
            told = [dt.datetime.fromisoformat(event["occurred_at"]) for event in (sent[0], done[0])]
            longest = max(longest or 0.0, (told[1] - told[0]).total_seconds())
    return longest


@asynccontextmanager
async def stage(folder: Path, *, replicas: Sequence[Replica] = REPLICAS) -> AsyncIterator[Stage]:
    """Everything started in ``folder``, on the day of the load."""
    brokers = EmbeddedKafkaCluster(folder / "brokers", libraries=LIBRARIES)
    archive = folder / "archive"
    starting = asyncio.to_thread(brokers.start)
    (first, second), _ = await asyncio.gather(asyncio.to_thread(start_pair, folder, archive), starting)
    servers = (first, second)
    passwords = first.server.passwords
    os.environ |= {
        "KAFKA_BOOTSTRAP_SERVERS": brokers.address,
        "AME_TOPIC_REPLICATION": "3",
        "AME_DATABASE_HOST": ",".join(f"127.0.0.1:{server.port}" for server in servers),
        "AME_DATABASE_ADMIN_PASSWORD": passwords["postgres"],
        **{f"{role.upper()}_PASSWORD": password for role, password in passwords.items() if role != "postgres"},
    }
    platform = Platform(folder / "platform", replicas=replicas, profile="test", say=lambda _: None)
    try:
        await asyncio.to_thread(platform.start)
        made = Stage(folder, brokers, first, second, Trial(platform))
        await made.trial.set_day(DAY)
        yield made
    finally:
        await asyncio.to_thread(platform.stop)
        for server in servers:
            await asyncio.to_thread(server.kill)
        await asyncio.to_thread(brokers.stop)
