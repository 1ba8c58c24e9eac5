"""Legal delays as pure functions: how their days are counted, when a delay ends, and which ends have passed.

Months run from date to date (*de quantième à quantième*: 15 January + 2 months = 15 March; 31 January + 1 month = 28 or
29 February). The last day belongs to the delay, which has passed on the day after. In a free delay (*délai franc*)
neither the first day nor the last counts: it ends one day later. An end that falls on a Saturday, a Sunday or a holiday
moves to the next working day only where the law says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.decision.domain.law.value_types import Delay
from shared.calendar import ONE_DAY, add_days, add_months

NonWorkingReason = Callable[[dt.date], str | None]
"""Why a day is not a working day, or None."""


@dataclass(frozen=True)
class Suspension:
    """A time during which a delay does not run: from ``starts_on`` (included) to ``ends_on`` (excluded)."""

    starts_on: dt.date
    ends_on: dt.date


def merged(suspensions: Iterable[Suspension]) -> list[Suspension]:
    """The times in order during which a delay does not run: overlapping suspensions do not count twice."""
    found: list[Suspension] = []
    for one in sorted(suspensions, key=lambda one: one.starts_on):
        if one.ends_on <= one.starts_on:
            continue
        if found and one.starts_on <= found[-1].ends_on:
            found[-1] = Suspension(found[-1].starts_on, max(found[-1].ends_on, one.ends_on))
        else:
            found.append(one)
    return found


@dataclass(frozen=True)
class DelayComputation:
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


def compute_delay(
    delay: Delay, start: dt.date, suspensions: Iterable[Suspension] = (), idle: NonWorkingReason | None = None
) -> DelayComputation:
    """Count a delay that starts on ``start``; each day of suspension that fell within it pushes its end back, once.

    CRPA L. 114-5 (before 2016: décret 2001-492, art. 2): the delay stops during a request for papers and goes on after.
    """
    plain = due = add_days(add_months(start, delay.months), delay.days)
    pauses: list[Suspension] = []
    paused = 0
    for one in merged(suspensions) if delay.suspended else ():
        begins = max(one.starts_on, start)
        if not begins < one.ends_on or begins > due:
            continue
        # Its first day moves the end by one, so that its next day falls within the delay too, and so on.
        days = (one.ends_on - begins).days
        paused, due = paused + days, add_days(due, days)
        pauses.append(Suspension(begins, one.ends_on))
    due = free = add_days(due, 1) if delay.free else due
    skipped: list[tuple[dt.date, str]] = []
    while delay.working and idle is not None and (why := idle(due)) is not None and due < dt.date.max:
        skipped.append((due, why))
        due = due + ONE_DAY
    return DelayComputation(start, plain, tuple(pauses), paused, free, tuple(skipped), due)


def due_on(
    delay: Delay, start: dt.date, suspensions: Iterable[Suspension] = (), idle: NonWorkingReason | None = None
) -> dt.date:
    """The last day of a delay that starts on ``start``."""
    return compute_delay(delay, start, suspensions, idle).due_on
