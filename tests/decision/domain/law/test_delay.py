"""Legal delays: how they count, how a request for papers suspends silence, and that a due date is told once."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.decision.domain.delays.clock import Clock, DueNotice, next_notice, wakes_on
from services.decision.domain.law import delay
from services.decision.domain.law import delay as clocks
from services.decision.domain.law.delay import Suspension
from services.decision.domain.law.edition import current
from services.decision.domain.law.value_types import Delay
from shared import calendar
from tests.decision.files import day

SILENCE = current().value("clock.implicit_refusal", day("2008-03-10")).value
TARGET = current().value("clock.instruction_target", day("2008-03-10")).value
PAPERS = current().value("clock.papers_due", day("2008-03-10")).value


def started(name: str, delay: Delay, start: dt.date) -> Clock:
    """A clock as a case keeps it on its first day."""
    due = clocks.due_on(delay, start)
    return Clock(name, start, due, None if delay.near_days is None else calendar.add_days(due, -delay.near_days))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2008-01-15", 2, "2008-03-15"),
        ("2007-12-31", 2, "2008-02-29"),
        ("2008-12-31", 2, "2009-02-28"),
        ("2008-01-31", 1, "2008-02-29"),
        ("2008-03-31", -1, "2008-02-29"),
        ("2008-11-30", 3, "2009-02-28"),
    ],
)
def test_months_run_from_day_to_day(start: str, months: int, end: str) -> None:
    assert calendar.add_months(day(start), months) == day(end)


@pytest.mark.parametrize(
    ("why", "pauses", "due"),
    [
        ("no request", [], "2008-05-10"),
        ("papers brought after ten days", [("2008-04-01", "2008-04-11")], "2008-05-20"),
        ("brought the same day", [("2008-04-01", "2008-04-01")], "2008-05-10"),
        ("the whole delay of thirty days", [("2008-04-01", "2008-05-02")], "2008-06-10"),
        ("two requests", [("2008-04-01", "2008-04-11"), ("2008-05-01", "2008-05-06")], "2008-05-25"),
        ("two that overlap count once", [("2008-04-01", "2008-04-11"), ("2008-04-05", "2008-04-11")], "2008-05-20"),
        (
            "the second falls in the days gained by the first",
            [("2008-04-01", "2008-04-11"), ("2008-05-15", "2008-05-18")],
            "2008-05-23",
        ),
        ("on its last day it is not too late", [("2008-05-10", "2008-05-13")], "2008-05-13"),
        ("after the end it is too late", [("2008-05-11", "2008-05-20")], "2008-05-10"),
    ],
)
def test_a_request_for_papers_suspends_silence(why: str, pauses: list[tuple[str, str]], due: str) -> None:
    suspensions = [Suspension(day(start), day(end)) for start, end in pauses]
    assert delay.due_on(SILENCE, day("2008-03-10"), suspensions) == day(due), why


def test_a_request_answered_before_the_delay_began_is_no_pause_of_it() -> None:
    before = Suspension(day("2008-03-01"), day("2008-03-10"))
    assert delay.compute_delay(SILENCE, day("2008-03-10"), [before]).pauses == ()


def test_the_month_of_instruction_is_never_suspended_and_papers_have_thirty_days() -> None:
    pause = [Suspension(day("2008-03-20"), day("2008-04-05"))]
    assert delay.due_on(TARGET, day("2008-03-10"), pause) == day("2008-04-10")
    assert delay.due_on(PAPERS, day("2008-03-10")) == day("2008-04-09")


def test_the_last_day_belongs_to_the_delay() -> None:
    clock = started("implicit_refusal", SILENCE, day("2008-03-10"))
    clock, near = next_notice(clock, day("2008-05-10"))
    assert near is not None
    assert near.kind == "near"
    _, passed = next_notice(clock, day("2008-05-11"))
    assert passed == DueNotice("implicit_refusal", "passed", day("2008-05-10"))


days = st.dates(min_value=dt.date(2007, 1, 1), max_value=dt.date(2027, 12, 31))


@given(start=days, visits=st.lists(days, max_size=30))
def test_a_clock_never_fires_twice(start: dt.date, visits: list[dt.date]) -> None:
    clock = started("implicit_refusal", SILENCE, start)
    fired = []
    for visit in sorted(visits):
        for _ in range(2):
            clock, firing = next_notice(clock, visit)
            fired += [firing] if firing else []
    assert len(fired) == len(set(fired))
    assert [one.kind for one in fired] in ([], ["near"], ["passed"], ["near", "passed"])


@given(start=days, visits=st.lists(days, min_size=1, max_size=30))
def test_a_missed_day_is_caught_up(start: dt.date, visits: list[dt.date]) -> None:
    """However the days were visited, once the last is past the due date it has been told."""
    clock = started("papers_due", PAPERS, start)
    told = []
    for visit in sorted(visits):
        clock, firing = next_notice(clock, visit)
        told += [firing.kind] if firing else []
    assert clock.due_on is not None
    assert ("passed" in told) == (max(visits) > clock.due_on)


@given(start=days, visit=days)
def test_a_clock_wakes_exactly_when_it_has_something_to_tell(start: dt.date, visit: dt.date) -> None:
    clock = started("implicit_refusal", SILENCE, start)
    wakes = wakes_on(clock)
    assert wakes is not None
    after, firing = next_notice(clock, visit)
    assert (firing is not None) == (visit >= wakes)
    then = wakes_on(after)
    assert then is None or then > visit


@given(start=days, first=days, moves=st.lists(st.tuples(days, days), max_size=4))
def test_suspension_only_ever_pushes_the_end_back(
    start: dt.date, first: dt.date, moves: list[tuple[dt.date, dt.date]]
) -> None:
    suspensions = [Suspension(min(pair), min(max(pair), min(pair) + dt.timedelta(days=60))) for pair in moves]
    plain = delay.due_on(SILENCE, start)
    assert delay.due_on(SILENCE, start, suspensions) >= plain
    assert delay.due_on(SILENCE, start, suspensions[::-1]) == delay.due_on(SILENCE, start, suspensions)


def test_a_stopped_clock_is_silent() -> None:
    clock = Clock("implicit_refusal", day("2008-03-10"), day("2008-05-10"), day("2008-04-25"), stopped=True)
    assert next_notice(clock, day("2026-01-01")) == (clock, None)
    assert wakes_on(clock) is None
