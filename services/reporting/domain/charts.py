"""Which figures of the table are drawn beside it: one column, line by line, and one line, caisse by caisse. PURE.

A bar is a cell of the table and nothing else: it has the cell's words, its number and the number as it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.reporting.domain.activity import ALL, Activity, Line
from services.reporting.domain.csv_export import format_value
from services.reporting.domain.indicator import Value

OF_A_COLUMN: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Demandes reçues", ("received_first", "received_renewal")),
    ("Stock de fin de période, par ancienneté", ("stock_to_30", "stock_31_60", "stock_over_60")),
    ("Issue des demandes", ("granted", "refused", "lapsed", "withdrawn", "transferred_out")),
    ("Refus par motif", ("refused_by_motive",)),
    ("Durée de l'instruction, en jours", ("mean_instruction_days", "median_instruction_days", "p90_instruction_days")),
    ("Délai de la décision", ("decided_to_30", "decided_over_60")),
    ("Titres", ("titles_produced", "titles_handed_over", "titles_uncollected_30")),
    ("Courriers postés, par voie", ("letters_posted_by_way",)),
    ("Courriers revenus, par cause", ("letters_returned",)),
    ("Ressemblances", ("signals_confirmed", "signals_rejected", "signals_undecided", "signals_open")),
)
"""Each chart of one caisse, or of the whole: its words, and the lines it draws with all their parts."""
BY_CAISSE: Final = ("received", "stock_end", "median_instruction_days")
"""The lines drawn caisse by caisse where a table has several; in the order of the codes, never of the figures."""

Bar = tuple[str, Value, str]


@dataclass(frozen=True)
class Chart:
    """One chart: its words, the lines it draws, and bars of (words of the line or caisse, number, as written).

    ``place``: the column; empty and ``across`` for one that goes through the caisses.
    """

    title: str
    lines: tuple[str, ...]
    place: str
    bars: tuple[Bar, ...]
    across: bool = False


def charts_of(table: Activity, place: str, names: Mapping[str, str]) -> list[Chart]:
    """The charts of a column, then those by caisse where there are several; those without a figure are left out."""
    found = [Chart(title, codes, place, tuple(_of_lines(table, place, codes))) for title, codes in OF_A_COLUMN]
    if ALL in table.cells:
        found += [_by_caisse(table, code, names) for code in BY_CAISSE]
    return [chart for chart in found if any(value for _, value, _ in chart.bars)]


def _of_lines(table: Activity, place: str, codes: tuple[str, ...]) -> list[Bar]:
    found = []
    for code in codes:
        for line in table.lines_of(code):
            if line.indicator.held:
                value = table.cells[place][line.key]
                found.append((_words(line), value, format_value(value)))
    return found


def _words(line: Line) -> str:
    """What a line is called under the words of its chart: its part, or what it is a part of left out."""
    text = line.label.removeprefix(f"{line.indicator.name} : ").removeprefix("dont ")
    return text[:1].upper() + text[1:]


def _by_caisse(table: Activity, code: str, names: Mapping[str, str]) -> Chart:
    [line] = table.lines_of(code)
    bars = [
        (names.get(place, place), table.cells[place][line.key], format_value(table.cells[place][line.key]))
        for place in table.caisses
    ]
    return Chart(f"{line.label}, par caisse", (code,), "", tuple(bars), across=True)
