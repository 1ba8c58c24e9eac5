"""The activity table of one period: every figure of every caisse, and of all. PURE.

Built from the rows that one statement of ``store/activity.py`` returns, so that all figures are of the same instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.reporting.domain.indicator import Indicator, Value
from services.reporting.domain.indicators import ALWAYS_SHOWN, CATALOGUE, COUNTED, LETTER_KINDS, MEANS, SUMS
from services.reporting.domain.periods import Period
from services.reporting.domain.statistical_secrecy import SMALL_CELLS

ALL = ""
"""The key of the whole, beside the codes of the caisses."""


@dataclass(frozen=True)
class Line:
    """One line of the table: an indicator, and which part of it where it is broken down."""

    indicator: Indicator
    part: str = ""

    @property
    def label(self) -> str:
        """The name people read; the part's own where the line is a part."""
        if not self.part:
            return self.indicator.name
        return f"{self.indicator.name} : {LETTER_KINDS.get(self.part, self.part)}"

    @property
    def key(self) -> tuple[str, str]:
        """The code of its indicator and the part of it."""
        return self.indicator.code, self.part


@dataclass(frozen=True)
class Row:
    """What the database returns: figures of one caisse (None: of all), under one part of a breakdown ("" for none)."""

    caisse: str | None
    part: str
    figures: Mapping[str, Any]


@dataclass(frozen=True)
class Activity:
    """The table. ``cells[caisse][code, part]``; the caisse ``ALL`` is the whole."""

    period: Period
    caisses: tuple[str, ...]
    lines: tuple[Line, ...]
    cells: Mapping[str, Mapping[tuple[str, str], Value]]

    def value(self, caisse: str, code: str, part: str = "") -> Value:
        """One figure. Raises KeyError for a caisse or a line the table does not have."""
        return self.cells[caisse][code, part]

    def figures(self, caisse: str) -> dict[str, Value]:
        """The unbroken figures of one caisse, by code."""
        return {code: value for (code, part), value in self.cells[caisse].items() if not part}

    def lines_of(self, code: str) -> list[Line]:
        """The lines of one indicator."""
        return [line for line in self.lines if line.indicator.code == code]

    def is_hidden(self, caisse: str, line: Line) -> bool:
        """Whether the cell is a small count, to be masked on request. No secrecy: see ``csv_export``."""
        return SMALL_CELLS.hides(line.indicator, self.cells[caisse][line.key])


def activity(period: Period, rows: Iterable[Row], caisses: Iterable[str], whole: bool = True) -> Activity:
    """Lay the rows out as a table that holds at least ``caisses``, with zeros where nothing happened.

    ``whole``: whether the line of all caisses is wanted.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        place = ALL if row.caisse is None else row.caisse
        found.setdefault(place, {}).setdefault(row.part, {}).update(row.figures)
    codes = tuple(sorted({*caisses, *(found.keys() - {ALL})}))
    motives = sorted({part for parts in found.values() for part, got in parts.items() if "refused_by_motive" in got})
    issued = {part for parts in found.values() for part, got in parts.items() if "letters_issued" in got}
    kinds = [kind for kind in LETTER_KINDS if kind in issued or kind in ALWAYS_SHOWN]
    lines = tuple(line for indicator in CATALOGUE for line in _lines(indicator, motives, kinds))
    places = (*codes, ALL) if whole else codes
    return Activity(period, codes, lines, {place: _cells(found.get(place, {}), lines) for place in places})


def _lines(indicator: Indicator, motives: list[str], kinds: list[str]) -> list[Line]:
    parts = {"": [""], "motive": motives, "letter": kinds}[indicator.breakdown]
    return [Line(indicator, part) for part in parts]


def _cells(found: Mapping[str, Mapping[str, Any]], lines: Iterable[Line]) -> dict[tuple[str, str], Value]:
    unbroken = found.get("", {})
    figures: dict[str, Value] = {code: int(unbroken.get(code) or 0) for code in COUNTED}
    figures |= {code: None if unbroken.get(code) is None else float(unbroken[code]) for code in MEANS}
    figures |= {code: total(figures) for code, total in SUMS.items()}
    cells: dict[tuple[str, str], Value] = {}
    for line in lines:
        code, part = line.key
        if part:
            cells[line.key] = int(found.get(part, {}).get(code) or 0)
        elif line.indicator.ratio is not None:
            cells[line.key] = line.indicator.ratio.value(figures)
        else:
            cells[line.key] = figures[code]
    return cells
