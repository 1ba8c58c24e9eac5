"""The lines of an import: encoding, separator, header, rows, and the rows of one application. PURE.

One physical line is one row, so that a quote left open spoils its own line and no other.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.intake.domain.csv_import.columns import NAMES, REQUIRED, folded
from shared.contract.input_rules import RULES

DELIMITERS = (";", ",", "\t", "|")
LONGEST_LINE = 20_000


class FileRejected(Exception):
    """The file as a whole cannot be read. ``code``: empty_file, no_header, missing_columns, unknown_columns,
    repeated_columns."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, order=True)
class RowRejected:
    """Why a row is rejected: line in the file (the header is line 1), column, code of the rule, French reason."""

    row: int
    column: str
    code: str
    message: str

    @property
    def rule(self) -> str:
        """The rule behind its code, in French."""
        return RULES[self.code]


@dataclass(frozen=True)
class Header:
    """The separator and the column of each cell, by its English name."""

    delimiter: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One line: its number, its cells that are not empty by column, and what could not be read of it."""

    number: int
    cells: Mapping[str, str]
    errors: tuple[RowRejected, ...] = ()


@dataclass(frozen=True)
class Group:
    """The rows of one application. ``again`` when the reference stood earlier in the file, apart from these rows."""

    reference: str
    rows: tuple[Row, ...]
    again: bool = False


def encoding_of(chunks: Iterable[bytes]) -> str:
    """The encoding of a file read in chunks: its BOM's, else UTF-8 if valid throughout, else Windows-1252 or Latin-1.

    Any sequence of bytes has an answer, and decoding with ``errors="replace"`` never fails.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    first, valid, seen = b"", True, 0
    undefined = False
    for chunk in chunks:
        if len(first) < 4:
            first += chunk[:4]
        seen += len(chunk)
        if valid:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                valid = False
        undefined = undefined or any(byte in chunk for byte in b"\x81\x8d\x8f\x90\x9d")
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if valid:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            valid = False
    if valid or first.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "latin-1" if undefined else "cp1252"


def header_of(line: str | None) -> Header:
    """Read the first line: the separator is the one that shows most known columns.

    Raises FileRejected when there is no line, no known column, a column twice, an unknown or a missing one.
    """
    if line is None:
        raise FileRejected("empty_file", "Le fichier est vide.")
    best = max((_cells(line[:LONGEST_LINE], delimiter) or [] for delimiter in DELIMITERS), key=_known_columns)
    delimiter = max(DELIMITERS, key=lambda one: _known_columns(_cells(line[:LONGEST_LINE], one) or []))
    if not _known_columns(best):
        raise FileRejected("no_header", "La première ligne ne porte aucun nom de colonne connu.")
    while best and not best[-1].strip():
        best.pop()
    names = [NAMES.get(folded(cell), "") for cell in best]
    unknown = [cell.strip()[:40] or "(vide)" for cell, name in zip(best, names, strict=True) if not name]
    if unknown:
        raise FileRejected("unknown_columns", "Colonnes inconnues : " + ", ".join(unknown) + ".")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise FileRejected("repeated_columns", "Colonnes présentes deux fois : " + ", ".join(repeated) + ".")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise FileRejected("missing_columns", "Colonnes obligatoires absentes : " + ", ".join(missing) + ".")
    return Header(delimiter, tuple(names))


def _known_columns(cells: list[str]) -> int:
    return len({NAMES[folded(cell)] for cell in cells if folded(cell) in NAMES})


def printable(text: str) -> str:
    """The text with what cannot be printed, nor kept in a table, shown as U+FFFD."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _cells(line: str, delimiter: str) -> list[str] | None:
    """The cells of one line, or None when a quote stays open."""
    try:
        rows = list(csv.reader([line.rstrip("\r\n")], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if rows else []


def row_of(line: str, number: int, header: Header) -> Row | None:
    """Read one line; None for an empty one. What cannot be read is an error of the row, never an exception."""
    if not line.strip(f" \r\n\t\ufeff{header.delimiter}"):
        return None
    cells = _cells(line, header.delimiter) if len(line) <= LONGEST_LINE else None
    if cells is None:
        return Row(
            number, {}, (RowRejected(number, "", "row_unreadable", "Ligne trop longue ou guillemet non fermé."),)
        )
    stripped = [cell.strip() for cell in cells]
    named = {name: cell for name, cell in zip(header.names, stripped, strict=False) if cell}
    if any(stripped[len(header.names) :]):
        message = f"{len(stripped)} cellules pour {len(header.names)} colonnes."
        return Row(number, named, (RowRejected(number, "", "too_many_cells", message),))
    return Row(number, named)


def groups_of(lines: Iterable[str], header: Header) -> Iterator[Group]:
    """The applications of the file, in order; ``lines`` follow the header. A row with no reference stands alone."""
    seen: set[str] = set()
    held: list[Row] = []
    for number, line in enumerate(lines, start=2):
        row = row_of(line, number, header)
        if row is None:
            continue
        if held and (not (reference := row.cells.get("reference")) or reference != held[0].cells.get("reference")):
            yield _group(held, seen)
            held = []
        held.append(row)
    if held:
        yield _group(held, seen)


def _group(rows: list[Row], seen: set[str]) -> Group:
    reference = rows[0].cells.get("reference", "")
    again = bool(reference) and reference in seen
    seen.add(reference)
    return Group(reference, tuple(rows), again)
