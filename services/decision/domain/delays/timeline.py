"""From dated acts to every clock of a case, each with its start, its last day and how it was found.

One function for the live case, simulations and replays, so that they cannot differ. It knows no "today": silence and
its effects up to a day are themselves acts, which ``with_silence`` adds. Sources: docs/domain.md 3.1, 3.3 to 3.5, 5.1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from services.decision.domain.delays import acts as a
from services.decision.domain.delays.computed_clock import PARIS, ClockCalculator, ComputedClock
from services.decision.domain.delays.contest import appeal_clocks, contest_clocks
from services.decision.domain.delays.history import first
from services.decision.domain.delays.instruction import instruction_clocks
from services.decision.domain.delays.right import right_clocks
from services.decision.domain.delays.silence import add_silence
from services.decision.domain.law.rulebook import Rulebook


def timeline(
    acts: Sequence[a.Act], book: Rulebook, department: str = PARIS, until: dt.date | None = None
) -> list[ComputedClock]:
    """Every clock these acts started, in the order they started; ``until``: silence up to that day counts as an act."""
    calculator, story = ClockCalculator(book, department), sorted(acts, key=lambda act: act.on)
    computed = instruction_clocks(story, calculator)
    if add_silence(story, computed, calculator, until):
        computed = instruction_clocks(story, calculator)
    decisions = [position for position, act in enumerate(story) if isinstance(act, a.Decided)]
    silent: ComputedClock | None = None
    for number, position in enumerate(decisions, 1):
        last = decisions[number] if number < len(decisions) else len(story)
        following = story[last] if last < len(story) else None
        chapter = story[position + 1 : last]
        after = _after(story[position], chapter, number, following, calculator, story, silent)
        silent = _silent(story[position], chapter, after)
        computed += after
    return [*computed, *_matches(story, calculator)]


def _matches(story: Sequence[a.Act], calculator: ClockCalculator) -> list[ComputedClock]:
    """The time a person has to answer to a confirmed resemblance, before anything adverse."""
    closed = first(story, a.Closed)
    confirmed = [act for act in story if isinstance(act, a.MatchConfirmed)]
    return [
        calculator.compute("match_answer", act.on, number, ended=a.Closed(on=act.ended_on) if act.ended_on else closed)
        for number, act in enumerate(confirmed, 1)
    ]


def _silent(decided: a.Act, chapter: Sequence[a.Act], after: Sequence[ComputedClock]) -> ComputedClock | None:
    """The delay of appeal of a refusal by silence that nobody contested."""
    assert isinstance(decided, a.Decided)
    if decided.outcome != "lapsed" or first(chapter, a.AppealFiled) is not None:
        return None
    return next((one for one in after if one.name == "appeal"), None)


def with_silence(
    acts: Sequence[a.Act], book: Rulebook, department: str = PARIS, until: dt.date | None = None
) -> list[a.Act]:
    """The acts in order of date, with what silence did before the next act or ``until``: refusals and rejections."""
    calculator, story = ClockCalculator(book, department), sorted(acts, key=lambda act: act.on)
    add_silence(story, instruction_clocks(story, calculator), calculator, until)
    return story


def _after(
    decided: a.Act,
    chapter: Sequence[a.Act],
    number: int,
    following: a.Act | None,
    calculator: ClockCalculator,
    story: Sequence[a.Act],
    silent: ComputedClock | None,
) -> list[ComputedClock]:
    """The clocks a decision starts, from the acts between it and the next decision."""
    assert isinstance(decided, a.Decided)
    computed: list[ComputedClock] = []
    revoked, closed = first(chapter, a.Revoked), first(chapter, a.Closed)
    if decided.outcome == "granted":
        computed += right_clocks(decided, chapter, number, revoked, closed, calculator, following)
    too_little = first(chapter, a.AppealFiled) is not None
    if decided.outcome != "granted" or decided.partial or too_little:
        computed += contest_clocks(decided, chapter, number, calculator, story, silent)
    computed += appeal_clocks(decided, chapter, following, calculator, story)
    return computed


def in_time(clocks: Sequence[ComputedClock], name: str, on: dt.date) -> bool | None:
    """Is an appeal of this day in time by the last clock of that name? None: nothing can be held against it, or
    unsure."""
    found = [clock for clock in clocks if clock.name == name]
    clock = found[-1] if found else None
    if clock is None or clock.due_on is None:
        reasonable = [
            one for one in clocks if one.name == "appeal_reasonable" and one.number == (clock.number if clock else 0)
        ]
        late = reasonable and reasonable[-1].due_on is not None and on > reasonable[-1].due_on
        return False if late else None
    if on <= clock.due_on:
        return True
    return False if clock.binding else None
