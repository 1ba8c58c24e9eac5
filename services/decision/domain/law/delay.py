"""Legal delays as pure functions: how their days are counted, when a delay ends, and which ends have passed.

Months run from date to date (*de quantième à quantième*: 15 January + 2 months = 15 March; 31 January + 1 month = 28 or
29 February). The last day belongs to the delay, which has passed on the day after. In a free delay (*délai franc*)
neither the first day nor the last counts: it ends one day later. An end that falls on a Saturday, a Sunday or a holiday
moves to the next working day only where the law says so.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from services.decision.domain.law.value_types import Delay

ONE_DAY = dt.timedelta(days=1)
Idle = Callable[[dt.date], str | None]
"""Why a day is not a working day, or None."""


def add_days(day: dt.date, days: int) -> dt.date:
    """``days`` later (or earlier); a title "without end" of 9999-12-31 stays at the end of the calendar."""
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        return dt.date.max if days > 0 else dt.date.min


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day ``months`` later (or earlier), or the last day of a shorter month; never past the calendar's
    ends."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        return dt.date.max if months > 0 else dt.date.min
    last = day.day if day.day <= 28 else calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


@dataclass(frozen=True)
class Suspension:
    """A time during which a delay does not run: from ``starts_on`` (included) to ``ends_on`` (excluded)."""

    starts_on: dt.date
    ends_on: dt.date


def suspended_days(suspensions: Iterable[Suspension]) -> set[dt.date]:
    """The days, each once, on which a delay does not run: overlapping suspensions do not count twice."""
    days: set[dt.date] = set()
    for suspension in suspensions:
        length = (suspension.ends_on - suspension.starts_on).days
        days.update(suspension.starts_on + dt.timedelta(days=number) for number in range(length))
    return days


@dataclass(frozen=True)
class Reckoning:
    """How the last day of a delay was found, step by step.

    ``plain``: months and days only. ``pauses``: the suspensions that counted, merged. ``paused``: their days.
    ``free_on``:
    the end with both, and the extra day of a free delay. ``skipped``: the days that did not work, with their names.
    """

    starts_on: dt.date
    plain: dt.date
    pauses: tuple[Suspension, ...]
    paused: int
    free_on: dt.date
    skipped: tuple[tuple[dt.date, str], ...]
    due_on: dt.date


def reckon(delay: Delay, start: dt.date, suspensions: Iterable[Suspension] = (), idle: Idle | None = None) -> Reckoning:
    """Count a delay that starts on ``start``; each day of suspension that fell within it pushes its end back, once.

    CRPA L. 114-5 (before 2016: décret 2001-492, art. 2): the delay stops during a request for papers and goes on after.
    """
    plain = due = add_days(add_months(start, delay.months), delay.days)
    pauses: list[Suspension] = []
    paused = 0
    for day in sorted(suspended_days(suspensions)) if delay.suspended else ():
        if not start <= day <= due:
            continue
        paused, due = paused + 1, add_days(due, 1)
        if pauses and pauses[-1].ends_on == day:
            pauses[-1] = Suspension(pauses[-1].starts_on, day + ONE_DAY)
        else:
            pauses.append(Suspension(day, day + ONE_DAY))
    due = free = add_days(due, 1) if delay.free else due
    skipped: list[tuple[dt.date, str]] = []
    while delay.working and idle is not None and (why := idle(due)) is not None and due < dt.date.max:
        skipped.append((due, why))
        due = due + ONE_DAY
    return Reckoning(start, plain, tuple(pauses), paused, free, tuple(skipped), due)


def due_on(delay: Delay, start: dt.date, suspensions: Iterable[Suspension] = (), idle: Idle | None = None) -> dt.date:
    """The last day of a delay that starts on ``start``."""
    return reckon(delay, start, suspensions, idle).due_on


@dataclass(frozen=True)
class Clock:
    """A delay of one case as it is kept: its dates, and the due dates already told (``near_told``, ``passed_told``).

    ``number``: which request for papers, decision or appeal it belongs to, from 1. ``due_on`` None: it does not run
    out.
    ``told``: its end is announced. ``stopped``: what it waited for happened, or it matters no more.
    """

    name: str
    starts_on: dt.date
    due_on: dt.date | None
    near_on: dt.date | None = None
    number: int = 1
    told: bool = True
    stopped: bool = False
    near_told: dt.date | None = None
    passed_told: dt.date | None = None


@dataclass(frozen=True)
class Firing:
    """A due date that comes near or has passed. ``(case, clock, number, kind, due_on)`` names it for ever."""

    clock: str
    kind: Literal["near", "passed"]
    due_on: dt.date
    number: int = 1


def fire(clock: Clock, today: dt.date) -> tuple[Clock, Firing | None]:
    """What a clock has to tell today, and the clock that remembers it.

    A day that was missed is caught up; a reminder overtaken by its own due date is left out. Asking twice on one day
    tells nothing more.
    """
    due = clock.due_on
    if clock.stopped or not clock.told or due is None:
        return clock, None
    if today > due:
        if clock.passed_told == due:
            return clock, None
        told = replace(clock, passed_told=due, near_told=due)
        return told, Firing(clock.name, "passed", due, clock.number)
    if clock.near_on is not None and today >= clock.near_on and clock.near_told != due:
        return replace(clock, near_told=due), Firing(clock.name, "near", due, clock.number)
    return clock, None


def wakes_on(clock: Clock) -> dt.date | None:
    """The next day on which this clock has something to tell; None when it is stopped, tells nothing or has told
    all."""
    due = clock.due_on
    if clock.stopped or not clock.told or due is None or clock.passed_told == due:
        return None
    return due + ONE_DAY if clock.near_on is None or clock.near_told == due else clock.near_on
