"""What the cells of a workbook are understood to say. PURE.

A spreadsheet keeps numbers and dates where people typed references, postcodes and telephone numbers. Each cell that is
no text is told with what was understood of it. What the spreadsheet changed is never restored: a date where none is
meant and an error refuse their row, and a reference that became one is handed on as the spreadsheet shows it, so that
the rules of every import find the other lines of its household.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from services.intake.domain.csv_import.columns import DATES, WRITTEN_NUMBERS

EXACT_FIGURES = 15
"""Figures that a spreadsheet keeps of a number; the others became zeros before we saw it."""

# What programs write for a formula that failed, in English, French and LibreOffice.
_ERROR = re.compile(
    r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|VALEUR!|NOM\?|NOMBRE!|NUL!|CALC!|SPILL!)|Err:[0-9]{3}",
    re.IGNORECASE,
)


class CellKind(StrEnum):
    """What a cell is to the spreadsheet."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "instant"
    TIME = "time"
    BOOLEAN = "boolean"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One cell: its kind and its text; dates are ``YYYY-MM-DD``, truth is ``true`` or ``false``."""

    text: str
    kind: CellKind = CellKind.TEXT


@dataclass(frozen=True)
class Reading:
    """How a cell that is no text was understood: its column, its kind, what is taken, and a French sentence."""

    column: str
    kind: CellKind
    value: str
    told: str


@dataclass(frozen=True)
class Understood:
    """The text that is taken of a cell; ``reading`` where it was no text; ``fault``, code and reason, refuses its
    row."""

    text: str
    reading: Reading | None = None
    fault: tuple[str, str] | None = None


def understood(column: str, cell: SheetCell) -> Understood:
    """What a cell of a column says; ``column`` is empty where the sender leaves it out."""
    if cell.kind is CellKind.ERROR or (cell.kind is CellKind.TEXT and _ERROR.fullmatch(cell.text.strip())):
        message = f"Le tableur montre l'erreur {cell.text.strip()[:20]} : corrigez la cellule."
        return Understood("") if not column else Understood(cell.text, fault=("spreadsheet_error", message))
    if cell.kind is CellKind.TEXT or not column:
        return Understood(cell.text)
    if cell.kind is CellKind.NUMBER:
        return _number(column, cell.text)
    if cell.kind is CellKind.BOOLEAN:
        word = "oui" if cell.text == "true" else "non"
        told = f"Valeur logique du tableur, comprise « {word} »."
        return Understood(cell.text, Reading(column, cell.kind, word, told))
    return _date(column, cell)


def _number(column: str, text: str) -> Understood:
    told = f"Nombre du tableur, compris « {text} »."
    whole = re.sub(r"\D", "", text.partition(".")[0])
    if len(whole) > EXACT_FIGURES:
        if column == "reference":  # shown as a spreadsheet does, which the rules of references know
            text = f"{float(text):.5e}"
            return Understood(text, Reading(column, CellKind.NUMBER, text, f"Nombre du tableur, arrondi à « {text} »."))
        message = f"Le tableur a arrondi ce nombre à {EXACT_FIGURES} chiffres : mettez la colonne au format texte."
        return Understood(text, fault=("spreadsheet_changed", message))
    if column in WRITTEN_NUMBERS:
        told = f"Nombre du tableur, compris « {text} » : des zéros en tête ont pu être perdus."
    return Understood(text, Reading(column, CellKind.NUMBER, text, told))


def _date(column: str, cell: SheetCell) -> Understood:
    if column in DATES and cell.kind is CellKind.DATE:
        year, month, day = cell.text.split("-")
        told = f"Date du tableur, comprise {day}/{month}/{year}."
        return Understood(cell.text, Reading(column, cell.kind, cell.text, told))
    if column == "reference" and cell.kind is CellKind.DATE:
        year, month, day = cell.text.split("-")
        text = f"{day}/{month}/{year}"  # what the spreadsheet shows: the rules of references refuse it
        return Understood(text, Reading(column, cell.kind, text, f"Date du tableur, comprise {text}."))
    what = "une date" if cell.kind is CellKind.DATE else "une heure"
    message = f"Un tableur a fait {what} de cette cellule : mettez la colonne au format texte avant la saisie."
    return Understood(cell.text, fault=("spreadsheet_changed", message))
