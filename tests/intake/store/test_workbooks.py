"""Workbooks: read in a process of their own, by the same rules as a CSV; what a spreadsheet changed is told."""

from __future__ import annotations

import csv
import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from services.intake.domain.csv_import.encodings import encoding_of
from services.intake.domain.csv_import.header import FileRejected
from services.intake.domain.csv_import.lines import Row, groups_of
from services.intake.domain.csv_import.records import record
from services.intake.store.household_index import HouseholdIndex
from services.intake.store.import_files import opened_rows
from services.intake.store.workbooks import Sheet, kind_of, read_workbook
from tests.intake.domain.csv_import.test_households import FILES, KNOWN, TODAY, verdicts
from tests.intake.rows import FIRST
from tests.intake.spreadsheets import Cell, Rows, ods, xlsx, zipped

NAMES = [*FIRST, "means_estimate_eur", "telephone", "social_number", "reduced_mobility", "incomes"]
KINDS = pytest.mark.parametrize("make", [xlsx, ods], ids=["xlsx", "ods"])
Make = Callable[[dict[str, Rows]], bytes]


def sheet_row(**changes: Cell) -> list[Cell]:
    """An ordinary row of ``NAMES``, with these cells."""
    return [{**FIRST, "deposit_body": "cpam-751", "channel": "cpam", **changes}.get(name) for name in NAMES]


class Read:
    """A workbook as it is read: the sheet, its rows, and what becomes of each household."""

    def __init__(self, folder: Path, content: bytes, own: dict[str, str] | None = None) -> None:
        self._own = own or {}
        book, self._rows = folder / "book", folder / "rows"
        book.write_bytes(content)
        self.kind = kind_of(book)
        self.sheet: Sheet = read_workbook(book, self.kind, self._rows, self._own)

    def rows(self) -> list[Row]:
        with opened_rows(self._rows, self.kind, self._own) as (rows, _):
            return list(rows)

    def verdicts(self) -> dict[str, int | list[tuple[int, str]]]:
        told: dict[str, int | list[tuple[int, str]]] = {}
        with HouseholdIndex() as households:
            households.build(self.rows())
            for group in groups_of(self.rows(), households.faults):
                found = record(group, import_id=uuid4(), caisse="751", scope=None, known=KNOWN, by=TODAY, resolved={})
                if isinstance(found, tuple):
                    assert found[0].facts is not None
                    told[group.reference] = len(found[0].facts.members)
                else:
                    told[group.reference] = [(error.row, error.code) for error in found]
        return told


def refusal(folder: Path, content: bytes) -> str:
    with pytest.raises(FileRejected) as caught:
        Read(folder, content)
    return caught.value.code


TEXT_FILES = sorted(
    path.stem
    for path in FILES.glob("*.csv")
    if path.stem
    in {
        "amounts",
        "family_corrected",
        "leading_zeros",
        "newborn_twins",
        "odd_names",
        "older_step_child",
        "one_name_only",
        "reference_empty",
        "reference_in_another_case",
        "reference_turned_into_a_date",
        "reference_without_its_zeros",
        "social_numbers",
        "title_line",
    }
)


@KINDS
@pytest.mark.parametrize("name", TEXT_FILES)
def test_a_workbook_of_texts_has_the_verdicts_of_its_csv(tmp_path: Path, make: Make, name: str) -> None:
    path = FILES / f"{name}.csv"
    text = path.read_bytes().decode(encoding_of([path.read_bytes()]))
    rows: list[list[Cell]] = [[*row] for row in csv.reader(text.splitlines(), delimiter=";")]
    found = Read(tmp_path, make({"Demandes": rows})).verdicts()
    errors = {reference: row for reference, row in found.items() if "spreadsheet_error" in str(row)}
    assert set(errors) == ({"K018-22", "K018-23"} if name == "odd_names" else set())  # "#REF!", "#N/A"
    alike = {reference: str(row).replace("spreadsheet_error", "placeholder_name") for reference, row in found.items()}
    assert alike == {reference: str(row) for reference, row in verdicts(path).items()}


@KINDS
def test_cells_that_are_no_text_are_told_as_they_were_understood(tmp_path: Path, make: Make) -> None:
    day = dt.date(1979, 3, 12)
    row = sheet_row(
        reference="R-1",
        birth_date=day,
        caisse=751,
        telephone=140000000,
        means_estimate_eur=3600.5,
        reduced_mobility=False,
    )
    read = Read(tmp_path, make({"Demandes": [NAMES, row]}))
    (only,) = read.rows()
    assert only.errors == ()
    assert {one.column: (one.kind.value, one.value) for one in only.readings} == {
        "birth_date": ("date", "1979-03-12"),
        "caisse": ("number", "751"),
        "telephone": ("number", "140000000"),
        "means_estimate_eur": ("number", "3600.5"),
        "reduced_mobility": ("boolean", "non"),
    }
    told = {one.column: one.told for one in only.readings}
    assert told["birth_date"] == "Date du tableur, comprise 12/03/1979."
    assert "des zéros en tête ont pu être perdus" in told["telephone"]
    assert "zéros" not in told["means_estimate_eur"]
    assert read.verdicts() == {"R-1": 1}


@KINDS
def test_what_became_of_references_refuses_the_household_and_is_never_restored(tmp_path: Path, make: Make) -> None:
    child = {"relation": "child", "birth_date": "2004-01-01", "papers": None}
    rows = [
        sheet_row(reference="2008-0001"),
        sheet_row(reference=dt.date(2008, 1, 1), given_names="Baba", **child),  # what a spreadsheet makes of it
        sheet_row(reference="007"),
        sheet_row(reference=7, given_names="Baba", **child),
        sheet_row(reference=12345678901234567890),
        sheet_row(reference=8),
    ]
    read = Read(tmp_path, make({"Demandes": [NAMES, *rows]}))
    found = read.verdicts()
    assert found["8"] == 1  # a number without another spelling beside it is taken, and told
    assert [one.told for one in read.rows()[-1].readings] == [
        "Nombre du tableur, compris « 8 » : des zéros en tête ont pu être perdus."
    ]
    codes = {reference: {code for _, code in errors} for reference, errors in found.items() if isinstance(errors, list)}
    assert codes["2008-0001"] == {"reference_spelled_otherwise"}
    assert "reference_changed" in codes["01/01/2008"]
    assert codes["007"] == {"reference_spelled_otherwise"}
    assert codes["7"] == {"reference_spelled_otherwise"}
    assert "reference_changed" in codes["1.23457e+19"]


@KINDS
def test_a_date_where_none_is_meant_and_a_formula_that_failed_refuse_their_row(tmp_path: Path, make: Make) -> None:
    rows = [
        sheet_row(reference="A", means_estimate_eur=dt.date(2026, 5, 12)),
        sheet_row(reference="B", incomes="#REF!"),
        sheet_row(reference="C", birth_date=dt.datetime(1979, 3, 12, 10, 30)),  # noqa: DTZ001 a workbook has no zone
        sheet_row(reference="D", social_number=179038812345612345),
        sheet_row(reference="E", given_names="Awa\nBinta"),
    ]
    assert Read(tmp_path, make({"Demandes": [NAMES, *rows]})).verdicts() == {
        "A": [(2, "spreadsheet_changed")],
        "B": [(3, "spreadsheet_error")],
        "C": [(4, "spreadsheet_changed")],
        "D": [(5, "spreadsheet_changed")],
        "E": [(6, "row_unreadable")],
    }


BESIDE: list[tuple[Cell, str]] = [(None, "A"), (None, ""), (None, "B"), ("note", "C")]


@KINDS
def test_rows_keep_the_numbers_of_their_sheet_wherever_the_table_begins(tmp_path: Path, make: Make) -> None:
    beside: list[list[Cell]] = [[], [None, "Demandes de janvier"], [], [None, *NAMES], []]
    rows = [
        [None, *sheet_row(reference="A")],
        [],
        [None, *sheet_row(reference="B")],
        ["note", *sheet_row(reference="C")],
    ]
    read = Read(tmp_path, make({"Demandes": [*beside, *rows]}))
    assert read.sheet == Sheet("Demandes", 9)
    assert [row.number for row in read.rows()] == [6, 8, 9]
    assert read.verdicts() == {"A": 1, "B": 1, "C": [(9, "too_many_cells")]}


@KINDS
def test_the_sheet_of_applications_is_the_one_with_a_header(tmp_path: Path, make: Make) -> None:
    table: Rows = [NAMES, sheet_row(reference="A")]
    assert Read(tmp_path, make({"Notice": [["Mode d'emploi"]], "Vide": [], "Liste": table})).sheet.name == "Liste"
    assert refusal(tmp_path, make({"Janvier": table, "Février": table})) == "several_sheets"
    assert refusal(tmp_path, make({"Notice": [["Mode d'emploi"]]})) == "no_header"
    assert refusal(tmp_path, make({"Vide": []})) == "empty_file"
    assert refusal(tmp_path, make({"Liste": [[*NAMES, "Colonne à nous"]]})) == "unknown_columns"


def test_a_hidden_sheet_is_not_read(tmp_path: Path) -> None:
    table: Rows = [NAMES, sheet_row(reference="A")]
    assert Read(tmp_path, xlsx({"Archive": table, "Liste": table}, hidden=["Archive"])).sheet.name == "Liste"


@KINDS
def test_names_of_the_sender_s_own_are_known_in_a_workbook_too(tmp_path: Path, make: Make) -> None:
    names = ["Dossier n°" if name == "reference" else name for name in NAMES] + ["Observations"]
    content = make({"Demandes": [names, [*sheet_row(reference="A"), "à revoir"]]})
    assert refusal(tmp_path, content) == "unknown_columns"
    own = {"dossier_n": "reference", "observations": ""}
    assert Read(tmp_path, content, own).verdicts() == {"A": 1}


def test_a_zip_that_unfolds_beyond_measure_is_refused_before_it_is_read(tmp_path: Path) -> None:
    ordinary = zipfile.ZipFile(_written(tmp_path, xlsx({"A": [NAMES]})))
    parts = {name: ordinary.read(name) for name in ordinary.namelist()}
    bomb = zipped({**parts, "xl/media/filler.xml": b"\0" * 30_000_000})
    assert len(bomb) < 40_000
    assert refusal(tmp_path, bomb) == "spreadsheet_too_large"
    many = zipped({**parts, **{f"xl/media/{n}": b"" for n in range(3_000)}})
    assert refusal(tmp_path, many) == "spreadsheet_too_large"


def _written(folder: Path, content: bytes) -> Path:
    path = folder / "ordinary"
    path.write_bytes(content)
    return path


def test_a_cell_at_the_far_corner_ends_its_own_reader_only(tmp_path: Path) -> None:
    """A sheet is laid out as a rectangle: two cells ask for seventeen thousand million of them."""
    content = xlsx({"A": [NAMES]})
    archive = zipfile.ZipFile(_written(tmp_path, content))
    parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    corner = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts["xl/worksheets/sheet1.xml"] = sheet.replace("</sheetData>", corner)
    assert refusal(tmp_path, zipped(parts)) == "spreadsheet_too_large"


def test_entities_within_entities_are_not_unfolded(tmp_path: Path) -> None:
    content = ods({"A": [NAMES, ["&x;"]]})
    archive = zipfile.ZipFile(_written(tmp_path, content))
    parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 20}">' for n in range(1, 12))
    inner = archive.read("content.xml").decode().replace("&amp;x;", "&l11;")
    parts["content.xml"] = f'<!DOCTYPE d [<!ENTITY l0 "ha">{laughs}]>{inner}'
    assert refusal(tmp_path, zipped(parts)) in ("spreadsheet_unreadable", "no_header")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "spreadsheet_format"),
        (zipped({"word/document.xml": "<a/>"}), "spreadsheet_format"),
        (zipped({"xl/workbook.bin": b"\0"}), "spreadsheet_format"),
        (zipped({"xl/workbook.xml": "<a"}), "spreadsheet_unreadable"),
        (xlsx({"A": [NAMES]})[:-40], "spreadsheet_unreadable"),
        (b"PK\x03\x04", "spreadsheet_unreadable"),
    ],
)
def test_what_is_no_workbook_is_refused_with_what_to_do(tmp_path: Path, content: bytes, code: str) -> None:
    assert refusal(tmp_path, content) == code
