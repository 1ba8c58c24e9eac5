"""``make tasks``: the 25 everyday tasks, each done by the right role in a real browser, with its steps and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, expect

from deploy import reference
from deploy.local.platform import Platform
from shared.messaging.reference_table import ReferenceWriter
from tests.browser.tasks import desk, instruction, post, review, team
from tests.browser.tasks.office import QUICK, Office, Task

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Everyday:
    """One task: its number and words in the table, whose it is, the most steps it may take (None: not said), how."""

    number: int
    words: str
    role: str
    most: int | None
    do: Task | None


# The number of a task and its limit are those of the table of the workbench; the order is that of one file's life.
TASKS = (
    Everyday(2, "File an application", "agent", 14, desk.file),
    Everyday(1, "Has this person applied before?", "agent", 2, desk.search),
    Everyday(3, "Interview, what is missing at once", "agent", 14, desk.missing),
    Everyday(4, "Upload or photograph papers", "agent", 5, desk.upload),
    Everyday(5, "Print the acknowledgement", "agent", 14, desk.acknowledgement),
    Everyday(6, "Tell where a file stands", "agent", None, desk.where_it_stands),
    Everyday(7, "Correct, withdraw, transfer", "agent", None, desk.correct),
    Everyday(8, "Import CSV", "agent", 3, desk.import_file),
    Everyday(9, "Technician: next file", "technician", 1, instruction.next_file),
    Everyday(10, "Read persons, facts, papers", "technician", None, instruction.read_it),
    Everyday(12, "Ask for papers", "technician", None, instruction.ask),
    Everyday(19, "Follow clocks", "technician", None, instruction.clocks),
    Everyday(23, "Late files, reassign", "supervisor", None, team.reassign),
    Everyday(11, "Record a fact", "technician", 4, instruction.record_fact),
    Everyday(13, "Decide", "technician", 6, instruction.decide),
    Everyday(14, "Second look", "supervisor", None, instruction.second_look),
    Everyday(15, "Judge a duplicate", "technician", None, review.judge),
    Everyday(16, "Undo a link, a person's history", "technician", None, review.cut),
    Everyday(17, "See a file's letters", "technician", None, instruction.letters),
    Everyday(18, "Post the day's letters", "agent", 5, post.post_letters),
    Everyday(20, "Find a person by name", "agent", 2, desk.find),
    Everyday(21, "Appeals, hearings, changes", "technician", 3, instruction.aftermath),
    Everyday(24, "Quarter: read, print, trace", "supervisor", None, team.quarter),
    Everyday(25, "Auditor: who read what", "auditor", 3, team.who_read_it),
    Everyday(22, "Supervisor: sampling, grid", "supervisor", None, team.sample_and_grid),  # the day moves: last
)
MUST = frozenset({*range(1, 8), *range(9, 17), *range(18, 26)})
TO_THE_PRINTED_ACKNOWLEDGEMENT = (2, 5)
"""Tasks that together lead from an empty desk to the paper in the hand: in 14 steps and 90 keys at most."""
HEAD = f"{'#':>2}  {'task':<36} {'role':<11} {'done':<5} {'steps':>5} {'most':>5} {'keys':>5} {'seconds':>8}"


async def test_the_everyday_tasks(
    browser: BrowserContext, platform: Platform, tmp_path: Path, say: Callable[[str], None]
) -> None:
    async with ReferenceWriter(platform.bootstrap) as writer:
        await writer.put(reference.records())
    expect.set_options(timeout=QUICK)
    office, rows, trouble = Office(browser, platform, tmp_path), {}, {}
    counts: dict[int, tuple[int, int]] = {}
    for task in TASKS:
        most = "" if task.most is None else str(task.most)
        row = f"{task.number:>2}  {task.words:<36} {task.role:<11}"
        if task.do is None:
            rows[task.number] = f"{row} {'open':<5} {'':>5} {most:>5}"
            continue
        try:
            done = await task.do(office)
        except Exception as error:  # the others are still worth trying
            rows[task.number] = f"{row} {'no':<5} {'':>5} {most:>5}"
            trouble[task.number] = f"{type(error).__name__}: {error}"
            say(f"{rows[task.number]}  {trouble[task.number]}")
            continue
        rows[task.number] = f"{row} {'yes':<5} {done.steps:>5} {most:>5} {done.keys:>5} {done.seconds:>8.1f}"
        counts[task.number] = done.steps, done.keys
        if task.most is not None and done.steps > task.most:
            trouble[task.number] = f"{done.steps} steps, {task.most} at most"
    say("\n".join([HEAD, *(rows[number] for number in sorted(rows))]))
    steps, keys = (
        sum(one) for one in zip(*(counts.get(n, (99, 99)) for n in TO_THE_PRINTED_ACKNOWLEDGEMENT), strict=True)
    )
    assert (steps <= 14, keys <= 90) == (True, True), (steps, keys)
    assert {number: trouble[number] for number in trouble if number in MUST} == {}
    assert trouble == {}
