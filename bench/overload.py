"""What is still served when more is sent than can be: goodput at 1, 2, 5 and 10 times the capacity.

    python -m bench.overload [--seconds 20] [--steps 40,60,80,100,120,150,200] [--rounds 2]

The capacity is the highest load with a 99th percentile of at most one second and no refusal: it is climbed to in
steps, then narrowed down between the last that was served and the first that was not. Then the load is offered in
multiples of it: accepted applications a second, refusals by status, and whether everything accepted is decided
afterwards with the invariants of the delivery guarantees. Requests leave by the clock, whether or not earlier ones were
answered, and count from the moment they were due. A load is held against the best of all loads, or against what was
offered where that was less: nobody accepts more than is asked.

Each load meets a platform that has nothing left to do: else the letters of one load would be drawn in the seconds of
the next. The loads come in rounds, there and back, so that what a machine does meanwhile falls on all of them alike.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.posting import REPLICAS, Lines, percentile
from tests.guarantees.harness import Trial, trial
from tests.load.applications import application

FOLDER = Path(".local/bench/overload")
STEPS = (40, 60, 80, 100, 120, 150, 200)
TIMES = (1, 2, 5, 10)
LONGEST_SECONDS = 1.0
LEAST_SHARE = 0.9
NARROW = 1.06  # between what is served and what is not
REST_SECONDS = 1.0
DRAIN_SECONDS = 1200.0  # until the last letter of everything accepted is drawn
say = Console(stderr=True).print


@dataclass
class Step:
    """One load: what was offered each second, how long the accepted took, and how many answers had each status."""

    rate: float
    seconds: float
    accepted: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def add(self, other: Step) -> None:
        """Take in what came of the same load at another time."""
        self.seconds += other.seconds
        self.accepted += other.accepted
        self.statuses += other.statuses

    @property
    def goodput(self) -> float:
        """Accepted applications for each second of the load."""
        return len(self.accepted) / self.seconds

    @property
    def p99(self) -> float:
        """Seconds; zero where none was accepted."""
        return percentile(self.accepted, 99) / 1000 if self.accepted else 0.0

    @property
    def is_served(self) -> bool:
        """Whether everything was accepted in time."""
        return set(self.statuses) == {202} and self.p99 <= LONGEST_SECONDS


async def offer(under_test: Trial, lines: Lines, step: Step, first: int) -> Step:
    """Offer the load of a step by the clock."""
    token = under_test.token("751")
    bodies = [
        json.dumps(application(first + number, seed=5, caisse="751")).encode()
        for number in range(round(step.rate * step.seconds))
    ]
    began, asked = time.perf_counter(), set[asyncio.Task[None]]()

    async def post(number: int, due: float) -> None:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"overload-{first + number}"}
        status, answer = await lines.ask("/applications", bodies[number], headers)
        step.statuses[status] += 1
        if status == 202:
            step.accepted.append(time.perf_counter() - due)
            under_test.accepted[answer["application_id"]] = len(json.loads(bodies[number])["members"])

    for number in range(len(bodies)):
        due = began + number / step.rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        asked.add(asyncio.create_task(post(number, due)))
    await asyncio.gather(*asked)
    return step


@dataclass
class Load:
    """Loads offered one after the other to one platform, each with applications of its own."""

    under_test: Trial
    lines: Lines
    seconds: float
    offered: int = 0

    async def step(self, rate: float, name: str = "") -> Step:
        """Offer one load, tell what came of it, and let the platform rest until it has nothing left to do."""
        self.offered += 1
        step = await offer(self.under_test, self.lines, Step(rate, self.seconds), 100_000 * self.offered)
        told = f"{step.goodput:.0f}/s, p99 {step.p99 * 1000:.0f} ms, {dict(step.statuses)}"
        say(f"  {name or f'{rate:.0f}/s'}: {told}", highlight=False)
        self.lines.close()
        await asyncio.sleep(REST_SECONDS)
        await self.under_test.quiet(DRAIN_SECONDS)
        return step

    async def rounds(self, capacity: float, rounds: int) -> list[Step]:
        """Multiples of the capacity, offered up and down in turn; one step for each with all that came of it."""
        found = {times: Step(times * capacity, 0.0) for times in TIMES}
        for number in range(rounds):
            for times in TIMES if number % 2 == 0 else reversed(TIMES):
                found[times].add(await self.step(times * capacity, f"{times} times"))
        return list(found.values())


async def capacity_of(load: Load, steps: list[float]) -> float:
    """The highest load that is served whole; zero when the first step is not."""
    served, refused = 0.0, 0.0
    for rate in steps:
        if not (await load.step(rate)).is_served:
            refused = rate
            break
        served = rate
    while served and refused > served * NARROW:
        between = round((served + refused) / 2)
        if (await load.step(between)).is_served:
            served = between
        else:
            refused = between
    return served


async def measure(seconds: float, steps: list[float], rounds: int) -> tuple[float, list[Step], str]:
    """The capacity, the steps beyond it, and what the invariants say of everything accepted."""
    async with trial(FOLDER, replicas=REPLICAS) as under_test:
        lines = Lines(under_test.platform.url("intake"))
        load = Load(under_test, lines, seconds)
        await load.step(min(30, steps[0]), "warm")
        capacity = await capacity_of(load, steps)
        found = await load.rounds(capacity, rounds) if capacity else []
        lines.close()
        await under_test.quiet(DRAIN_SECONDS)
        verdict = await under_test.verdict()
        return capacity, found, str(verdict)


async def main(arguments: list[str]) -> int:
    """Run the bench; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.overload", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--steps", default=",".join(map(str, STEPS)))
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args(arguments)
    steps = [float(one) for one in options.steps.split(",")]
    capacity, found, verdict = await measure(options.seconds, steps, options.rounds)
    if not found:
        say(f"Nothing was served whole at {steps[0]:.0f} applications a second: this machine is not quiet.")
        return 1
    best = max(step.goodput for step in found)
    table = Table(title=f"Goodput under overload; capacity {capacity:.0f} applications a second")
    for column in ("offered /s", "accepted /s", "of the best", "p99 of the accepted", "503", "other"):
        table.add_column(column, justify="right")
    missed = False
    for step in found:
        other = sum(count for status, count in step.statuses.items() if status not in (202, 503))
        share = step.goodput / min(best, step.rate) if best else 0.0
        missed = missed or share < LEAST_SHARE or step.p99 > LONGEST_SECONDS or other > 0
        figures = (f"{step.rate:.0f}", f"{step.goodput:.1f}", f"{share:.2f}", f"{step.p99 * 1000:.0f} ms")
        table.add_row(*figures, str(step.statuses[503]), str(other))
    Console().print(table)
    Console().print(verdict)
    return int(missed)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
