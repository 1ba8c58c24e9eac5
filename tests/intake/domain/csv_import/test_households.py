"""A household is recorded whole or not at all, whatever a spreadsheet, a disk or a hurried hand made of its lines."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from services.intake.domain.contradictions import FixedReferenceLookup
from services.intake.domain.csv_import.encodings import encoding_of
from services.intake.domain.csv_import.lines import LARGEST_HOUSEHOLD, groups_of, rows_of
from services.intake.domain.csv_import.records import record
from services.intake.store.household_index import HouseholdIndex
from services.intake.store.import_files import opened
from tests.intake.examples import BY

FILES = Path(__file__).parent / "files"
KNOWN = FixedReferenceLookup(frozenset({"751"}), {"cpam-751": "cpam"})
TODAY = replace(BY, today=dt.date(2026, 12, 31))
HEADER = (FILES / "dos.csv").read_bytes().splitlines()[0].decode()
APPLICANT = (
    "{};cpam;cpam-751;2026-12-15;applicant;{};Awa;F;1979-03-12;Kayes;ML;ML;;;;;12 rue des Lilas;75018;PARIS;;;3600"
)
MEMBER = "{};;;;{};{};Baba;M;2010-06-01;;;ML;;;;;;;;;;"


def verdicts(path: Path) -> dict[str, int | list[tuple[int, str]]]:
    """By reference: how many members were recorded, or the rows and codes that refuse them."""
    encoding = encoding_of([path.read_bytes()])
    told: dict[str, int | list[tuple[int, str]]] = {}
    with HouseholdIndex() as households:
        with opened(path, encoding) as (lines, header):
            households.build(rows_of(lines, header))
        with opened(path, encoding) as (lines, header):
            for group in groups_of(rows_of(lines, header), households.faults):
                found = record(group, import_id=uuid4(), caisse="751", scope=None, known=KNOWN, by=TODAY, resolved={})
                if isinstance(found, tuple):
                    assert found[0].facts is not None
                    told[group.reference] = len(found[0].facts.members)
                else:
                    told[group.reference] = [(error.row, error.code) for error in found]
    return told


def written(tmp_path: Path, *rows: str, header: str = HEADER) -> dict[str, int | list[tuple[int, str]]]:
    path = tmp_path / "file.csv"
    path.write_text("\r\n".join([header, *rows, ""]), newline="")
    return verdicts(path)


@pytest.mark.parametrize(
    ("name", "reference", "fault"),
    [
        ("stray_quote_in_the_middle", "K004-1", (3, "row_unreadable")),
        ("stray_quote_at_the_end", "K004-2", (3, "row_unreadable")),
        ("reference_empty", "K004-3", (2, "household_incomplete")),
        ("reference_in_another_case", "K004-4", (2, "reference_spelled_otherwise")),
        ("line_too_long", "K105-1", (3, "row_unreadable")),
        ("carriage_return_in_a_cell", "K109-1", (3, "row_unreadable")),
        ("reference_turned_into_a_date", "2008-0001", (2, "reference_spelled_otherwise")),
        ("reference_without_its_zeros", "007", (2, "reference_spelled_otherwise")),
        ("family_with_a_broken_quote", "K055-1", (3, "row_unreadable")),
        ("cut_in_the_last_line", "K009-4", (3, "row_cut")),
        ("one_latin1_byte", "K007b-3", (4, "undecodable_bytes")),
        ("cut_in_a_letter", "K007c-2", (3, "undecodable_bytes")),
    ],
)
def test_a_spoilt_line_refuses_its_household(name: str, reference: str, fault: tuple[int, str]) -> None:
    told = verdicts(FILES / f"{name}.csv")
    refused = told.pop(reference)
    assert isinstance(refused, list)
    assert fault in refused
    # nobody else of the file is held up by it
    assert all(isinstance(found, int) or reference not in ("K055-1", "K009-4", "K007b-3") for found in told.values())


def test_the_others_of_the_file_stay_whole() -> None:
    told = verdicts(FILES / "family_with_a_broken_quote.csv")
    assert (told["K055-2"], told["K055-3"]) == (1, 1)
    assert verdicts(FILES / "family_corrected.csv") == {"K055-1": 3, "K055-2": 1, "K055-3": 1}
    assert verdicts(FILES / "one_latin1_byte.csv")["K007b-1"] == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2008-0001", "janv-08"),
        ("2008-01", "01/01/2008"),
        ("12-2024", "déc-24"),
        ("3-4", "03-avr"),
        ("3-4", "03/04/2026"),
        ("1-84", "janv-84"),
        ("00123", "123"),
        ("A-007", "a-7"),
        ("751", "751.0"),
        ("123456789012", "1,23457E+11"),
        ("2E5", "2,00E+05"),
        ("K-1", "K\u20111"),
        ("k-1", "K-1"),
        ("K-1", "K_1"),
        ("K-1", "K- 1"),
        ("2008-01", "39448"),
        ("2008-01", "2008-01-01"),
        ("2008-0001", "2008-01-01 00:00:00"),
        ("2008-01-14", "1/14/2008"),
        ("14.01.2008", "lundi 14 janvier 2008"),
        ("12:30", "12:30:00"),
        ("DEC1", "01-déc"),
        ("SEPT-2", "02-sept"),
        ("751-12", "751/12"),
        ("007", '="007"'),
        ("12345", "12,345"),
        ("12345", "12 345"),
        ("123", "123 €"),
        ("K-1", "K-1\u200b"),
        ("K-1", "K\u00ad-1"),
        ("K-1", "\u041a-1"),
        ("K-1", "K\x00-1"),
    ],
)
def test_a_reference_spelled_otherwise_is_recognised(tmp_path: Path, first: str, second: str) -> None:
    """Also where the file was sorted, and the member lies far from the applicant."""
    between = [APPLICANT.format(f"Z-{number}", "BA") for number in range(1, 4)]
    told = written(tmp_path, APPLICANT.format(first, "KONE"), *between, MEMBER.format(second, "spouse", "SOW"))
    refused = {reference for reference, found in told.items() if isinstance(found, list)}
    assert refused == set(told) - {"Z-1", "Z-2", "Z-3"}, told
    codes = {code for found in told.values() if isinstance(found, list) for _, code in found}
    assert "reference_spelled_otherwise" in codes


def test_figures_that_a_spreadsheet_lost_hold_up_the_household_before(tmp_path: Path) -> None:
    """Numbers that follow each other are alike too, so that nothing but their place tells."""
    lost = MEMBER.format("1234567890123450000", "spouse", "SOW")
    told = written(tmp_path, APPLICANT.format("1234567890123456789", "KONE"), lost, APPLICANT.format("K-2", "BA"))
    assert all(isinstance(told[reference], list) for reference in ("1234567890123456789", "1234567890123450000"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("K-1", "K-2"),
        ("1-12", "11-2"),
        ("A1", "B1"),
        ("12", "120"),
        ("2008-0001", "2008-0001-01"),
        ("12-30", "12-30-1"),
        ("DECA1", "DECB1"),
    ],
)
def test_two_references_are_not_one(tmp_path: Path, first: str, second: str) -> None:
    told = written(tmp_path, APPLICANT.format(first, "KONE"), APPLICANT.format(second, "SOW"))
    assert told == {first: 1, second: 1}


def test_a_file_sorted_by_a_spreadsheet(tmp_path: Path) -> None:
    """The members of K-1 lie after K-2: nobody knows any more whether they are all there."""
    told = written(
        tmp_path,
        APPLICANT.format("K-1", "KONE"),
        APPLICANT.format("K-2", "SOW"),
        MEMBER.format("K-1", "spouse", "DIA"),
    )
    assert told["K-2"] == 1
    assert told["K-1"] == [(4, "reference_scattered")]


@pytest.mark.parametrize(
    "orphan",
    [MEMBER.format("", "child", "KONE"), MEMBER.format("K-7", "child", "KONE"), MEMBER.format("X;Y", "", "KONE")],
)
def test_a_member_far_from_its_family_holds_up_those_of_its_name(tmp_path: Path, orphan: str) -> None:
    told = written(
        tmp_path,
        APPLICANT.format("K-1", "KONE"),
        APPLICANT.format("K-2", "SOW"),
        APPLICANT.format("K-3", "DIA"),
        orphan,
        APPLICANT.format("K-4", "BA"),
        APPLICANT.format("K-5", "CISSE"),
    )
    refused = {reference for reference, found in told.items() if isinstance(found, list) and reference.startswith("K-")}
    # its neighbours, to whom it may belong, and the household that bears its name
    assert {"K-3", "K-4"} <= refused
    assert told["K-2"] == told["K-5"] == 1
    if "KONE" in orphan and not orphan.startswith("X"):
        assert "K-1" in refused


@pytest.mark.parametrize(
    "slipped",
    [
        ";;;child;KONE;Baba;M;2010-06-01;;;ML;;;;;;;;;;",
        "child;KONE;Baba;M;2010-06-01;;;ML;;;;;;;;;;",
        ";K-1;;;;child;KONE;Baba;M;2010-06-01;;;ML;;;;;;;;;",
        MEMBER.format("K-1", "child", "KONE").replace(";", ","),
        MEMBER.format("K-1", "child", "KONE").replace(";", "\t"),
        MEMBER.format("K-1", "", "KONE").replace("M;2010", "2010"),
        MEMBER.format("K-7", "son", "KONE"),
    ],
)
def test_a_member_whose_cells_slipped_holds_up_its_household(tmp_path: Path, slipped: str) -> None:
    told = written(tmp_path, APPLICANT.format("K-0", "SOW"), APPLICANT.format("K-1", "KONE"), slipped)
    assert isinstance(told["K-1"], list)
    assert told["K-0"] == 1


@pytest.mark.parametrize("nothing", ['"";"";"";""', "\u00a0;\u00a0", '" ";;', "\u2003"])
def test_a_line_of_nothing_is_no_member(tmp_path: Path, nothing: str) -> None:
    told = written(tmp_path, APPLICANT.format("K-1", "KONE"), nothing, APPLICANT.format("K-2", "SOW"))
    assert told == {"K-1": 1, "K-2": 1}


def test_a_reference_has_no_more_lines_than_a_household_has_members(tmp_path: Path) -> None:
    rows = [APPLICANT.format("K-1", "KONE"), *[MEMBER.format("K-1", "child", "KONE")] * (3 * LARGEST_HOUSEHOLD)]
    told = written(tmp_path, *rows, APPLICANT.format("K-2", "SOW"))
    found = told["K-1"]
    assert isinstance(found, list)
    assert "too_many_members" in {code for _, code in found}
    assert told["K-2"] == 1


@pytest.mark.parametrize(
    "before", ["sep=;", "", "Liste des demandes de novembre;;;", "Export du 03/11/2026\r\n\r\nCaisse 751", "\r\n\r\n"]
)
def test_what_stands_before_the_header_is_passed_over(tmp_path: Path, before: str) -> None:
    told = written(tmp_path, HEADER, APPLICANT.format("K-1", "KONE"), header=before)
    assert told == {"K-1": 1}


def test_the_lines_are_counted_from_the_top_of_the_file(tmp_path: Path) -> None:
    told = written(
        tmp_path, HEADER, APPLICANT.format("K-1", "KONE").replace("2026-12-15", "2027-12-15"), header="sep=;"
    )
    assert told == {"K-1": [(3, "deposit_in_future"), (3, "received_in_future")]}
