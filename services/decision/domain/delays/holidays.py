"""Public holidays of a department by date, from the rule book, and the next working day where the law asks for one."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from services.decision.domain.law.rulebook import Rulebook, Value
from services.decision.domain.law.value_types import Holidays
from shared.calendar import easter

PARIS = "Europe/Paris"
SATURDAY = 5


@lru_cache(maxsize=4096)
def holidays(book: Rulebook, department: str, year: int) -> dict[dt.date, str]:
    """The public holidays of a department in a year, with their names: national ones and its own."""
    found: dict[dt.date, str] = {}
    for law in book.history("calendar.holidays"):
        _add(found, law.value, law, year)
    for law in book.history("calendar.local_holidays"):
        own = law.value.get(department)
        if own is not None:
            _add(found, own, law, year)
    return found


def _add(found: dict[dt.date, str], days: Holidays, law: Value, year: int) -> None:
    sunday = easter(year)
    listed = {dt.date(year, int(day[:2]), int(day[3:])): name for day, name in days.fixed.items()}
    listed |= {sunday + dt.timedelta(days=offset): name for offset, name in days.easter.items()}
    for day, name in listed.items():
        if law.valid_from <= day and (law.valid_until is None or day <= law.valid_until):
            found[day] = name


def non_working_reason(book: Rulebook, department: str, day: dt.date) -> str | None:
    """Why a day is not a working day (a Saturday, a Sunday, a holiday by its name), or None when it is one."""
    name = holidays(book, department, day.year).get(day)
    if name is not None:
        return name
    return {SATURDAY: "samedi", SATURDAY + 1: "dimanche"}.get(day.weekday())


def zone(book: Rulebook, department: str, on: dt.date) -> str:
    """The time zone of a department, in which the days of its caisse are counted."""
    law = book.find("calendar.zones", on)
    return PARIS if law is None else str(law.value.get(department, PARIS))
