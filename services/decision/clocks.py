"""Legal delays as pure functions: when a delay ends, and which ends have passed.

A delay counts in civil months or days of the caisse's time zone. Months run from day to day (15 January + 2 months =
15 March; 31 January + 1 month = 28 or 29 February). The last day belongs to the delay: it has passed on the day after.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from services.decision.shapes import Delay

ONE_DAY = dt.timedelta(days=1)


def add_days(day: dt.date, days: int) -> dt.date:
    """``days`` later (or earlier); a title "without end" of 9999-12-31 stays at the end of the calendar."""
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        return dt.date.max if days > 0 else dt.date.min


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day ``months`` later (or earlier), or the last day of a shorter month; never past the calendar's ends."""
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


def due_on(delay: Delay, start: dt.date, suspensions: Iterable[Suspension] = ()) -> dt.date:
    """The last day of a delay that starts on ``start``, pushed back by each day of suspension that fell within it.

    CRPA L. 114-5 (before 2016: décret 2001-492, art. 2): the delay stops during a request for papers and goes on after.
    """
    due = add_days(add_months(start, delay.months), delay.days)
    if not delay.suspended:
        return due
    for day in sorted(suspended_days(suspensions)):
        if start <= day <= due:
            due = add_days(due, 1)
    return due


@dataclass(frozen=True)
class Clock:
    """A running or stopped delay of one case. ``near_told`` and ``passed_told`` are the due dates already told."""

    name: str
    starts_on: dt.date
    due_on: dt.date
    near_on: dt.date
    stopped: bool = False
    near_told: dt.date | None = None
    passed_told: dt.date | None = None


@dataclass(frozen=True)
class Firing:
    """A due date that comes near or has passed. ``(case, clock, kind, due_on)`` names it for ever."""

    clock: str
    kind: Literal["near", "passed"]
    due_on: dt.date


def started(name: str, delay: Delay, start: dt.date, suspensions: Iterable[Suspension] = ()) -> Clock:
    """A clock that starts with the delay's own start event."""
    due = due_on(delay, start, suspensions)
    return Clock(name=name, starts_on=start, due_on=due, near_on=add_days(due, -delay.near_days))


def moved(clock: Clock, delay: Delay, suspensions: Iterable[Suspension]) -> Clock:
    """The same clock after its suspensions changed; a due date already told is not told again, a new one is."""
    due = due_on(delay, clock.starts_on, suspensions)
    return replace(clock, due_on=due, near_on=add_days(due, -delay.near_days))


def fire(clock: Clock, today: dt.date) -> tuple[Clock, Firing | None]:
    """What a clock has to tell today, and the clock that remembers it.

    A day that was missed is caught up; a reminder overtaken by its own due date is left out. Asking twice on one day
    tells nothing more.
    """
    if clock.stopped:
        return clock, None
    if today > clock.due_on:
        if clock.passed_told == clock.due_on:
            return clock, None
        told = replace(clock, passed_told=clock.due_on, near_told=clock.due_on)
        return told, Firing(clock.name, "passed", clock.due_on)
    if today >= clock.near_on and clock.near_told != clock.due_on:
        return replace(clock, near_told=clock.due_on), Firing(clock.name, "near", clock.due_on)
    return clock, None


def wakes_on(clock: Clock) -> dt.date | None:
    """The next day on which this clock has something to tell; None when it is stopped or has told all."""
    if clock.stopped or clock.passed_told == clock.due_on:
        return None
    return clock.due_on + ONE_DAY if clock.near_told == clock.due_on else clock.near_on
