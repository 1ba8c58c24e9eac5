"""``python -m tests.drills``: each drill on real brokers, databases and processes, and a table of what was felt.

    python -m tests.drills [--only WORD] [--list]

A wait is the longest from the first try to the answer, tries included; under a fault it is how long the function was
away. For what follows a deposit by itself it is the longest from the deposit to the event that says it was done. After
each drill everything that was ever accepted is judged by the invariants of tests/guarantees. Exits with 1 when
something was lost, doubled or out of order, or when a drill did not do what it says.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.local.platform import LOCAL
from tests.drills import broker_drills, database_drills, node_drills
from tests.drills.stage import FLOWS, Outcome, Stage, stage
from tests.drills.watch import ASKED, Watch
from tests.guarantees.invariants import Verdict

Drill = Callable[[Stage], Awaitable[Outcome]]


async def nothing(stage: Stage) -> Outcome:
    """The same work without a fault: what the others are compared with."""

    async def act(watch: Watch) -> None:
        await stage.everyone_answered(watch, 12)

    return await stage.play("rien (témoin)", act)


DRILLS: dict[str, Drill] = {
    "witness": nothing,
    "broker": broker_drills.one_broker,
    "controller": broker_drills.new_controller,
    "primary": database_drills.first_server,
    "node": node_drills.node_gone,
}


async def play(wanted: list[str], folder: Path) -> list[tuple[str, Outcome | str, float]]:
    """Every wanted drill on one stage, in order; a drill that fails by itself is told by its error."""
    found: list[tuple[str, Outcome | str, float]] = []
    print("Mise en place : trois courtiers, deux bases, deux nœuds de cinq services...", flush=True)
    async with stage(folder) as made:
        for name in wanted:
            began = time.monotonic()
            outcome: Outcome | str
            try:
                outcome = await DRILLS[name](made)
            except Exception:
                traceback.print_exc()
                outcome = f"échec : {traceback.format_exc(limit=1).strip().splitlines()[-1]}"
            seconds = time.monotonic() - began
            found.append((name, outcome, seconds))
            said = outcome if isinstance(outcome, str) else f"{outcome.done} : {outcome.verdict}"
            print(f"  {name} ({seconds:.0f} s) : {said}", flush=True)
    return found


def show(found: list[tuple[str, Outcome | str, float]]) -> None:
    """The table: what was done, how long each function was away, what was lost."""
    table = Table(title="Exercices : plus longue attente de chaque fonction, en secondes")
    table.add_column("exercice")
    table.add_column("ce qui a été fait", max_width=44)
    for name in (*ASKED, *FLOWS, "perdus", "doublés", "désordre"):
        table.add_column(name, justify="right")
    for name, outcome, _ in found:
        if isinstance(outcome, str):
            table.add_row(name, outcome, *[""] * (len(ASKED) + len(FLOWS) + 3))
            continue
        waits = [f"{wait:.1f}" if (wait := outcome.waits.get(one)) is not None else "" for one in (*ASKED, *FLOWS)]
        table.add_row(name, outcome.done, *waits, *map(str, counts(outcome.verdict)))
    Console(width=max(150, Console().width)).print(table)


def counts(verdict: Verdict) -> tuple[int, int, int]:
    """Lost, doubled, out of order."""
    return len(verdict.lost), len(verdict.doubled), len(verdict.out_of_order)


def main(arguments: list[str]) -> int:
    """Play and print; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills")
    parser.add_argument("--only", action="append", choices=[*DRILLS], help="this one; several times: these")
    parser.add_argument("--list", action="store_true", help="print the names and what each does")
    options = parser.parse_args(arguments)
    if options.list:
        for name, drill in DRILLS.items():
            print(f"{name:<16} {(drill.__doc__ or '').strip().splitlines()[0]}")
        return 0
    folder = LOCAL / "drills"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.monotonic()
    found = asyncio.run(play(options.only or list(DRILLS), folder))
    show(found)
    played = [outcome for _, outcome, _ in found if not isinstance(outcome, str)]
    lost = sum(len(outcome.verdict.lost) for outcome in played)
    print(f"{time.monotonic() - began:.0f} s ; {len(played)} exercices joués sur {len(found)} ; perdu : {lost}")
    failed = [outcome for _, outcome, _ in found if isinstance(outcome, str)]
    return 0 if not failed and all(outcome.verdict.holds for outcome in played) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
