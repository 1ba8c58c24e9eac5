"""The table as a file for a spreadsheet in French: semicolons, decimal commas, UTF-8 with a byte order mark, CRLF.

One line per indicator (and part), one column per caisse, then the whole. A missing value is an empty cell, zero is 0.
Small counts can be masked (n.d.). That alone is no statistical secrecy: without complementary suppression a masked cell
follows from the totals around it, so the file is not fit for recipients outside the caisses.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from services.reporting.domain.activity import ALL, Activity, Line
from services.reporting.domain.indicator import Value

BOM = "\ufeff"
MASKED = "n.d."
HEADINGS = ("Code", "Ventilation", "Indicateur", "Unité")
WHOLE = "Ensemble"


def format_value(value: Value) -> str:
    """A figure as French spreadsheets read it: 12,5; empty when missing."""
    if value is None:
        return ""
    return f"{value:.1f}".replace(".", ",") if isinstance(value, float) else str(value)


def escape_formula(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


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


def _cell(table: Activity, place: str, line: Line, outside: bool) -> str:
    if outside and table.is_hidden(place, line):
        return MASKED
    return format_value(table.cells[place][line.key])
