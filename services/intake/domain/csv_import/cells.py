"""What one cell says: dates and amounts as people and spreadsheets write them. PURE."""

from __future__ import annotations

import datetime as dt
import re

# A blank inside an amount separates thousands, so it stands only before groups of three figures.
_AMOUNT = re.compile(r"([0-9]{1,9}|[0-9]{1,3}(?:[ \u00a0\u2009\u202f][0-9]{3}){1,2})(?:[.,]([0-9]{1,2}))?")
_CURRENCY = re.compile(r"[ \u00a0\u2009\u202f]?(?:€|EUR|euros?)$", re.IGNORECASE)


def iso_date(cell: str) -> str:
    """``YYYY-MM-DD`` from itself, ``DD/MM/YYYY``, ``YYYY-MM`` or ``YYYY`` (unknown parts 00); all else unchanged.

    A day that is not in the calendar stays as written, so that the refusal shows what the sender wrote.
    """
    if match := re.fullmatch(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})", cell):
        day, month, year = match.groups()
        return f"{year}-{int(month):02}-{int(day):02}" if _in_calendar(int(year), int(month), int(day)) else cell
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}", cell):
        return f"{cell}-00"
    return f"{cell}-00-00" if re.fullmatch(r"[0-9]{4}", cell) else cell


def _in_calendar(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year, month or 1, day or 1)
    except ValueError:
        return False
    return bool(month or not day)


def cents_of(cell: str) -> int | None:
    """Cents of an amount in euros, ``1234.5``, ``1 234,50`` or ``1234 €``; None when it is not one.

    ``80 50`` is no amount: joined, it would be a hundred times what was meant.
    """
    match = _AMOUNT.fullmatch(_CURRENCY.sub("", cell.strip()))
    if match is None:
        return None
    return int(re.sub(r"\D", "", match[1])) * 100 + int((match[2] or "").ljust(2, "0"))
