"""Rows of a CSV of applications: an ordinary one, and how a file is made of them."""

from __future__ import annotations

from services.intake.domain.csv_import.columns import COLUMNS
from services.intake.domain.csv_import.header import header_of
from services.intake.domain.csv_import.lines import Group, groups_of, rows_of

FIRST = {
    "reference": "R-1",
    "caisse": "751",
    "kind": "first",
    "channel": "ccas",
    "deposit_body": "ccas-751",
    "deposited_on": "2008-01-14",
    "relation": "applicant",
    "family_name": "Diarra",
    "given_names": "Awa",
    "birth_date": "1979-03-12",
    "papers": "passport:identity:2006-01-10:07AB12!photo|means_statement",
}


def lines(*rows: dict[str, str], delimiter: str = ";", columns: list[str] | None = None) -> str:
    """A file with these rows, every cell quoted."""
    names = columns or [column.name for column in COLUMNS]
    quoted = [[f'"{row.get(name, "")}"' for name in names] for row in rows]
    return "\n".join(delimiter.join(cells) for cells in [names, *quoted]) + "\n"


def groups(text: str) -> list[Group]:
    """The applications of a file, in their order."""
    head, *rest = text.splitlines()
    return list(groups_of(rows_of(rest, header_of(head))))
