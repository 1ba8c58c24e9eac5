"""The lines of an import: header, rows, and the rows of one application. PURE.

One physical line is one row, so that a quote left open spoils its own line and, with it, the household that the line
belongs to, and no other.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import IO

from services.intake.domain.csv_import.columns import NAMES, REQUIRED, VALUES, folded
from services.intake.domain.csv_import.encodings import UNDECODABLE
from services.intake.domain.csv_import.references import REFERENCE
from shared.contract.facts import Relation
from shared.contract.input_rules import RULES

DELIMITERS = (";", ",", "\t", "|")
LONGEST_LINE = 20_000
LARGEST_HOUSEHOLD = 30
LINES_BEFORE_HEADER = 10
MEMBERS_ONLY = {relation.value for relation in Relation} - {Relation.APPLICANT.value} | {""}


class FileRejected(Exception):
    """The file as a whole cannot be read. ``code``: empty_file, no_header, missing_columns, unknown_columns,
    repeated_columns."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, order=True)
class RowRejected:
    """Why a row is refused: line number in the file (the first is line 1), column, code of the rule, French reason."""

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
    """The separator, the column of each cell by its English name, and the line where the header stands."""

    delimiter: str
    names: tuple[str, ...]
    number: int = 1


@dataclass(frozen=True)
class Row:
    """One line: its number, its cells that are not empty by column, and what could not be read of it.

    Of a line that cannot be read, ``cells`` hold what was guessed of its reference, relation and family name.
    """

    number: int
    cells: Mapping[str, str]
    errors: tuple[RowRejected, ...] = ()

    @property
    def relation(self) -> str:
        """The code of the relation, or what stands there when it is none."""
        cell = folded(self.cells.get("relation", ""))
        return VALUES["relation"].get(cell, cell)

    @property
    def reference(self) -> str:
        """The reference as written; empty where there is none."""
        return self.cells.get("reference", "")


@dataclass(frozen=True)
class Group:
    """Rows of one application, at most as many as a household has members; ``run`` is the line of its first row.

    ``faults``: what the other lines of the file say against the household.
    """

    reference: str
    rows: tuple[Row, ...]
    run: int = 0
    faults: tuple[RowRejected, ...] = ()


def bounded_lines(file: IO[str]) -> Iterator[str]:
    """The lines of a file; of a line beyond ``LONGEST_LINE`` its beginning, so that none fills the memory."""
    while line := file.readline(LONGEST_LINE + 1):
        while len(line) > LONGEST_LINE and not line.endswith(("\n", "\r")):
            rest = file.readline(LONGEST_LINE + 1)
            if not rest or rest.endswith(("\n", "\r")):
                break
        yield line


def line_ending(start: bytes) -> str:
    """What ends the lines of a file whose first bytes are these: a lone CR only where there is no LF at all."""
    return "\r" if b"\r" in start and b"\n" not in start else "\n"


def find_header(lines: Iterator[str]) -> Header:
    """Read up to the header: ``sep=;``, blank lines and a title may stand before it.

    Raises FileRejected as ``header_of`` does.
    """
    before = list(islice(lines, 1))
    while before and len(before) <= LINES_BEFORE_HEADER and not _may_be_header(before[-1]):
        following = next(lines, None)
        if following is None:
            break
        before.append(following)
    if not before:
        return header_of(None)
    if not any(line.strip("\ufeff \r\n\t") for line in before):
        raise FileRejected("empty_file", "Le fichier est vide.")
    if not _may_be_header(before[-1]):
        return header_of(before[0])
    return header_of(before[-1], len(before))


def _may_be_header(line: str) -> bool:
    return any(_known_columns(_cells(line[:LONGEST_LINE], one) or []) > 0 for one in DELIMITERS)


def header_of(line: str | None, number: int = 1) -> Header:
    """Read the header, line ``number``: the separator is the one that shows most known columns.

    Raises FileRejected when there is no line, no known column, a column twice, an unknown or a missing one.
    """
    if line is None:
        raise FileRejected("empty_file", "Le fichier est vide.")
    best = max((_cells(line[:LONGEST_LINE], delimiter) or [] for delimiter in DELIMITERS), key=_known_columns)
    delimiter = max(DELIMITERS, key=lambda one: _known_columns(_cells(line[:LONGEST_LINE], one) or []))
    if not _known_columns(best):
        message = "Aucune des premières lignes ne porte de nom de colonne connu : partez du modèle de fichier."
        raise FileRejected("no_header", message)
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
    return Header(delimiter, tuple(names), number)


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
    if len(line) > LONGEST_LINE:
        return _unreadable(line, number, header, "row_unreadable", f"Ligne de plus de {LONGEST_LINE} caractères.")
    body = line.rstrip("\r\n")
    if UNDECODABLE.search(body):
        message = "Octets qui ne sont pas des lettres dans l'encodage du fichier : enregistrez-le en UTF-8."
        return _unreadable(line, number, header, "undecodable_bytes", message)
    if "\r" in body or "\n" in body:
        return _unreadable(line, number, header, "row_unreadable", "Retour à la ligne à l'intérieur d'une cellule.")
    cells = _cells(body, header.delimiter)
    if cells is None:
        return _unreadable(line, number, header, "row_unreadable", "Guillemet non fermé ou mal placé.")
    stripped = [cell.strip() for cell in cells]
    if body == line and len(cells) < len(header.names):
        message = f"Dernière ligne coupée : {len(cells)} cellules pour {len(header.names)} colonnes."
        return _unreadable(line, number, header, "row_cut", message)
    named = {name: cell for name, cell in zip(header.names, stripped, strict=False) if cell}
    if any(stripped[len(header.names) :]):
        message = f"{len(stripped)} cellules pour {len(header.names)} colonnes."
        return Row(number, named, (RowRejected(number, "", "too_many_cells", message),))
    return Row(number, named)


def _unreadable(line: str, number: int, header: Header, code: str, message: str) -> Row:
    """A row that says nothing but, where it can be guessed, to which household it belongs."""
    parts = [part.strip(' \r\n\t"\ufeff') for part in line[:LONGEST_LINE].split(header.delimiter)]
    guessed = dict(zip(header.names, parts, strict=False))
    kept = {name: guessed[name][:200] for name in ("relation", "family_name") if guessed.get(name)}
    if REFERENCE.fullmatch(guessed.get("reference", "")):
        kept["reference"] = guessed["reference"]
    return Row(number, kept, (RowRejected(number, "", code, message),))


def rows_of(lines: Iterable[str], header: Header) -> Iterator[Row]:
    """The rows that follow the header, without the empty ones."""
    for number, line in enumerate(lines, start=header.number + 1):
        if (row := row_of(line, number, header)) is not None:
            yield row


@dataclass
class Run:
    """Rows that follow each other under one reference as written; of a long one, the first rows only.

    A row without a reference is a run of its own. ``lines`` counts all its rows, ``last`` is the line of the last one.
    """

    reference: str
    rows: list[Row]
    lines: int = 1
    last: int = 0
    relations: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def take(self, row: Row) -> None:
        """Note who is named on one more row."""
        self.last = row.number
        if len(self.relations) < LARGEST_HOUSEHOLD:
            self.relations.add(row.relation)
        if len(self.names) < LARGEST_HOUSEHOLD:
            self.names |= {folded(row.cells[name]) for name in ("family_name", "usage_name") if row.cells.get(name)}

    @property
    def first(self) -> int:
        """The line of the first row, which names the run."""
        return self.rows[0].number

    @property
    def is_household(self) -> bool:
        """Whether it may be a household of its own: not when it holds members only, and no applicant."""
        return not self.relations <= MEMBERS_ONLY


def runs_of(rows: Iterable[Row]) -> Iterator[Run]:
    """The rows of a file as runs, in order."""
    run: Run | None = None
    for row in rows:
        if run is not None and row.reference and row.reference == run.reference:
            run.lines += 1
            if len(run.rows) <= LARGEST_HOUSEHOLD:
                run.rows.append(row)
        else:
            if run is not None:
                yield run
            run = Run(row.reference, [row])
        run.take(row)
    if run is not None:
        yield run


def no_faults(_: int, __: Group) -> tuple[RowRejected, ...]:
    """Nothing stands against any group: for lines that are no whole file."""
    return ()


def groups_of(
    rows: Iterable[Row], faults: Callable[[int, Group], tuple[RowRejected, ...]] = no_faults
) -> Iterator[Group]:
    """The applications of the file, in order; a run longer than a household comes in pieces.

    ``faults`` says what stands against the run that begins at a line, of which a group is a piece.
    """
    held: list[Row] = []
    run = 0
    for row in chain(rows, (None,)):
        follows = row is not None and bool(held) and bool(row.reference) and row.reference == held[0].reference
        if held and (not follows or len(held) == LARGEST_HOUSEHOLD):
            group = Group(held[0].reference, tuple(held), run)
            yield Group(group.reference, group.rows, run, faults(run, group))
            held = []
        if row is not None:
            if not follows:
                run = row.number
            held.append(row)
