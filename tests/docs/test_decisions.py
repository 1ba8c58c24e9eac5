"""Every record has a subject, a date and a status, and the index names it by the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.documents import ROOT

FOLDER = ROOT / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
HEAD = re.compile(
    r"# (\d{4})\. (.+)\n\nDate: (\d{4}-\d{2}-\d{2})\. Status: (accepted|superseded by \[\d{4}\]\(\S+\))\.\n"
)
LINKED = re.compile(r"\[(\d{4})\]\(\S+\)")


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_the_index_names_each_record_by_its_subject_date_and_status(record: Path) -> None:
    head = HEAD.match(record.read_text("utf-8"))
    assert head is not None
    number, subject, date, status = head.groups()
    assert record.name.startswith(number)
    status = LINKED.sub(r"[\1]", status)
    assert f"| [{number}] | {subject} | {date} | {status} |" in (FOLDER / "README.md").read_text("utf-8")


def test_records_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in RECORDS] == list(range(1, len(RECORDS) + 1))
