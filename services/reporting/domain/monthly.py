"""The monthly sheet of a caisse to its director: chosen figures beside those of the month before. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from services.reporting.domain.activity import Activity, Line
from services.reporting.domain.definitions import FOLDER
from services.reporting.domain.indicator import Value


@dataclass(frozen=True)
class SheetLine:
    """One figure of the month, and of the month before."""

    line: Line
    now: Value
    before: Value


@dataclass(frozen=True)
class SheetSection:
    """Figures of one subject."""

    title: str
    lines: tuple[SheetLine, ...]


@cache
def chosen() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The subjects of the sheet, each with the codes of its lines."""
    data: Any = yaml.safe_load((FOLDER / "monthly.yaml").read_text(encoding="utf-8"))
    return tuple((section["title"], tuple(section["lines"])) for section in data["sections"])


def sheet(now: Activity, before: Activity, caisse: str) -> list[SheetSection]:
    """The sheet of a caisse, from the tables of two months. A part that the month before had not is nothing there."""
    return [
        SheetSection(
            title,
            tuple(
                SheetLine(line, now.cells[caisse][line.key], before.cells[caisse].get(line.key))
                for code in codes
                for line in now.lines_of(code)
            ),
        )
        for title, codes in chosen()
    ]
