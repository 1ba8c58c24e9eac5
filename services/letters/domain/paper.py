"""Secured paper: serials, and where each sheet ends. PURE.

Every sheet of a delivery is at any time in exactly one fate: in stock, used by a letter, spoiled with a cause, or
unaccounted for. What was done is a ledger to which one only adds; the fates follow from it (``replayed``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

MOST_OF_A_RANGE = 20_000
"""Sheets of one range: more are several deliveries."""
_SERIAL = re.compile(r"(?P<prefix>[0-9A-Z-]{0,16}?)(?P<number>[0-9]{3,12})")


class Fate(StrEnum):
    """Where a sheet is, or ended."""

    STOCK = "stock"
    USED = "used"
    SPOILED = "spoiled"
    UNACCOUNTED = "unaccounted"


class Spoilage(StrEnum):
    """Why a sheet carries no letter that counts."""

    JAM = "jam"
    MISPRINT = "misprint"
    TEST = "test"
    TORN = "torn"
    WRONG_PAPER = "wrong_paper"
    REPRINT = "reprint"


class Act(StrEnum):
    """What is done to a range of sheets, as the ledger says it."""

    DELIVERED = "delivered"
    MOVED = "moved"
    USED = "used"
    SPOILED = "spoiled"
    MISSED = "missed"
    FOUND = "found"
    LOST = "lost"


ENDS: Mapping[Act, Fate] = {
    Act.DELIVERED: Fate.STOCK,
    Act.MOVED: Fate.STOCK,
    Act.USED: Fate.USED,
    Act.SPOILED: Fate.SPOILED,
    Act.MISSED: Fate.UNACCOUNTED,
    Act.FOUND: Fate.STOCK,
    Act.LOST: Fate.UNACCOUNTED,
}
FROM: Mapping[Act, frozenset[Fate]] = {
    Act.DELIVERED: frozenset(),
    Act.MOVED: frozenset({Fate.STOCK}),
    Act.USED: frozenset({Fate.STOCK}),
    Act.SPOILED: frozenset({Fate.STOCK, Fate.USED}),
    Act.MISSED: frozenset({Fate.STOCK}),
    Act.FOUND: frozenset({Fate.UNACCOUNTED}),
    Act.LOST: frozenset({Fate.UNACCOUNTED}),
}
"""From which fates each act may take a sheet: a used or spoiled one is never used again."""


class InvalidSerial(ValueError):
    """What was read is no serial, or two serials are no range; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, order=True)
class SerialRange:
    """Sheets in a row: their common prefix, the width of their number, the first and the last."""

    prefix: str
    width: int
    first: int
    last: int

    @classmethod
    def parse(cls, first: str, last: str) -> SerialRange:
        """From two serials. Raises InvalidSerial."""
        one, other = _SERIAL.fullmatch(first), _SERIAL.fullmatch(last)
        if one is None or other is None:
            raise InvalidSerial("serial_invalid")
        if one["prefix"] != other["prefix"] or len(one["number"]) != len(other["number"]):
            raise InvalidSerial("serials_of_two_rolls")
        found = cls(one["prefix"], len(one["number"]), int(one["number"]), int(other["number"]))
        if found.last < found.first:
            raise InvalidSerial("range_backwards")
        if len(found) > MOST_OF_A_RANGE:
            raise InvalidSerial("range_too_large")
        return found

    def __len__(self) -> int:
        return self.last - self.first + 1

    def serials(self) -> Iterator[str]:
        """Each serial, in order."""
        for number in range(self.first, self.last + 1):
            yield f"{self.prefix}{number:0{self.width}d}"

    @property
    def ends(self) -> tuple[str, str]:
        """The first and the last serial."""
        return f"{self.prefix}{self.first:0{self.width}d}", f"{self.prefix}{self.last:0{self.width}d}"


def ranges(serials: Iterable[str]) -> list[SerialRange]:
    """The fewest ranges that hold these serials, in order. Raises InvalidSerial."""
    joined: list[SerialRange] = []
    for one in sorted({SerialRange.parse(serial, serial) for serial in serials}):
        last = joined[-1] if joined else None
        if last is not None and (last.prefix, last.width, last.last + 1) == (one.prefix, one.width, one.first):
            joined[-1] = SerialRange(last.prefix, last.width, last.first, one.last)
        else:
            joined.append(one)
    return joined


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    act: Act
    sheets: SerialRange


def replayed(ledger: Iterable[Entry]) -> dict[str, Fate]:
    """The fate of every sheet that a ledger tells of. Raises ValueError where a line does what no sheet allows."""
    fates: dict[str, Fate] = {}
    for entry in ledger:
        for serial in entry.sheets.serials():
            before = fates.get(serial)
            allowed = before is None if entry.act is Act.DELIVERED else before in FROM[entry.act]
            if not allowed:
                raise ValueError(f"{serial}: {entry.act} after {before}")
            fates[serial] = ENDS[entry.act]
    return fates


def sheets_needed(pages: int, pages_per_sheet: int) -> int:
    """Sheets that a letter of so many pages takes."""
    return -(-pages // pages_per_sheet)
