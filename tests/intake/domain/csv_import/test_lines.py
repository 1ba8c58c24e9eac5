"""Lines of a file: its encoding, its separator, its header, and the line that cannot be read."""

from __future__ import annotations

import pytest

from services.intake.domain.csv_import.columns import COLUMNS
from services.intake.domain.csv_import.encodings import encoding_of
from services.intake.domain.csv_import.header import FileRejected, header_of
from services.intake.domain.csv_import.lines import groups_of, rows_of
from tests.intake.rows import FIRST, lines


def test_a_broken_line_blocks_no_other() -> None:
    head, good, *_ = lines(FIRST).splitlines()
    bad = good.replace('"R-1"', '"R-2', 1)
    long = good.replace("R-1", "R" * 30_000)
    wide = good.replace("R-1", "R-4") + ";x;y"
    found = list(groups_of(rows_of([bad, good, "", ";;;;", long, wide], header_of(head))))
    codes = [[error.code for row in group.rows for error in row.errors] for group in found]
    assert codes == [["row_unreadable"], [], ["row_unreadable"], ["too_many_cells"]]
    assert [group.rows[0].number for group in found] == [2, 3, 6, 7]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_separator_is_found(delimiter: str) -> None:
    head = delimiter.join(["référence", "Canal", "Organisme dépôt", "date-dépôt", "lien", "nom", ""])
    header = header_of("\ufeff".join(["", head]) if delimiter == ";" else head)
    assert header.delimiter == delimiter
    assert header.names == ("reference", "channel", "deposit_body", "deposited_on", "relation", "family_name")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (None, "empty_file"),
        ("", "no_header"),
        ("x;y;z", "no_header"),
        ("reference;channel", "missing_columns"),
        ("reference;référence;channel", "repeated_columns"),
        (";".join([*(c.name for c in COLUMNS), "entred_on"]), "unknown_columns"),
        ('reference;"channel', "no_header"),
    ],
)
def test_a_file_that_cannot_be_read(line: str | None, code: str) -> None:
    with pytest.raises(FileRejected) as caught:
        header_of(line)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("é;à".encode(), "utf-8-sig"),
        ("\ufeffé".encode(), "utf-8-sig"),
        ("é".encode("cp1252"), "cp1252"),
        ("Œuvre €".encode("cp1252"), "cp1252"),
        (b"\xe9\x81", "latin-1"),
        ("é".encode("utf-16"), "utf-16"),
        (b"abc\xc3", "cp1252"),
        (b"", "utf-8-sig"),
    ],
)
def test_the_encoding_is_found_whatever_the_chunks(content: bytes, encoding: str) -> None:
    assert encoding_of([content]) == encoding
    assert encoding_of([content[at : at + 1] for at in range(len(content))]) == encoding
