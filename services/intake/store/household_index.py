"""Which lines of an import belong together: read once through the whole file before anything is recorded.

A household is recorded whole or not at all. So the file is read twice: first for the references alone, into a table on
disk beside the file, then for the applications. The memory stays flat however long the file is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType

from services.intake.domain.csv_import.columns import folded
from services.intake.domain.csv_import.lines import LARGEST_HOUSEHOLD, Group, Row, RowRejected, Run, runs_of
from services.intake.domain.csv_import.references import keys_of

_TABLES = """
CREATE TABLE runs (
    first INTEGER PRIMARY KEY, last INTEGER, lines INTEGER, reference TEXT, household INTEGER, changed TEXT);
CREATE TABLE keys (key TEXT, first INTEGER, own INTEGER, PRIMARY KEY (key, first)) WITHOUT ROWID;
CREATE TABLE shared (first INTEGER PRIMARY KEY);
CREATE TABLE members (first INTEGER PRIMARY KEY, before INTEGER, after INTEGER, names TEXT, same_name INTEGER);
CREATE TABLE struck (first INTEGER, line INTEGER, PRIMARY KEY (first, line)) WITHOUT ROWID;
CREATE TABLE names (name TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID;
"""
_SHARED = (
    "SELECT DISTINCT runs.first, runs.last, runs.reference FROM keys JOIN runs ON runs.first = keys.first "
    "WHERE keys.key = ? AND keys.first <> ? AND (keys.own OR ?) LIMIT 5"
)
# The table of keys is read once in its own order, so that most runs need no search of their own.
_FIND_SHARED = (
    "INSERT OR IGNORE INTO shared SELECT keys.first FROM keys JOIN "
    "(SELECT key FROM keys GROUP BY key HAVING count(*) > 1 AND max(own)) AS twice USING (key)"
)
_RUN = (
    "SELECT lines, reference, household, changed, EXISTS (SELECT 1 FROM shared WHERE shared.first = runs.first) "
    "FROM runs WHERE first = ?"
)
_MOST_NAMED = 5
_AT_ONCE = 1_000
_LONGEST = 64


class HouseholdIndex:
    """The runs of one file. Build it with all rows, then ask for each run what stands against it."""

    def __init__(self, path: Path | None = None) -> None:
        """``path``: where the table lies while it is needed; in memory without one."""
        self._path = path
        if path is not None:
            path.unlink(missing_ok=True)
        # The job reads in one thread at a time, not always the same.
        self._table = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8000"):
            self._table.execute(f"PRAGMA {setting}")
        self._table.executescript(_TABLES)
        self._named = False

    def __enter__(self) -> HouseholdIndex:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._table.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def build(self, rows: Iterable[Row]) -> None:
        """Read the file through."""
        with self._transaction():
            self._runs(runs_of(rows))
            self._members_without_household()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._table.execute("BEGIN")
        yield
        self._table.execute("COMMIT")

    def _runs(self, runs: Iterator[Run]) -> None:
        """Note each run, and of members without an applicant the households before and after them."""
        before, names_before = 0, set[str]()
        waiting: list[int] = []
        while part := list(islice(runs, _AT_ONCE)):
            self._table.executemany("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)", map(_row, part))
            keys = (row for run in part if run.reference for row in _keys(run))
            self._table.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?, ?)", keys)
            for run in part:
                if run.is_household:
                    if waiting:
                        marks = [(run.first, first) for first in waiting]
                        self._table.executemany("UPDATE members SET after = ? WHERE first = ?", marks)
                        waiting = []
                    before, names_before = run.first, run.names
                else:
                    same = bool(run.names & names_before)
                    insert = "INSERT INTO members VALUES (?, ?, 0, ?, ?)"
                    self._table.execute(insert, (run.first, before, "\n".join(sorted(run.names)), same))
                    # Of rows that follow each other, one marks the household after them.
                    waiting = waiting if same else [*waiting[:1], run.first]
        self._table.execute(_FIND_SHARED)

    def _members_without_household(self) -> None:
        """Strike the households to which members under no, or another, reference may belong.

        Under a reference that is a spelling of another's they belong to that. Else to the household just before, when
        it bears the same name; else to a neighbour, or to one of the same name anywhere in a file that was sorted.
        """
        found = self._table.execute(
            "SELECT first, before, after, names, same_name, runs.reference FROM members JOIN runs USING (first)"
        )
        for first, before, after, names, same, reference in found:
            if reference and self._spellings(first, reference):
                continue
            for other in {before, 0 if same else after} - {0}:
                self._table.execute("INSERT OR IGNORE INTO struck VALUES (?, ?)", (other, first))
            if not same:
                rows = [(name, first) for name in names.splitlines() if name]
                self._table.executemany("INSERT OR IGNORE INTO names VALUES (?, ?)", rows)
        self._named = self._table.execute("SELECT EXISTS (SELECT 1 FROM names)").fetchone()[0] == 1

    def faults(self, first: int, group: Group) -> tuple[RowRejected, ...]:
        """What stands against the run that begins at line ``first``, of which ``group`` is a piece."""
        at = group.rows[0].number
        lines, reference, household, changed, spelled = self._table.execute(_RUN, (first,)).fetchone()
        found = []
        if reference and lines > LARGEST_HOUSEHOLD:
            message = (
                f"{lines} lignes portent cette référence ; une demande compte {LARGEST_HOUSEHOLD} membres au plus."
            )
            found.append(RowRejected(at, "reference", "too_many_members", message))
        others = self._spellings(first, reference) if spelled else []
        same = [other for other in others if other[2] == reference]
        if same:
            message = f"Cette référence figure aussi {_where(same)} : les lignes d'une demande se suivent."
            found.append(RowRejected(at, "reference", "reference_scattered", message))
        if len(same) < len(others):
            different = [other for other in others if other[2] != reference]
            message = f"Référence écrite autrement {_where(different)} : « {different[0][2]} »."
            found.append(RowRejected(at, "reference", "reference_spelled_otherwise", message))
        if changed:
            what = "une date" if changed == "date" else "un nombre arrondi"
            message = (
                f"Un tableur a changé cette référence en {what} : mettez la colonne au format texte avant la saisie."
            )
            found.append(RowRejected(at, "reference", "reference_changed", message))
        if household:
            found += self._struck(first, at, group)
        elif not others:
            message = "Aucune demande du fichier ne porte cette référence : membre sans demandeur."
            found.append(RowRejected(at, "reference", "member_without_household", message))
        return tuple(found)

    def _struck(self, first: int, at: int, group: Group) -> list[RowRejected]:
        lines = {line for (line,) in self._table.execute("SELECT line FROM struck WHERE first = ? LIMIT 5", (first,))}
        if self._named:
            names = {folded(row.cells.get(name, "")) for row in group.rows for name in ("family_name", "usage_name")}
            for name in names - {""}:
                lines |= {line for (line,) in self._table.execute("SELECT line FROM names WHERE name = ?", (name,))}
        if not lines:
            return []
        named = ", ".join(str(line) for line in sorted(lines)[:_MOST_NAMED])
        message = f"Un membre de cette demande peut être celui de la ligne {named}, qui ne s'y rattache pas."
        return [RowRejected(at, "reference", "household_incomplete", message)]

    def _spellings(self, first: int, reference: str) -> list[tuple[int, int, str]]:
        """Other runs whose reference is a spelling of this one: first line, last line, reference."""
        keys = keys_of(reference)
        own = bool(keys.changed)
        found = {*self._table.execute(_SHARED, (keys.own, first, 1))}
        for alias in keys.aliases:
            found |= {*self._table.execute(_SHARED, (alias, first, own))}
        return sorted(found)


def _row(run: Run) -> tuple[int, int, int, str, bool, str]:
    reference = run.reference[:_LONGEST]
    changed = keys_of(reference).changed if reference else ""
    return run.first, run.last, run.lines, reference, run.is_household, changed


def _keys(run: Run) -> Iterator[tuple[str, int, int]]:
    keys = keys_of(run.reference[:_LONGEST])
    yield keys.own, run.first, 1
    for alias in keys.aliases:
        yield alias, run.first, int(bool(keys.changed))


def _where(runs: list[tuple[int, int, str]]) -> str:
    """The lines of runs in words."""
    lines = [f"{first}" if first == last else f"{first} à {last}" for first, last, _ in runs]
    return ("à la ligne " if len(lines) == 1 and lines[0].isdigit() else "aux lignes ") + ", ".join(lines)
