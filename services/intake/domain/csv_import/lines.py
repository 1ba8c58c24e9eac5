"""The lines of an import: rows, and the rows of one application. PURE.

One physical line is one row, so that a quote left open spoils its own line and, with it, the household that the line
belongs to, and no other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import IO

from services.intake.domain.csv_import.columns import VALUES, folded
from services.intake.domain.csv_import.encodings import UNDECODABLE
from services.intake.domain.csv_import.header import LONGEST_LINE, Header, cells_of
from services.intake.domain.csv_import.references import REFERENCE
from services.intake.domain.csv_import.sheet_cells import Reading, SheetCell, understood
from shared.contract.facts import Relation
from shared.contract.input_rules import RULES

LARGEST_HOUSEHOLD = 30
MEMBERS_ONLY = {relation.value for relation in Relation} - {Relation.APPLICANT.value} | {""}
_DATE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{2,4}")


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
class Row:
    """One line: its number, its cells that are not empty by column, and what could not be read of it.

    Of a line that cannot be read, ``cells`` hold what was guessed of its reference, relation and family name.
    ``readings``: how the cells of a workbook that are no text were understood.
    """

    number: int
    cells: Mapping[str, str]
    errors: tuple[RowRejected, ...] = ()
    readings: tuple[Reading, ...] = ()

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


def printable(text: str) -> str:
    """The text with what cannot be printed, nor kept in a table, shown as U+FFFD."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def row_of(line: str, number: int, header: Header) -> Row | None:
    """Read one line; None for an empty one. What cannot be read is an error of the row, never an exception."""
    if not line.strip(f" \r\n\t\ufeff{header.delimiter}"):
        return None
    parts = line[:LONGEST_LINE].split(header.delimiter)
    body = line.rstrip("\r\n")
    if fault := _unlike_text(line, body):
        return unreadable(parts, number, header, *fault)
    cells = cells_of(body, header.delimiter)
    if cells is None:
        return unreadable(parts, number, header, "row_unreadable", "Guillemet non fermé ou mal placé.")
    if not any(cell.strip() for cell in cells):
        return None  # quotes, or blanks of another kind, around nothing
    if body == line and len(cells) < len(header.names):
        message = f"Dernière ligne coupée : {len(cells)} cellules pour {len(header.names)} colonnes."
        return unreadable(parts, number, header, "row_cut", message)
    return row_of_cells(cells, number, header)


def _unlike_text(line: str, body: str) -> tuple[str, str] | None:
    """Code and reason of a line, or of all cells of a row, that cannot be relied on as text."""
    if len(line) > LONGEST_LINE:
        return "row_unreadable", f"Ligne de plus de {LONGEST_LINE} caractères."
    if UNDECODABLE.search(body):
        message = "Octets qui ne sont pas des lettres dans l'encodage du fichier : enregistrez-le en UTF-8."
        return "undecodable_bytes", message
    if "\r" in body or "\n" in body:
        return "row_unreadable", "Retour à la ligne à l'intérieur d'une cellule."
    return None


def row_of_cells(cells: Sequence[str], number: int, header: Header) -> Row:
    """The row of these cells, whatever kind of file they come from."""
    stripped = [cell.strip() for cell in cells]
    named = {name: cell for name, cell in zip(header.names, stripped, strict=False) if cell and name}
    if any(stripped[len(header.names) :]):
        message = f"{len(stripped)} cellules pour {len(header.names)} colonnes."
        return Row(number, named, (RowRejected(number, "", "too_many_cells", message),))
    return Row(number, named)


def row_of_sheet(cells: Sequence[SheetCell], number: int, header: Header) -> Row | None:
    """Read one row of a workbook; None for an empty one. What the spreadsheet made of its cells is told beside it."""
    texts = [cell.text for cell in cells]
    if not any(text.strip() for text in texts):
        return None
    if fault := _unlike_text(*["".join(texts)] * 2):
        return unreadable(texts, number, header, *fault)
    padded = chain(cells, repeat(SheetCell("")))
    read = [understood(name, cell) for name, cell in zip(header.names, padded, strict=False)]
    row = row_of_cells([one.text for one in read] + texts[len(header.names) :], number, header)
    faults = [RowRejected(number, name, *one.fault) for name, one in zip(header.names, read, strict=True) if one.fault]
    if any(texts[at].strip() for at in header.unnamed if at < min(len(texts), len(header.names))):
        faults.append(RowRejected(number, "", "too_many_cells", "Une cellule est remplie sous une colonne sans nom."))
    told = tuple(one.reading for one in read if one.reading is not None)
    return Row(number, row.cells, (*row.errors, *faults), told)


def unreadable(parts: Sequence[str], number: int, header: Header, code: str, message: str) -> Row:
    """A row that says nothing but, where it can be guessed, to which household it belongs."""
    stripped = [part.strip(' \r\n\t"\ufeff') for part in parts]
    guessed = dict(zip(header.names, stripped, strict=False))
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
    ``is_household``: it may be one of its own, since it does not hold members only.
    """

    reference: str
    rows: list[Row]
    lines: int = 1
    last: int = 0
    is_household: bool = False
    names: set[str] = field(default_factory=set)

    def take(self, row: Row) -> None:
        """Note who is named on one more row."""
        self.last = row.number
        self.is_household = self.is_household or _is_applicant(row)
        if len(self.names) < LARGEST_HOUSEHOLD:
            self.names |= {folded(row.cells[name]) for name in ("family_name", "usage_name") if row.cells.get(name)}

    @property
    def first(self) -> int:
        """The line of the first row, which names the run."""
        return self.rows[0].number


def _is_applicant(row: Row) -> bool:
    """Whether the row may begin a household: its applicant, or somebody of no known relation with a deposit of his own.

    A line whose cells have slipped says anything in the column of the relation: it may belong to the household before.
    """
    if row.relation == Relation.APPLICANT.value:
        return True
    deposited = _DATE.fullmatch(row.cells.get("deposited_on", "")) is not None
    return row.relation not in MEMBERS_ONLY and deposited and REFERENCE.fullmatch(row.reference) is not None


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
