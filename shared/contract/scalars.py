"""The smallest values of the contract: names, texts, codes, dates that may be partly unknown, amounts in cents."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticKnownError

from shared.contract.birth_years import of_other_calendar

NAME_LENGTH = 120
TEXT_LENGTH = 200

_WRITTEN_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
HIDDEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
REORDERING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _printable(text: str) -> str:
    """Refuse control, surrogate and private-use characters, and the invisible marks that reorder a line of text."""
    if text.isprintable():  # nearly every text, at the speed of C
        return text
    for character in text:
        if unicodedata.category(character) in HIDDEN or character in REORDERING:
            raise ValueError(f"control_character: U+{ord(character):04X}")
    return text


def _partial_date(text: str) -> str:
    """Accept an ISO date whose day, or day and month, may be 00 (unknown), and refuse dates that never existed."""
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    if not match:
        raise ValueError("partial_date: expected YYYY-MM-DD, with 00 for an unknown month or day")
    year, month, day = (int(group) for group in match.groups())
    if year < 1850 and not of_other_calendar(text):
        raise ValueError("partial_date: year before 1850")
    if month == 0 and day != 0:
        raise ValueError("partial_date: a known day needs a known month")
    try:
        dt.date(year, month or 1, day or 1)
    except ValueError:
        raise ValueError("partial_date: no such day in the calendar") from None
    return text


def _as_written(date: object) -> object:
    """Only a date is one. A number, or a text of figures, would be read as seconds since 1970."""
    if isinstance(date, str):
        if _WRITTEN_DATE.fullmatch(date) is None:
            raise PydanticKnownError("date_parsing", {"error": "expected YYYY-MM-DD"})
        try:
            return dt.date.fromisoformat(date)
        except ValueError:
            raise PydanticKnownError("date_from_datetime_parsing", {"error": "no such day"}) from None
    if isinstance(date, int | float | Decimal):
        raise PydanticKnownError("date_type")
    return date


Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=NAME_LENGTH), AfterValidator(_printable)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=TEXT_LENGTH), AfterValidator(_printable)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
CaisseCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}[0-9A-B]$")]
CivilDate = Annotated[dt.date, BeforeValidator(_as_written)]
"""A date as people write one, never a count of seconds."""
PartialDate = Annotated[str, AfterValidator(_partial_date)]
Cents = Annotated[int, Field(ge=0, le=100_000_000_00)]
Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
