"""The header of an import: which cell of a row is which column. PURE.

A column is known by its own name or a usual French one (``columns``), or by the correspondence that the sender noted
once for names of its own. Any other refuses the file: a mistyped name must not lose facts.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from services.intake.domain.csv_import.columns import NAMES, REQUIRED, folded

DELIMITERS = (";", ",", "\t", "|")
LONGEST_LINE = 20_000
LONGEST_NAME = 80
LINES_BEFORE_HEADER = 10

Correspondence = Mapping[str, str]
"""From the folded name that a sender writes to the column meant; empty: a column to leave out."""
NONE: Correspondence = MappingProxyType({})
LEFT_OUT = ""


class FileRejected(Exception):
    """The file as a whole cannot be read. ``code``: empty_file, no_header, missing_columns, unknown_columns,
    repeated_columns, or what is wrong with a workbook. ``unknown``: the names that stand for no column, as written;
    ``taken``: the columns that the others stand for."""

    def __init__(self, code: str, message: str, unknown: Sequence[str] = (), taken: Sequence[str] = ()) -> None:
        self.code = code
        self.unknown = tuple(unknown)
        self.taken = tuple(taken)
        super().__init__(message)


@dataclass(frozen=True)
class Header:
    """The separator, the column of each cell by its English name, and the line where the header stands.

    A column that the sender leaves out has an empty name. A workbook has no separator; ``unnamed`` are the places of
    its columns without a name, under which nothing may stand.
    """

    delimiter: str
    names: tuple[str, ...]
    number: int = 1
    unnamed: frozenset[int] = frozenset()


def find_header(lines: Iterator[str], own: Correspondence = NONE) -> Header:
    """Read up to the header: ``sep=;``, blank lines and a title may stand before it.

    Raises FileRejected as ``header_of`` does.
    """
    before = list(islice(lines, 1))
    while before and len(before) <= LINES_BEFORE_HEADER and not _may_be_header(before[-1], own):
        following = next(lines, None)
        if following is None:
            break
        before.append(following)
    if not before:
        return header_of(None, own=own)
    if not any(line.strip("\ufeff \r\n\t") for line in before):
        raise FileRejected("empty_file", "Le fichier est vide.")
    if not _may_be_header(before[-1], own):
        return header_of(before[0], own=own)
    return header_of(before[-1], len(before), own)


def _may_be_header(line: str, own: Correspondence) -> bool:
    return any(known_columns(cells_of(line[:LONGEST_LINE], one) or [], own) > 0 for one in DELIMITERS)


def header_of(line: str | None, number: int = 1, own: Correspondence = NONE) -> Header:
    """Read the header, line ``number``: the separator is the one that shows most known columns.

    Raises FileRejected when there is no line, no known column, a column twice, an unknown or a missing one.
    """
    if line is None:
        raise FileRejected("empty_file", "Le fichier est vide.")
    read = {delimiter: cells_of(line[:LONGEST_LINE], delimiter) or [] for delimiter in DELIMITERS}
    delimiter = max(read, key=lambda one: known_columns(read[one], own))
    return Header(delimiter, _named(read[delimiter], own), number)


def header_of_sheet(rows: Iterator[tuple[int, Sequence[str]]], own: Correspondence = NONE) -> Header:
    """Read up to the header of a sheet, whose rows are given with their numbers. Raises FileRejected."""
    first: Sequence[str] | None = None
    for number, cells in islice(rows, LINES_BEFORE_HEADER):
        if known_columns(cells, own):
            return _header_of_cells(cells, number, own)
        first = cells if first is None else first
    if first is None:
        raise FileRejected("empty_file", "Le fichier est vide.")
    return _header_of_cells(first, 1, own)


def _header_of_cells(cells: Sequence[str], number: int, own: Correspondence) -> Header:
    """The header of a sheet, whose table may begin beside its first column."""
    unnamed = frozenset(at for at, cell in enumerate(cells) if not cell.strip())
    names = iter(_named([cell for cell in cells if cell.strip()], own))
    found = [LEFT_OUT if at in unnamed else next(names) for at in range(len(cells))]
    while found and not cells[len(found) - 1].strip():
        found.pop()
    return Header("", tuple(found), number, unnamed)


def _named(cells: list[str], own: Correspondence) -> tuple[str, ...]:
    """The columns of the cells of a header. Raises FileRejected."""
    if not known_columns(cells, own):
        message = "Aucune des premières lignes ne porte de nom de colonne connu : partez du modèle de fichier."
        raise FileRejected("no_header", message)
    while cells and not cells[-1].strip():
        cells.pop()
    names = [column_of(cell, own) for cell in cells]
    unknown = [cell.strip()[:LONGEST_NAME] for cell, name in zip(cells, names, strict=True) if name is None]
    read = [name or LEFT_OUT for name in names]
    if unknown:
        shown = ", ".join(name[:40] or "(vide)" for name in unknown)
        taken = [name for name in read if name]
        raise FileRejected("unknown_columns", f"Colonnes inconnues : {shown}.", unknown, taken)
    repeated = sorted({name for name in read if name and read.count(name) > 1})
    if repeated:
        raise FileRejected("repeated_columns", "Colonnes présentes deux fois : " + ", ".join(repeated) + ".")
    missing = [name for name in REQUIRED if name not in read]
    if missing:
        raise FileRejected("missing_columns", "Colonnes obligatoires absentes : " + ", ".join(missing) + ".")
    return tuple(read)


def column_of(written: str, own: Correspondence = NONE) -> str | None:
    """The column that a name stands for, empty for one to leave out; None for a name that says nothing."""
    name = folded(written.strip()[:LONGEST_NAME])
    return NAMES.get(name, own.get(name))


def known_columns(cells: Sequence[str], own: Correspondence = NONE) -> int:
    """How many columns these names stand for."""
    return len({column_of(cell, own) for cell in cells} - {None, LEFT_OUT})


def cells_of(line: str, delimiter: str) -> list[str] | None:
    """The cells of one line, or None when a quote stays open."""
    try:
        rows = list(csv.reader([line.rstrip("\r\n")], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if rows else []
