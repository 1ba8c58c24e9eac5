"""The files of a quarter that a caisse sends to the national office: ODS and CSV of one stored row. PURE."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

from services.reporting.domain.activity import ALL, Activity
from services.reporting.domain.csv_export import BOM, NOT_HELD, format_value
from services.reporting.domain.ods import Cell, ods
from services.reporting.domain.quarters import STATES, State
from shared.csv_cells import escape_formula
from shared.french import french_date

GIVEN_UP_AFTER = dt.timedelta(days=3)
"""A mail that the server does not take is tried again for so long, then shown."""
FIRST_PAUSE = dt.timedelta(minutes=10)
LONGEST_PAUSE = dt.timedelta(hours=6)


@dataclass(frozen=True)
class Head:
    """What every printed figure carries: which row it was read from. Of several caisses, one head each."""

    caisse: str
    name: str
    period: str
    state: State
    revision: int
    made_on: dt.date
    sha256: str

    @property
    def text(self) -> str:
        """One line for people."""
        return (
            f"{self.name} ({self.caisse}), {self.period}, {STATES[self.state]}, révision {self.revision}, "
            f"chiffres arrêtés le {french_date(self.made_on)}, empreinte {self.sha256}"
        )


def rows_of(table: Activity, names: dict[str, str]) -> list[list[Cell]]:
    """The cells of the table with their headings: what page, CSV and ODS all print."""
    places = list(table.cells)
    head: list[Cell] = ["Code", "Ventilation", "Indicateur", "Unité"]
    head += ["Ensemble" if place == ALL else f"{place} {names.get(place, '')}".strip() for place in places]
    made = [head]
    for line in table.lines:
        row: list[Cell] = [line.indicator.code, line.part, line.label, line.indicator.unit]
        row += [table.cells[place][line.key] if line.indicator.held else NOT_HELD for place in places]
        made.append(row)
    return made


def csv_file(heads: Sequence[Head], rows: Sequence[Sequence[Cell]]) -> bytes:
    """The CSV: UTF-8 with a byte order mark, semicolons, decimal commas; its last lines say which rows it prints."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([escape_formula(cell) if isinstance(cell, str) else format_value(cell) for cell in row])
    writer.writerows([[], *([head.text] for head in heads)])
    return (BOM + buffer.getvalue()).encode()


def ods_file(heads: Sequence[Head], rows: Sequence[Sequence[Cell]]) -> bytes:
    """The ODS: a sheet of figures, and one that says which rows they were read from."""
    return ods([("Tableau", rows), ("Origine", [[head.text] for head in heads])])


def next_pause(tries: int) -> dt.timedelta:
    """How long to wait after ``tries`` attempts that failed."""
    return min(FIRST_PAUSE * int(2 ** min(tries - 1, 10)), LONGEST_PAUSE)
