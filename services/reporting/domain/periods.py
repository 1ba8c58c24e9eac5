"""Periods of account: the quarter of the ministry's table, and the month. Civil dates, both ends included. PURE."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cached_property

from shared.french import MONTHS, quarter_in_words

_FORM = re.compile(r"(?P<year>[12]\d{3})-(?:T(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2]))")


class UnknownPeriod(ValueError):
    """The text names no quarter (2008-T1) and no month (2008-03)."""


@dataclass(frozen=True, order=True)
class Period:
    """``months`` civil months (3 or 1) from the first day of ``month`` of ``year``."""

    year: int
    month: int
    months: int

    @property
    def id(self) -> str:
        """As it is written in addresses and files: 2008-T1, 2008-03."""
        return f"{self.year}-T{(self.month + 2) // 3}" if self.months == 3 else f"{self.year}-{self.month:02}"

    @property
    def name(self) -> str:
        """As people read it: 1er trimestre 2008, mars 2008."""
        if self.months == 3:
            return quarter_in_words(self.id)
        return f"{MONTHS[self.month - 1]} {self.year}"

    @cached_property
    def first_day(self) -> dt.date:
        """Its first day."""
        return dt.date(self.year, self.month, 1)

    @cached_property
    def last_day(self) -> dt.date:
        """Its last day."""
        return self.next.first_day - dt.timedelta(days=1)

    @property
    def next(self) -> Period:
        """The period of the same length that follows."""
        return self._moved(self.months)

    @property
    def previous(self) -> Period:
        """The period of the same length before."""
        return self._moved(-self.months)

    def is_over(self, today: dt.date) -> bool:
        """Whether the whole period lies before ``today``: only then are its figures whole."""
        return self.last_day < today

    def _moved(self, months: int) -> Period:
        count = self.year * 12 + self.month - 1 + months
        return Period(count // 12, count % 12 + 1, self.months)


def period(text: str) -> Period:
    """Read 2008-T1 or 2008-03. Raises ``UnknownPeriod`` for any other text."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise UnknownPeriod(text)
    if match["quarter"]:
        return Period(int(match["year"]), int(match["quarter"]) * 3 - 2, 3)
    return Period(int(match["year"]), int(match["month"]), 1)


def months_up_to(period: Period, count: int) -> list[Period]:
    """So many months, the last one the month in which ``period`` ends; the oldest first."""
    last = period.last_day
    found = [Period(last.year, last.month, 1)]
    while len(found) < count:
        found.append(found[-1].previous)
    return found[::-1]


def quarter_of(day: dt.date) -> Period:
    """The quarter that holds ``day``."""
    return Period(day.year, (day.month - 1) // 3 * 3 + 1, 3)


def quarters(first: dt.date, last: dt.date, most: int = 40) -> list[Period]:
    """The quarters from the one that holds ``last`` back to the one that holds ``first``, newest first, at most
    ``most``."""
    found = [quarter_of(last)]
    while found[-1].first_day > first and len(found) < most:
        found.append(found[-1].previous)
    return found
