"""Memory under a steady load for as long as asked: flat, or the run fails.

    python -m bench.soak [--minutes 10] [--rate 10]

Applications are posted at an even rate while each process' memory (PSS, children included) is read every few seconds.
The first third is warm-up: caches fill, pools open. Over the rest a straight line is fitted by least squares to each
process; where it grows by more than the allowance, the process leaks. dedup holds every identity in memory by design,
so its allowance has in addition what the index takes for each.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

from rich.console import Console
from rich.table import Table

from bench.idle import memories
from deploy.local.options import ONE_OF_EACH
from tests.guarantees.harness import PATIENCE, Trial, trial
from tests.load.applications import mixed

FOLDER = Path(".local/bench/soak")
SEED = 11
ALLOWED_MB = 4.0
ALLOWED_SHARE = 0.03  # of what the process holds
IDENTITY_KB = 2.0  # of dedup's memory for each identity, its share of doubled arrays included
say = Console(stderr=True).print


@dataclass(frozen=True)
class Line:
    """What a process held at the beginning and at the end of the straight line through its samples, in MB, and what it
    may gain."""

    first: float
    last: float
    allowed: float

    @property
    def grown(self) -> float:
        return self.last - self.first

    @property
    def flat(self) -> bool:
        return self.grown <= self.allowed


def fit(samples: Sequence[tuple[float, float]], also: float = 0.0) -> Line:
    """The line through (seconds, MB) after the warm-up, the first third; ``also`` is growth by design, in MB."""
    settled = [one for one in samples if one[0] >= samples[-1][0] / 3]
    slope, level = linear_regression([at for at, _ in settled], [held for _, held in settled])
    first, last = level + slope * settled[0][0], level + slope * settled[-1][0]
    return Line(first, last, max(ALLOWED_MB, ALLOWED_SHARE * first) + also)


async def load(under_test: Trial, rate: float, until: float) -> int:
    """Post at an even rate until the loop's clock says ``until``; how many were accepted."""
    bodies, clock, tasks = mixed(10_000_000, SEED), asyncio.get_running_loop().time, set[asyncio.Task[list[str]]]()
    began, number = clock(), 0
    while clock() < until:
        tasks.add(task := asyncio.create_task(under_test.post([next(bodies)])))
        task.add_done_callback(tasks.discard)
        number += 1
        await asyncio.sleep(max(0.0, began + number / rate - clock()))
    await asyncio.gather(*tasks)
    return len(under_test.accepted)


async def watch(under_test: Trial, pause: float, until: float) -> dict[str, list[tuple[float, float]]]:
    """Samples (seconds since the beginning, MB) of each process."""
    clock, began = asyncio.get_running_loop().time, asyncio.get_running_loop().time()
    found: dict[str, list[tuple[float, float]]] = {process.name: [] for process in under_test.processes}
    while clock() < until:
        held = await asyncio.to_thread(memories, under_test)
        for name, value in held.items():
            found[name].append((clock() - began, value))
        await asyncio.sleep(pause)
    return found


def show(lines: Mapping[str, Line], minutes: float, applications: int) -> None:
    table = Table(title=f"Memory over {minutes:g} minutes, {applications} applications (MB, PSS)")
    table.add_column("process")
    for name in ("after the warm-up", "at the end", "grown", "allowed", "per hour"):
        table.add_column(name, justify="right")
    for name, line in lines.items():
        hourly = line.grown * 60 / (minutes * 2 / 3)
        figures = [f"{value:.1f}" for value in (line.first, line.last, line.grown, line.allowed, hourly)]
        table.add_row(name if line.flat else f"[red]{name}[/red]", *figures)
    Console().print(table)


async def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=10.0, help="applications a second")
    options = parser.parse_args(arguments)
    async with trial(FOLDER, replicas=ONE_OF_EACH) as under_test:
        say(f"{options.minutes:g} minutes at {options.rate:g} applications a second…")
        began = time.monotonic()
        until = asyncio.get_running_loop().time() + 60 * options.minutes
        accepted, samples = await asyncio.gather(
            load(under_test, options.rate, until), watch(under_test, max(1.0, options.minutes / 2), until)
        )
        passed = (time.monotonic() - began) / 60
        await under_test.quiet(within=max(PATIENCE, 120 * options.minutes))
        verdict = await under_test.verdict()
    by_design = {"dedup": IDENTITY_KB / 1024 * accepted * 2 / 3}
    lines = {name: fit(held, by_design.get(name, 0.0)) for name, held in samples.items()}
    show(lines, passed, accepted)
    if not verdict.holds:
        say(f"[red]{verdict}[/red]")
    return 0 if verdict.holds and all(line.flat for line in lines.values()) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
