"""A clock as a case keeps it, and what it has already told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Literal

from shared.calendar import ONE_DAY


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
class DueNotice:
    """A due date that comes near or has passed. ``(case, clock, number, kind, due_on)`` names it for ever."""

    clock: str
    kind: Literal["near", "passed"]
    due_on: dt.date
    number: int = 1


def next_notice(clock: Clock, today: dt.date) -> tuple[Clock, DueNotice | None]:
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
        return told, DueNotice(clock.name, "passed", due, clock.number)
    if clock.near_on is not None and today >= clock.near_on and clock.near_told != due:
        return replace(clock, near_told=due), DueNotice(clock.name, "near", due, clock.number)
    return clock, None


def wakes_on(clock: Clock) -> dt.date | None:
    """The next day on which this clock has something to tell; None when it is stopped, tells nothing or has told
    all."""
    due = clock.due_on
    if clock.stopped or not clock.told or due is None or clock.passed_told == due:
        return None
    return due + ONE_DAY if clock.near_on is None or clock.near_told == due else clock.near_on
