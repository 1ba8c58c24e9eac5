"""A table as a file: what a French spreadsheet reads of it, and the same values in a workbook."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from xml.etree import ElementTree

from services.reporting.domain.spreadsheets import Sheet, spreadsheet

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
ONE = Sheet("Un", ["Jour", "Rapport", "Nombre", "Qui"], [[dt.date(2008, 3, 17), 0.9871, 12, "=agent"], [None] * 4])
TWO = Sheet("Deux", ["a"], [['é; "b"']])


def test_a_french_spreadsheet_reads_days_decimals_and_no_formula() -> None:
    text = spreadsheet("csv", [ONE]).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows == [["Jour", "Rapport", "Nombre", "Qui"], ["17/03/2008", "0,9871", "12", "'=agent"], [""] * 4]
    assert text.count("\r\n") == 3


def test_several_tables_follow_each_other_under_their_names() -> None:
    rows = list(csv.reader(io.StringIO(spreadsheet("csv", [ONE, TWO]).decode("utf-8-sig")), delimiter=";"))
    assert [row for row in rows if len(row) < 2] == [["Un"], [], ["Deux"], ["a"], ['é; "b"']]


def test_a_workbook_holds_values_that_can_be_reckoned_with() -> None:
    with zipfile.ZipFile(io.BytesIO(spreadsheet("ods", [ONE, TWO]))) as file:
        tree = ElementTree.fromstring(file.read("content.xml"))
    assert [one.get(f"{TABLE}name") for one in tree.iter(f"{TABLE}table")] == ["Un", "Deux"]
    cells = list(tree.iter(f"{TABLE}table-row"))[1].findall(f"{TABLE}table-cell")
    kinds = [cell.get(f"{OFFICE}value-type") for cell in cells]
    assert kinds == ["date", "float", "float", "string"]
    assert (cells[0].get(f"{OFFICE}date-value"), cells[1].get(f"{OFFICE}value")) == ("2008-03-17", "0.9871")
    assert ["".join(cell.itertext()) for cell in cells] == ["17/03/2008", "0,9871", "12", "=agent"]
    assert spreadsheet("ods", [ONE, TWO]) == spreadsheet("ods", [ONE, TWO])
