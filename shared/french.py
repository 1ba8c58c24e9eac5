"""Dates and amounts as they are written in French."""

from __future__ import annotations

import datetime as dt

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def french_date(value: dt.date | dt.datetime | str | None) -> str:
    """A date as people write it: 31/01/2008."""
    if not value:
        return "—"
    return (dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value).strftime("%d/%m/%Y")


def french(day: dt.date) -> str:
    """A date in words: 1er mars 2008."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"
