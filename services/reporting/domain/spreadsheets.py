"""Any table as a file that a French spreadsheet opens rightly: CSV, or an OpenDocument workbook. PURE.

In the CSV days are written 31/12/2008 and decimals with a comma; in the workbook both are values that can be reckoned
with. A file of one table has one block; several follow each other in the CSV, and are sheets in the workbook.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from services.reporting.domain.csv_export import BOM
from services.reporting.domain.ods import MIME, CellOrDay, ods
from shared.csv_cells import escape_formula

FileKind = Literal["csv", "ods"]
MIMES: Final[dict[FileKind, str]] = {"csv": "text/csv; charset=utf-8", "ods": MIME}


@dataclass(frozen=True)
class Sheet:
    """One table: its name, its headings, its rows. ``note``: what is to be known of it, below an empty row."""

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[CellOrDay]]
    note: str = ""

    @property
    def below(self) -> list[list[CellOrDay]]:
        """The rows of its note."""
        return [[], [self.note]] if self.note else []


def spreadsheet(kind: FileKind, sheets: Sequence[Sheet]) -> bytes:
    """The file of these tables."""
    if kind == "ods":
        return ods([(one.name, [list(one.heads), *one.rows, *one.below]) for one in sheets])
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    for at, one in enumerate(sheets):
        if at:
            writer.writerow([])
        if len(sheets) > 1:
            writer.writerow([escape_formula(one.name)])
        writer.writerow(one.heads)
        writer.writerows([_text(cell) for cell in row] for row in (*one.rows, *one.below))
    return (BOM + buffer.getvalue()).encode()


def _text(cell: CellOrDay) -> str:
    match cell:
        case None:
            return ""
        case str():
            return escape_formula(cell)
        case float():
            return str(cell).replace(".", ",")
        case dt.date():
            return f"{cell:%d/%m/%Y}"
    return str(cell)
