"""The activity table of one period: every figure of every caisse, and of all. PURE.

Built from the rows that one statement of ``store/activity.py`` returns, so that all figures are of the same instant, or
from the stored rows of quarters that are closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.reporting.domain.components import Component, Key, component, merged, value
from services.reporting.domain.definitions import lines_on
from services.reporting.domain.indicator import Indicator, Value
from services.reporting.domain.indicators import PARTS, SHOWN_AT_ZERO
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
        if not self.indicator.breakdown:
            return self.indicator.name
        return f"{self.indicator.name} : {PARTS.get(self.indicator.breakdown, {}).get(self.part, self.part)}"

    @property
    def key(self) -> Key:
        """The code of its indicator and the part of it."""
        return self.indicator.code, self.part


@dataclass(frozen=True)
class Row:
    """What the database returns: figures of one caisse, under one part of a breakdown ("" for none)."""

    caisse: str
    part: str
    figures: Mapping[str, Any]


Components = Mapping[Key, Component]


@dataclass(frozen=True)
class Activity:
    """The table. ``cells[caisse][code, part]``; the caisse ``ALL`` is the whole. ``components``: what they follow
    from."""

    period: Period
    caisses: tuple[str, ...]
    lines: tuple[Line, ...]
    cells: Mapping[str, Mapping[Key, Value]]
    components: Mapping[str, Components]

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


def components_of(period: Period, rows: Iterable[Row]) -> dict[str, dict[Key, Component]]:
    """What each caisse has of each line in ``rows``, lines and parts that nothing happened on left out."""
    known = {one.code: one for one in lines_on(period.last_day) if one.measure.of}
    found: dict[str, dict[Key, Component]] = {}
    for row in rows:
        own = found.setdefault(row.caisse, {})
        for code, figure in row.figures.items():
            if code in known:
                own[code, row.part] = component(known[code], figure)
    return found


def activity(period: Period, rows: Iterable[Row], caisses: Iterable[str], whole: bool = True) -> Activity:
    """Lay the rows out as a table that holds at least ``caisses``, with zeros where nothing happened.

    ``whole``: whether the line of all caisses is wanted.
    """
    found = components_of(period, rows)
    return laid_out(period, {code: found.get(code, {}) for code in sorted({*caisses, *found})}, whole)


def laid_out(period: Period, found: Mapping[str, Components], whole: bool = True) -> Activity:
    """The table of what each caisse has."""
    indicators = lines_on(period.last_day)
    parts: dict[str, set[str]] = {}
    for own in found.values():
        for code, part in own:
            parts.setdefault(code, set()).add(part)
    lines = tuple(Line(one, part) for one in indicators for part in _parts(one, parts.get(one.code, set())))
    counted = [line for line in lines if line.indicator.measure.of and line.indicator.held]
    components: dict[str, Components] = {
        caisse: {line.key: own.get(line.key, component(line.indicator, None)) for line in counted}
        for caisse, own in found.items()
    }
    if whole:
        components[ALL] = {
            line.key: merged([component(line.indicator, None), *(own[line.key] for own in components.values())])
            for line in counted
        }
    cells = {place: _cells(own, lines) for place, own in components.items()}
    return Activity(period, tuple(sorted(found)), lines, cells, components)


def _parts(one: Indicator, found: set[str]) -> list[str]:
    if not one.breakdown:
        return [""]
    named = PARTS.get(one.breakdown, {})
    shown = found | set(SHOWN_AT_ZERO.get(one.breakdown, ()))
    return [*(part for part in named if part in shown), *sorted(shown - named.keys())]


def _cells(own: Components, lines: Iterable[Line]) -> dict[Key, Value]:
    lines = list(lines)
    cells: dict[Key, Value] = {
        line.key: value(line.indicator, own[line.key]) if line.key in own else None for line in lines
    }
    figures = {code: figure for (code, part), figure in cells.items() if not part}
    for line in lines:
        measure = line.indicator.measure
        if measure.add and line.indicator.held:
            figures[line.indicator.code] = cells[line.key] = sum(int(figures[code] or 0) for code in measure.add)
    for line in lines:
        if line.indicator.ratio is not None:
            cells[line.key] = line.indicator.ratio.value(figures)
    return cells
