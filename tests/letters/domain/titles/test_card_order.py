"""The order file says what it holds, byte for byte; an answer is read line by line, whatever it says."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import datetime as dt
import hashlib
import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.letters.domain.titles.card_order import COLUMNS, AnswerRejected, Card, order_file, read_answer

DAY = dt.date(2026, 11, 2)
FIRST = Card(
    serial="931-2",
    copy_no=0,
    form="plastic_card",
    caisse="931",
    name="Aïssata KONÉ",
    birth_date="1979-00-00",
    address=["Association", "12 rue de l'Exemple", "93200 Saint-Denis"],
    starts_on=DAY,
    ends_on=DAY + dt.timedelta(days=364),
    listed=["Souleymane KONÉ, 2015-07-14"],
    photograph=b"\xff\xd8\xffpicture",
)
SECOND = dataclasses.replace(FIRST, serial="931-1", copy_no=1, name="=HYPERLINK(1)", listed=[], photograph=None)


def unpacked(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_file_holds_the_cards_their_photographs_and_what_it_holds() -> None:
    files = unpacked(order_file("o-1", "931", DAY, [FIRST, SECOND]))
    assert set(files) == {"order.csv", "photographs/931-2.jpg", "manifest.json"}
    manifest = json.loads(files["manifest.json"])
    assert (manifest["cards"], manifest["serials"], manifest["order_id"]) == (2, ["931-1", "931-2"], "o-1")
    for name, digest in manifest["files"].items():
        assert hashlib.sha256(files[name]).hexdigest() == digest
    rows = list(csv.DictReader(io.StringIO(files["order.csv"].decode("utf-8-sig")), delimiter=";"))
    assert tuple(rows[0]) == COLUMNS
    assert [row["serial"] for row in rows] == ["931-1", "931-2"]
    assert rows[1]["listed"] == "Souleymane KONÉ, 2015-07-14"
    assert [row["photograph"] for row in rows] == ["", "photographs/931-2.jpg"]
    assert rows[0]["family_and_given_names"] == "'=HYPERLINK(1)", "no spreadsheet takes a name for a formula"


def test_the_same_cards_give_the_same_bytes_in_any_order() -> None:
    assert order_file("o-1", "931", DAY, [FIRST, SECOND]) == order_file("o-1", "931", DAY, [SECOND, FIRST])


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("931-1;made;2026-11-10;", "made"),
        ("931-1;rejected;2026-11-10;photographie", "rejected"),
        ("931-1;perhaps;2026-11-10;", None),
        ("931-1;made;2026-02-31;", None),
        ("931-1;made", None),
        (";made;2026-11-10;", None),
        ("9" * 41 + ";made;2026-11-10;", None),
    ],
)
def test_each_line_of_an_answer_has_a_verdict_or_none(line: str, verdict: str | None) -> None:
    (row,) = read_answer(f"serial;verdict;on;reason\r\n{line}\r\n".encode())
    assert (row.line, row.verdict) == (2, verdict)


@pytest.mark.parametrize(
    "body", [b"", b"serial,verdict\n", b"\xff\xfe\x00", b"serial;verdict;on\n931-1;made;2026-11-10"]
)
def test_what_is_no_answer_is_refused_whole(body: bytes) -> None:
    with pytest.raises(AnswerRejected):
        read_answer(body)


def test_an_answer_of_too_many_lines_is_refused() -> None:
    lines = "\n".join("931-1;made;2026-11-10;" for _ in range(2001))
    with pytest.raises(AnswerRejected):
        read_answer(f"serial;verdict;on;reason\n{lines}".encode())


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    with contextlib.suppress(AnswerRejected):
        assert all(row.line >= 2 for row in read_answer(b"serial;verdict;on;reason\n" + body))
