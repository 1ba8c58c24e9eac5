"""The table of where things are: ten questions, one or two files each, all of which exist."""

from __future__ import annotations

import re

from tests.docs.documents import ROOT

ROW = re.compile(r"^\| (?P<question>[^|`]*)\| `(?P<path>[^`]+)` \|$", re.MULTILINE)


def answers() -> dict[str, list[str]]:
    """The files of each question; a row without a question goes on with the one above."""
    found: dict[str, list[str]] = {}
    question = ""
    for row in ROW.finditer((ROOT / "docs" / "where-is-it.md").read_text("utf-8")):
        question = row["question"].strip() or question
        found.setdefault(question, []).append(row["path"])
    return found


def test_ten_questions_have_one_or_two_files_each() -> None:
    assert len(answers()) == 10
    assert all(1 <= len(files) <= 2 for files in answers().values())


def test_every_file_exists() -> None:
    assert [path for files in answers().values() for path in files if not (ROOT / path).is_file()] == []
