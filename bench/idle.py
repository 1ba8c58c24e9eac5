"""What the processes of a platform hold and use at rest: memory as the system shares it out (PSS), processor, by
process.

    python -m bench.idle

At rest twice: when all are ready, and when two hundred applications have gone through (the letters' own drawing process
runs then). PSS counts a page that several processes share once in all, so that the sum is what the machine gives.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from deploy.local.options import ONE_OF_EACH
from deploy.local.supervisor import SupervisedProcess
from tests.guarantees.harness import Trial, trial
from tests.load.applications import mixed

FOLDER = Path(".local/bench/idle")
LIMIT_MB = 900
MEGABYTE = 2**20
say = Console(stderr=True).print


def family(process: SupervisedProcess) -> list[psutil.Process]:
    """The process and those it started."""
    head = psutil.Process(process.pid)
    return [head, *head.children(recursive=True)]


def memory(process: SupervisedProcess) -> float:
    """Megabytes (2**20) of memory that the process and its children hold, as PSS."""
    return sum(one.memory_full_info().pss for one in family(process)) / MEGABYTE


def seconds(process: SupervisedProcess) -> float:
    """Seconds of processor that the process and its children have used."""
    return sum(one.cpu_times().user + one.cpu_times().system for one in family(process))


def memories(under_test: Trial) -> dict[str, float]:
    """Megabytes by process."""
    return {process.name: memory(process) for process in under_test.processes}


async def at_rest(under_test: Trial, during: float) -> dict[str, float]:
    """Share of one core that each process uses while nobody asks anything for ``during`` seconds."""
    before = {process.name: seconds(process) for process in under_test.processes}
    began = time.monotonic()
    await asyncio.sleep(during)
    passed = time.monotonic() - began
    return {process.name: (seconds(process) - before[process.name]) / passed for process in under_test.processes}


def show(first: Mapping[str, float], later: Mapping[str, float], used: Mapping[str, float]) -> None:
    """The table of one run."""
    table = Table(title="The five services at rest")
    table.add_column("process")
    for name in ("memory when ready (MB, PSS)", "after 200 applications (MB, PSS)", "processor at rest (% of a core)"):
        table.add_column(name, justify="right")
    for name in first:
        table.add_row(name, f"{first[name]:.0f}", f"{later[name]:.0f}", f"{100 * used[name]:.1f}")
    table.add_section()
    total = sum(later.values())
    verdict = "reached" if total < LIMIT_MB else "missed"
    table.add_row(
        "all", f"{sum(first.values()):.0f}", f"{total:.0f} (< {LIMIT_MB}: {verdict})", f"{100 * sum(used.values()):.1f}"
    )
    Console().print(table)


async def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.idle", description=__doc__)
    parser.add_argument("--applications", type=int, default=200)
    parser.add_argument("--rest", type=float, default=20.0, help="seconds over which the processor is measured")
    options = parser.parse_args(arguments)
    say("five services at rest…")
    async with trial(FOLDER, replicas=ONE_OF_EACH) as under_test:
        first = memories(under_test)
        await under_test.post(mixed(options.applications, seed=3))
        await under_test.quiet()
        used = await at_rest(under_test, options.rest)
        later = memories(under_test)
    show(first, later, used)
    return 0 if sum(later.values()) < LIMIT_MB else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
