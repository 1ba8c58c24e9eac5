"""The references of the rows of an import, and what a spreadsheet makes of them. PURE.

A spreadsheet that opens a CSV turns ``2008-0001`` into ``janv-08``, ``007`` into ``7`` and ``123456789012`` into
``1,23457E+11``. Two spellings of one reference are recognised so that a household is never recorded without the
members whose lines were changed. Nothing is restored: the sender corrects the file.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

REFERENCE = re.compile(r"^[A-Za-z0-9_.:-]{1,64}$")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("janv", "janvier", "jan", "january"),
            ("fevr", "fev", "fevrier", "feb", "february"),
            ("mars", "mar", "march"),
            ("avr", "avril", "apr", "april"),
            ("mai", "may"),
            ("juin", "jun", "june"),
            ("juil", "juillet", "jul", "july"),
            ("aout", "aug", "august"),
            ("sept", "septembre", "sep", "september"),
            ("oct", "octobre", "october"),
            ("nov", "novembre", "november"),
            ("dec", "decembre", "december"),
        ),
        start=1,
    )
    for name in names
}
_DASHES = re.compile(r"[\u2010-\u2015\u2212_.:/]")
_DAY_OF_WEEK = re.compile(r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche),? ")
_HOUR = re.compile(r"(?<=[0-9]) +[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?$")
_MIDNIGHT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[ t]00:00(?::00(?:\.0+)?)?z?")
_CURRENCY = re.compile(r"\s*(?:€|eur|\$)$")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[,'\u2019][0-9]{3})+")
_SAME_SHAPE = str.maketrans("\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0445\u0443", "abekmhopctxy")
"""Cyrillic letters that look like Latin ones; the text is folded to small letters before."""
_FIRST_SERIAL_DAY = dt.date(1899, 12, 30)
"""The day that a spreadsheet numbers zero."""
_MONTH_YEAR = re.compile(r"([a-z]{3,9})\.?[-/ ]?([0-9]{4}|[0-9]{2})")
_DAY_MONTH = re.compile(r"([0-9]{1,2})[-/ ]?([a-z]{3,9})\.?(?:[-/ ]?(?:[0-9]{4}|[0-9]{2}))?")
_WRITTEN_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})")
_POWER_OF_TEN = re.compile(r"[0-9](?:[.,][0-9]+)?e\+[0-9]{1,3}|[0-9][.,][0-9]+e[0-9]{1,3}")
_UNSEEN = ("Cc", "Cf")
LONGEST_WHOLE_NUMBER = 15
"""Figures that a spreadsheet keeps of a number; it shows a power of ten from twelve on."""


@dataclass(frozen=True)
class ReferenceKeys:
    """What a reference can be compared by.

    ``own``: its key whatever the case, the zeros in front and the dashes. ``aliases``: what a spreadsheet may have made
    of it, or from what it may have made it. ``changed``: "date" or "number" when it looks like a spreadsheet's work.
    """

    own: str
    aliases: frozenset[str]
    changed: str = ""


@lru_cache(maxsize=4096)  # the lines of a household follow each other
def keys_of(reference: str) -> ReferenceKeys:
    """The keys of a reference as written; two references are spellings of one where a key is shared."""
    plain = _plain(reference)
    if found := _date_made(plain.strip()):
        return ReferenceKeys(_own(plain), frozenset(found), "date")
    if _POWER_OF_TEN.fullmatch(plain.strip()):
        return ReferenceKeys(_own(plain), frozenset({_rounded(plain.strip().replace(",", "."))}), "number")
    return ReferenceKeys(_own(plain), frozenset(_readings(_own(plain), plain.strip())))


def _plain(reference: str) -> str:
    """Small letters without accents, nor what cannot be seen, nor what a spreadsheet puts around a text or number."""
    if REFERENCE.fullmatch(reference):  # nearly every one
        return reference.lower()
    letters = unicodedata.normalize("NFKD", reference).casefold()
    shown = "".join(
        one for one in letters if not unicodedata.combining(one) and unicodedata.category(one) not in _UNSEEN
    )
    text = shown.translate(_SAME_SHAPE).strip()
    if match := re.fullmatch(r'="(.*)"', text):
        text = match[1]
    text = _CURRENCY.sub("", text.lstrip("'\u2019"))
    if match := _MIDNIGHT.fullmatch(text):  # as databases and programs write what was a date to a spreadsheet
        text = f"{match[3]}/{match[2]}/{match[1]}"
    text = _HOUR.sub("", _DAY_OF_WEEK.sub("", text))
    return re.sub(r"[,'\u2019]", "", text) if _THOUSANDS.fullmatch(text) else text


def _own(plain: str) -> str:
    text = _DASHES.sub("-", re.sub(r"\s", "", re.sub(r"(?<=[0-9])[.,]0+$", "", plain.strip())))
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", text)


def _year(text: str) -> int:
    """A spreadsheet reads two figures below 30 as a year of this century."""
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 30 else 1900)


def _date_made(plain: str) -> set[str]:
    """The keys of what a spreadsheet writes for a date; none for any other text."""
    if (match := _MONTH_YEAR.fullmatch(plain)) and match[1] in _MONTHS:
        return {f"month:{_year(match[2])}-{_MONTHS[match[1]]}"}
    if (match := _DAY_MONTH.fullmatch(plain)) and match[2] in _MONTHS:
        return {f"day:{int(match[1])}-{_MONTHS[match[2]]}"}
    if match := _WRITTEN_DAY.fullmatch(plain):
        day, month = int(match[1]), int(match[2])
        if month > 12:  # as in America
            day, month = month, day
        first = {f"month:{_year(match[3])}-{month}"} if day == 1 else set()
        return first | {f"day:{day}-{month}"}
    return set()


def _readings(own: str, plain: str) -> set[str]:
    """The keys of what a spreadsheet would make of a reference."""
    found: set[str] = set()
    parts = own.split("-")
    if 2 <= len(parts) <= 3 and all(re.fullmatch(r"[0-9]{1,4}", part) for part in parts):
        numbers = [int(part) for part in parts]
        if len(parts) == 2:
            found |= _two_numbers(*numbers)
        else:
            year_first = numbers[0] > 31
            day, month = (numbers[2], numbers[1]) if year_first else (numbers[0], numbers[1])
            year = numbers[0] if year_first else numbers[2]
            found.add(f"day:{day}-{month}")
            if day == 1:
                found.add(f"month:{_year(f'{year:02}')}-{month}")
            found |= _serial(_year(f"{year:02}"), month, day)
    if match := re.fullmatch(r"([a-z]{3,9})-?([0-9]{1,2})", own):
        found |= {f"day:{int(match[2])}-{_MONTHS[match[1]]}"} if match[1] in _MONTHS else set()
    if match := re.fullmatch(r"([0-9]{1,2}):([0-9]{1,2})", plain):
        found.add(f"{int(match[1])}-{int(match[2])}-0")  # the key of the hour with its seconds
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}", plain):
        found.add(f"{own}-1")  # the key of the first day of that month
    if re.fullmatch(r"[0-9]{12,64}|[0-9]{1,16}e[0-9]{1,3}", plain):
        found.add(_rounded(plain))
    if re.fullmatch(r"[0-9]{16,64}", plain):
        found.add(f"figures:{len(plain)}:{plain[:LONGEST_WHOLE_NUMBER]}")
    return found


def _two_numbers(first: int, second: int) -> set[str]:
    found = set()
    if first > 31 and 1 <= second <= 12:
        found |= _month(_year(f"{first:02}"), second)
    if second > 31 and 1 <= first <= 12:
        found |= _month(_year(f"{second:02}"), first)
    if 1 <= first <= 31 and 1 <= second <= 12:
        found.add(f"day:{first}-{second}")
    return found


def _month(year: int, month: int) -> set[str]:
    """A month by its name, and by the number of its first day."""
    return {f"month:{year}-{month}", *_serial(year, month, 1)}


def _serial(year: int, month: int, day: int) -> set[str]:
    """The number that a spreadsheet shows for a date whose cell lost its format."""
    try:
        return {str((dt.date(year, month, day) - _FIRST_SERIAL_DAY).days)}
    except ValueError:
        return set()


def _rounded(number: str) -> str:
    return f"power:{Decimal(number):.2e}"
