"""Batches for the print room: when they close, in which order letters lie in them, and what was printed. PURE.

One batch is one paper and one way, so that a tray and a basket are filled once; within it, postcodes in a row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import groupby
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.letters.domain.kind_definition import Way
from shared.calendar import ONE_DAY, easter


class BatchState(StrEnum):
    """The life of a batch, in this order."""

    OPEN = "open"
    CLOSED = "closed"
    TAKEN = "taken"
    PRINTED = "printed"
    POSTED = "posted"


class PrintPaper(StrEnum):
    """What a batch is printed on."""

    PLAIN = "plain"
    SECURED = "secured"


class PrintRules(BaseModel):
    """How large a batch is, and on which days none closes (``MM-DD``, and days after Easter Sunday)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    most_letters: int
    holidays: list[str]
    easter: list[int]


@dataclass(frozen=True)
class ToPrint:
    """One letter that waits for the print room."""

    letter_id: UUID
    application_id: UUID
    paper: PrintPaper
    way: Way
    postcode: str
    pages: int
    sha256: str


def batched(letters: Sequence[ToPrint], most: int) -> list[list[ToPrint]]:
    """The letters in batches of one paper and one way, ``most`` letters each, by postcode; unknown ones last."""

    def tray(letter: ToPrint) -> tuple[str, str]:
        return letter.paper.value, letter.way.value

    def place(letter: ToPrint) -> tuple[object, ...]:
        return (*tray(letter), not letter.postcode, letter.postcode, letter.letter_id)

    found = []
    for _, group in groupby(sorted(letters, key=place), tray):
        together = list(group)
        found += [together[at : at + most] for at in range(0, len(together), most)]
    return found


def first_pages(pages: Sequence[int]) -> list[int]:
    """The number of the first page of each letter in the whole PDF, from 1 on."""
    found, following = [], 1
    for count in pages:
        found.append(following)
        following += count
    return found


@dataclass(frozen=True)
class Printed:
    """What a stack of secured sheets became: the sheets of each letter, those of a letter that was cut short, and the
    letters that were not printed."""

    sheets: Mapping[UUID, list[str]]
    cut: list[str]
    left: list[UUID]


class SheetsLeftOver(ValueError):
    """More sheets went through the printer than the letters take."""


def printed_on(letters: Sequence[tuple[UUID, int]], serials: Sequence[str], spoiled: frozenset[str]) -> Printed:
    """Which sheet carries what, when the sheets went through in this order and the spoiled ones were printed again.

    ``letters``: each with the sheets it takes. Raises SheetsLeftOver.
    """
    good = [serial for serial in serials if serial not in spoiled]
    sheets: dict[UUID, list[str]] = {}
    at = 0
    for place, (letter_id, needs) in enumerate(letters):
        if at + needs > len(good):
            return Printed(sheets, good[at:], [key for key, _ in letters[place:]])
        sheets[letter_id] = good[at : at + needs]
        at += needs
    if at < len(good):
        raise SheetsLeftOver(f"{len(good) - at} sheets carry no letter of the batch")
    return Printed(sheets, [], [])


def is_working_day(day: dt.date, rules: PrintRules) -> bool:
    """Whether the print room works: Monday to Friday, but on no holiday of the whole country."""
    return day.weekday() < 5 and day not in _holidays(day.year, tuple(rules.holidays), tuple(rules.easter))


@cache
def _holidays(year: int, fixed: tuple[str, ...], after_easter: tuple[int, ...]) -> frozenset[dt.date]:
    listed = {dt.date(year, int(day[:2]), int(day[3:])) for day in fixed}
    return frozenset(listed | {easter(year) + dt.timedelta(days=offset) for offset in after_easter})


def last_cut_off(now: dt.datetime, cut_off: dt.time, rules: PrintRules) -> dt.date:
    """The last working day whose cut-off has passed, in the caisse's own time."""
    day = now.date() if now.time() >= cut_off else now.date() - ONE_DAY
    while not is_working_day(day, rules):
        day -= ONE_DAY
    return day
