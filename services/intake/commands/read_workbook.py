"""Write the rows of a workbook's sheet of applications to a file, within little memory and little time.

python -m services.intake.commands.read_workbook xlsx WORKBOOK ROWS   the sender's names of columns on the input

Each line of ROWS is a JSON list: the number of the row in the sheet, then its cells; a cell of text stands alone, any
other as its kind and its text. Rows without anything are left out.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from services.intake.domain.csv_import.columns import COLUMNS
from services.intake.domain.csv_import.header import LINES_BEFORE_HEADER, FileRejected, header_of_sheet, known_columns
from services.intake.store.workbooks import BROKEN, READ, REFUSED

MEMORY: Final = 1_500_000_000
PROCESSOR_SECONDS: Final = 90
WIDEST: Final = 4 * len(COLUMNS)
MOST_ROWS: Final = 200_000
MOST_CELLS: Final = 20_000_000
"""Cells of the rectangle that holds all of a sheet: it is laid out whole, empty ones too."""


def main(arguments: list[str]) -> int:
    """Entry of the process; the answer is its status and one line of JSON."""
    kind, workbook, rows = arguments
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    own = json.load(sys.stdin)
    try:
        with CalamineWorkbook.from_path(workbook) as book:
            number, sheet = _chosen(book, own)
            errors = _errors(Path(workbook), number) if kind == "xlsx" else {}
            last = _write(sheet, errors, Path(rows))
    except FileRejected as rejected:
        told = {"code": rejected.code, "message": str(rejected), "unknown": rejected.unknown, "taken": rejected.taken}
        print(json.dumps(told))
        return REFUSED
    except (CalamineError, zipfile.BadZipFile, expat.ExpatError, KeyError, ValueError):
        return BROKEN
    print(json.dumps({"sheet": sheet.name[:100], "last": last}))
    return READ


def _chosen(book: CalamineWorkbook, own: dict[str, str]) -> tuple[int, CalamineSheet]:
    """The one visible sheet with a header that we know, and its place in the workbook. Raises FileRejected."""
    found: list[tuple[int, CalamineSheet]] = []
    shown = []
    for number, about in enumerate(book.sheets_metadata):
        if about.visible is not SheetVisibleEnum.Visible or about.typ is not SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(number)
        if sheet.end is None:
            continue
        if sheet.total_height > MOST_ROWS or sheet.total_height * sheet.total_width > MOST_CELLS:
            raise FileRejected(
                "spreadsheet_too_large", f"La feuille {about.name[:40]} est trop grande : enregistrez-la en CSV."
            )
        shown.append(sheet)
        first = [[_cell(cell)[1] for cell in row] for row in islice(sheet.iter_rows(), LINES_BEFORE_HEADER)]
        if any(known_columns(cells, own) for cells in first):
            found.append((number, sheet))
    if len(found) > 1:
        names = ", ".join(sheet.name[:40] for _, sheet in found)
        raise FileRejected(
            "several_sheets", f"Plusieurs feuilles portent des demandes ({names}) : une seule par fichier."
        )
    if not found:
        raise FileRejected("no_header" if shown else "empty_file", _NO_HEADER if shown else "Le fichier est vide.")
    number, sheet = found[0]
    header_of_sheet(((0, [_cell(cell)[1] for cell in row]) for row in sheet.iter_rows()), own)
    return number, sheet


_NO_HEADER = "Aucune feuille ne porte de nom de colonne connu : partez du modèle de fichier."


def _write(sheet: CalamineSheet, errors: dict[int, dict[int, str]], rows: Path) -> int:
    """Write the rows that say something; returns the number of the last one."""
    last = 1
    with rows.open("w", encoding="utf-8", newline="\n") as file:
        for number, row in enumerate(sheet.iter_rows(), 1):
            cells: list[Any] = [text if kind == "text" else [kind, text] for kind, text in map(_cell, row)]
            for at, error in errors.get(number, {}).items():
                cells += [""] * (at + 1 - len(cells))
                cells[at] = ["error", error]
            while cells and cells[-1] == "":
                cells.pop()
            if cells:
                last = number
                file.write(json.dumps([number, *cells[:WIDEST]], ensure_ascii=True) + "\n")
    return last


def _cell(cell: Any) -> tuple[str, str]:
    """Kind and text of a cell, as ``CellKind`` names them."""
    if isinstance(cell, str):
        return "text", cell
    if isinstance(cell, bool):
        return "boolean", "true" if cell else "false"
    if isinstance(cell, int | float):
        return "number", _plain(cell)
    if isinstance(cell, dt.datetime):
        at_midnight = cell.time() == dt.time()
        return ("date", cell.date().isoformat()) if at_midnight else ("instant", cell.isoformat())
    if isinstance(cell, dt.date):
        return "date", cell.isoformat()
    return "time", str(cell)


def _plain(number: float) -> str:
    """A number with all its figures, without a power of ten, and without decimals where it has none."""
    with suppress(OverflowError, ValueError):
        if number == int(number):
            return str(int(number))
    return f"{Decimal(repr(number)):f}"


def _errors(workbook: Path, number: int) -> dict[int, dict[int, str]]:
    """The cells of a sheet that show an error, by row and place: the reader gives them as empty."""
    with zipfile.ZipFile(workbook) as archive:
        name = _part_of(archive, number)
        with archive.open(name) as file:
            held, tail = False, b""
            while (chunk := file.read(1 << 20)) and not held:
                held = b't="e"' in tail + chunk or b"t='e'" in tail + chunk
                tail = chunk[-8:]
        if not held:
            return {}
        reader = _ErrorReader()
        with archive.open(name) as file:
            while chunk := file.read(1 << 20):
                reader.parser.Parse(chunk)
        return reader.found


def _part_of(archive: zipfile.ZipFile, number: int) -> str:
    """Where the sheet at this place of the workbook lies in the zip."""
    ids = [one.get(f"{_OFFICE} id", "") for one in _elements(archive, "xl/workbook.xml", "sheet")]
    relations = {one["Id"]: one["Target"] for one in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship")}
    target = relations[ids[number]]
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _elements(archive: zipfile.ZipFile, part: str, name: str) -> Iterator[dict[str, str]]:
    """The attributes of the elements of this local name, in order."""
    found: list[dict[str, str]] = []
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(element: str, attributes: dict[str, str]) -> None:
        if element.rpartition(" ")[2] == name:
            found.append(attributes)

    parser.StartElementHandler = start
    parser.Parse(archive.read(part), True)
    return iter(found)


class _ErrorReader:
    """Collects the cells of type ``e`` of a sheet as its XML goes by."""

    def __init__(self) -> None:
        self.found: dict[int, dict[int, str]] = {}
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._place = ""
        self._inside = False

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        name = element.rpartition(" ")[2]
        if name == "c":
            self._place = attributes.get("r", "") if attributes.get("t") == "e" else ""
        self._inside = name == "v" and bool(self._place)

    def _end(self, _: str) -> None:
        self._inside = False

    def _text(self, text: str) -> None:
        if self._inside:
            letters = self._place.rstrip("0123456789")
            row, at = int(self._place[len(letters) :]), 0
            for letter in letters:
                at = at * 26 + ord(letter) - ord("A") + 1
            cells = self.found.setdefault(row, {})
            cells[at - 1] = cells.get(at - 1, "") + text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
