"""A file of persons to look for: its header, its rows, the answer beside them."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.dedup.domain import bulk_check
from services.dedup.domain.bulk_check import (
    ANSWER,
    FileRejected,
    answer_header,
    answer_row,
    asked,
    header_of,
    rows_of,
)

ONE = "01890a5d-ac96-774b-bcce-b302099a8057"
HEADER = "Dossier;Nom de naissance;Prénoms;Née le;Sexe;Code postal"


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_columns_are_known_by_their_french_names(delimiter: str) -> None:
    header = header_of(HEADER.replace(";", delimiter))
    assert header.delimiter == delimiter
    assert header.columns == ("application_id", "family_name", "given_names", "birth_date", "sex", "postcode")
    assert header.written[1] == "Nom de naissance"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1984-03-17", "1984-03-17"),
        ("17/03/1984", "1984-03-17"),
        ("3/1984", "1984-03-00"),
        ("1984", "1984-00-00"),
        ("1984-05-00", "1984-05-00"),
        ("", ""),
    ],
)
def test_birth_dates_are_read_as_people_write_them(written: str, expected: str) -> None:
    found = asked([ONE, "DIARRA", "Awa", written], header_of(HEADER).columns)
    assert found.identity is not None
    assert (found.application_id, found.identity.birth_date) == (UUID(ONE), expected)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ([], "row_unreadable"),
        (["", "DIARRA"], "file_missing"),
        (["R-1", "DIARRA"], "file_missing"),
        ([ONE, "DIARRA", "Awa", "31/31/1984"], "birth_date_format"),
        ([ONE, "DIARRA", "Awa", "hier"], "birth_date_format"),
        ([ONE, "", "", "1984"], "nothing_to_search"),
        ([ONE, "NON RENSEIGNE", "XXXXX"], "nothing_to_search"),
    ],
)
def test_what_cannot_be_looked_for_is_told_with_a_code(cells: list[str], code: str) -> None:
    assert asked(cells, header_of(HEADER).columns).code == code


def test_one_line_is_one_row_and_a_broken_one_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    header = header_of(HEADER)
    lines = [f"{ONE};DIARRA", "", ";;;", f'{ONE};"DIARRA', f"{ONE};{'x' * 300}", f"{ONE};a;b;c;d;e;f", f"{ONE};KEITA\r"]
    assert list(rows_of(lines, header)) == [
        (2, [ONE, "DIARRA"]),
        (5, []),
        (6, []),
        (7, []),
        (8, [ONE, "KEITA"]),
    ]
    monkeypatch.setattr(bulk_check, "MOST_ROWS", 4)
    with pytest.raises(FileRejected) as caught:
        list(rows_of(lines, header))
    assert caught.value.code == "too_many_rows"


def test_the_answer_stands_beside_what_was_sent_and_holds_no_formula() -> None:
    found = [
        {
            "application_id": ONE,
            "caisse": None,  # its place is protected
            "deposited_on": "2026-01-02",
            "outcome": "refused",
            "motives": ["residence_too_short"],
            "level": "to_examine",
            "for": ["family_name"],
            "against": ["birth_date"],
        },
        {"application_id": ONE, "caisse": "931", "level": "same_person"},
    ]
    header = answer_header(["Dossier", "=Nom"])
    row = answer_row(7, [ONE], 2, "to_examine", found, "")
    assert header == ["ligne", "Dossier", "'=Nom", *ANSWER]
    assert len(row) == len(header)
    told = dict(zip(header, row, strict=True))
    assert (told["ligne"], told["Dossier"], told["'=Nom"]) == ("7", ONE, "")
    assert (told["niveau"], told["motifs_pour"], told["motifs_contre"]) == ("à examiner", "family_name", "birth_date")
    assert (told["caisse"], told["issue"], told["motifs_issue"]) == ("", "refused", "residence_too_short")
    assert told["autres"] == f"931:{ONE}:same_person"
    assert answer_row(8, ["=1+1", "@x"], 2, "refused", [], "file_missing")[1:3] == ["'=1+1", "'@x"]
