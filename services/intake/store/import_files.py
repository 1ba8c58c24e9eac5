"""The stored file of an import, opened to be read row by row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.intake.domain.csv_import.encodings import errors_of
from services.intake.domain.csv_import.header import NONE, Correspondence, Header, find_header, header_of_sheet
from services.intake.domain.csv_import.lines import Row, bounded_lines, line_ending, row_of_sheet, rows_of
from services.intake.domain.csv_import.sheet_cells import CellKind, SheetCell
from services.intake.store.workbooks import WORKBOOKS


@contextmanager
def opened(path: Path, encoding: str, own: Correspondence = NONE) -> Iterator[tuple[Iterator[str], Header]]:
    """The lines of a CSV after its header, and the header; ``own``: the sender's names of columns."""
    with path.open("rb") as file:
        ending = line_ending(file.read(64 * 1024))
    if encoding.startswith("utf-16"):
        ending = "\n"
    with path.open(encoding=encoding, errors=errors_of(encoding), newline=ending) as file:
        lines = bounded_lines(file)
        header = find_header(lines, own)
        yield lines, header


@contextmanager
def opened_rows(path: Path, encoding: str, own: Correspondence = NONE) -> Iterator[tuple[Iterator[Row], Header]]:
    """The rows of an import after its header, and the header, whatever kind of file it is."""
    if encoding not in WORKBOOKS:
        with opened(path, encoding, own) as (lines, header):
            yield rows_of(lines, header), header
        return
    with path.open(encoding="utf-8", newline="\n") as file:
        rows = map(_sheet_row, file)
        header = header_of_sheet(((number, [cell.text for cell in cells]) for number, cells in rows), own)
        yield _read(rows, header), header


def _read(rows: Iterator[tuple[int, list[SheetCell]]], header: Header) -> Iterator[Row]:
    for number, cells in rows:
        if (row := row_of_sheet(cells, number, header)) is not None:
            yield row


def _sheet_row(line: str) -> tuple[int, list[SheetCell]]:
    """One row as ``commands/read_workbook`` wrote it: its number, then its cells; text alone, else kind and text."""
    number, *cells = json.loads(line)
    return number, [
        SheetCell(cell) if isinstance(cell, str) else SheetCell(cell[1], CellKind(cell[0])) for cell in cells
    ]
