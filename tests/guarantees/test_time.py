"""Clocks: two tickers, tickers killed, days missed; each legal event once. Last of these tests by name: it moves the
day."""

from __future__ import annotations

import datetime as dt
import signal
from collections import Counter
from functools import partial

import pytest

from tests.guarantees import history
from tests.guarantees.chaos import Chaos
from tests.guarantees.harness import SEED, Report, Trial, until
from tests.load.applications import OVER_CEILING, application

CLOCKS = ("decision.deadline_near", "decision.deadline_passed", "decision.lapsed_to_refusal")
COUNT = 10
# Filed on 15 September: the month ends on 15 October, the two months on 15 November. The days between are missed.
DAYS = ("2026-10-09", "2026-10-15", "2026-10-16", "2026-11-16", "2027-03-31")
DEADLY = ("2026-10-16", "2026-11-16")  # the days on which most is to be told
TOLD = [
    ("decision.deadline_near", "instruction_target", "2026-10-15"),
    ("decision.deadline_passed", "instruction_target", "2026-10-15"),
    ("decision.deadline_passed", "implicit_refusal", "2026-11-15"),
    ("decision.lapsed_to_refusal", "", "2026-11-15"),
]

pytestmark = pytest.mark.guarantee


async def test_each_legal_event_is_told_once(under_test: Trial, report: Report) -> None:
    ours = await under_test.post(application(number, SEED + 50, scenario=OVER_CEILING) for number in range(COUNT))
    await under_test.quiet()
    waiting = {
        row[0] for row in under_test.rows("decision", "SELECT application_id::text FROM cases WHERE state = 'open'")
    }
    assert set(ours) <= waiting
    tickers = [process for process in under_test.of("decision") if not process.name.endswith("-api")]
    assert len(tickers) >= 2
    faults = [(f"kill {ticker.name}", partial(ticker.kill, signal.SIGKILL)) for ticker in tickers]
    injected: Counter[str] = Counter()
    for number, day in enumerate(DAYS):
        with Chaos(faults if day in DEADLY else (), SEED + number, pause=(0.05, 0.3)) as chaos:
            await under_test.set_day(day)
            await chaos.every_fault()
        injected += chaos.injected
        reached = dt.date.fromisoformat(day)
        await until(lambda: under_test.rows("decision", "SELECT day FROM ticks") == [(reached,)], f"ticked on {day}")  # noqa: B023
        await under_test.quiet()
    verdict = await under_test.verdict()
    told = await history.read(under_test.platform.bootstrap, under_test.mended)
    for one in waiting:
        events = [(e["type"], e.get("clock", ""), e.get("due_on") or e.get("lapsed_on")) for e in told.of(one, *CLOCKS)]
        verdict.doubled += [f"{event} of {one}" for event, count in Counter(events).items() if count > 1]
        if one in ours and events != TOLD:
            verdict.lost.append(f"clocks of {one}: {events}")
        verdict.expect(f"implicit refusal of {one}", sum(event[0] == CLOCKS[2] for event in events))
    report.add("Horloges : deux, tuées, jours manqués", verdict, injected, len(waiting))
