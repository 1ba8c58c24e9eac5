"""The table as a file for a spreadsheet in French: semicolons, decimal commas, UTF-8 with a byte order mark, CRLF.

One line per indicator (and part), one column per caisse, then the whole. A missing value is an empty cell, zero is 0.
Small counts can be masked (n.d.). That alone is no statistical secrecy: without complementary suppression a masked cell
follows from the totals around it, so the file is not fit for recipients outside the caisses.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from services.reporting.domain.activity import ALL, Activity, Line
from services.reporting.domain.indicator import Indicator, Value
from shared.csv_cells import escape_formula

BOM = "\ufeff"
MASKED = "n.d."
NOT_HELD = "non tenu ici"
HEADINGS = ("Code", "Ventilation", "Indicateur", "Unité")
WHOLE = "Ensemble"


def format_value(value: Value) -> str:
    """A figure as French spreadsheets read it: 12,5; empty when missing."""
    if value is None:
        return ""
    return f"{value:.1f}".replace(".", ",") if isinstance(value, float) else str(value)


def csv_text(table: Activity, names: Mapping[str, str], *, outside: bool = False) -> str:
    """The whole file. ``names``: of the caisses by code; ``outside``: small counts masked."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    places = list(table.cells)
    columns = [WHOLE if place == ALL else escape_formula(f"{place} {names.get(place, '')}".strip()) for place in places]
    writer.writerow([*HEADINGS, *columns])
    for line in table.lines:
        cells = [_cell(table, place, line, outside) for place in places]
        lead = [line.indicator.code, escape_formula(line.part), escape_formula(line.label), line.indicator.unit]
        writer.writerow([*lead, *cells])
    return BOM + buffer.getvalue()


GUIDE = (
    ("Code", "code"),
    ("Ligne", "line"),
    ("Indicateur", "name"),
    ("Unité", "unit"),
    ("Définition", "formula"),
    ("Exclusions", "exclusions"),
    ("Exemple", "example"),
    ("Ce que le chiffre ne dit pas", "does_not_say"),
    ("Source", "source"),
    ("Confiance", "confidence"),
    ("Version", "version"),
)


def guide_text(definitions: Iterable[Indicator]) -> str:
    """The guide of indicators as a file, one line a definition."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([*(heading for heading, _ in GUIDE), "Événements", "Valable depuis le"])
    for one in definitions:
        told = [escape_formula(str(getattr(one, name))) for _, name in GUIDE]
        writer.writerow([*told, " ".join(one.events), one.valid_from.strftime("%d/%m/%Y")])
    return BOM + buffer.getvalue()


def written(table: Activity, place: str, line: Line) -> str:
    """A cell as people read it: empty where there is nothing to measure, and said where we do not hold the figure."""
    return format_value(table.cells[place][line.key]) if line.indicator.held else NOT_HELD


def _cell(table: Activity, place: str, line: Line, outside: bool) -> str:
    if outside and table.is_hidden(place, line):
        return MASKED
    return written(table, place, line)
