"""Dates and amounts as they are written in French."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache

from babel import Locale

ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
NARROW_SPACE = "\u202f"

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


ORDINALS = ("1er", "2e", "3e", "4e")
QUARTER = re.compile(r"(\d{4})-T([1-4])")


def quarter_in_words(period: str) -> str:
    """A quarter as people read it: « 3e trimestre 2026 » for 2026-T3. Whatever else stays as it is."""
    match = QUARTER.fullmatch(period)
    return f"{ORDINALS[int(match[2]) - 1]} trimestre {match[1]}" if match else period


def french_date(value: dt.date | dt.datetime | str | None) -> str:
    """A date as people write it: 31/01/2008."""
    if not value:
        return "—"
    return (dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value).strftime("%d/%m/%Y")


def long_date(day: dt.date) -> str:
    """A date in words: 1er mars 2008."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


def partial_date(text: str | None) -> str:
    """A birth date whose day and month may be unknown: « 05/1984 », « 1984 », or « non indiquée »."""
    match = ISO_DATE.fullmatch(text or "")
    if not match:
        return "non indiquée"
    return "/".join(part for part in reversed(match.groups()) if part != "00")


def born(text: str | None) -> str:
    """When somebody was born, in words: « né(e) le 7 avril 1988 », « né(e) en avril 1988 », « né(e) en 1988 »."""
    match = ISO_DATE.fullmatch(text or "")
    if not match:
        return ""
    year, month, day = match.groups()
    if month == "00":
        return f"né(e) en {year}"
    if day == "00":
        return f"né(e) en {MONTHS[int(month) - 1]} {year}"
    return f"né(e) le {long_date(dt.date(int(year), int(month), int(day)))}"


def euros(cents: int) -> str:
    """« 7 272,10 € », with narrow no-break spaces."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    whole = f"{cents // 100:,}".replace(",", NARROW_SPACE)
    return f"{sign}{whole},{cents % 100:02}\u00a0€"


@lru_cache
def _countries() -> dict[str, str]:
    return dict(Locale("fr").territories)


def country(code: str | None) -> str:
    """A country by its ISO 3166 code of two letters: « Mali » for ML; the code itself where it is not known."""
    return _countries().get(code, code) if code else "—"


# Codes of the list of territories that are groups, reserved codes or parts without people of their own.
NO_COUNTRIES = frozenset({"AC", "CP", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


@lru_cache
def countries() -> tuple[tuple[str, str], ...]:
    """All countries as (code, name), in the order of their French names without accents."""
    listed = [(code, name) for code, name in _countries().items() if re.fullmatch("[A-Z]{2}", code)]
    return tuple(sorted((one for one in listed if one[0] not in NO_COUNTRIES), key=lambda one: _plain(one[1])))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFD", text).encode("ascii", "ignore").decode().lower()
