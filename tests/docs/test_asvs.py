"""The table of the verification standard: each requirement of levels 1 and 2 once, each named test real."""

from __future__ import annotations

import re

from tests.docs.documents import ROOT

TABLE = (ROOT / "docs" / "asvs.md").read_text("utf-8")
ROW = re.compile(
    r"^\| (?P<ids>V[\d., V]+) \| [^|]+ \| (?P<answer>[^|]+) \| (?P<how>[^|]*) \| (?P<test>[^|]*) ?\|$", re.MULTILINE
)
ANSWERS = ("met", "partly", "no", "provider", "not applicable")
REQUIREMENTS = 253  # of version 5.0.0: 70 of level 1, 183 of level 2
OF_CHAPTERS = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
    17: 7,
}


def test_each_requirement_is_answered_once() -> None:
    ids = [one for row in ROW.finditer(TABLE) for one in row["ids"].split(", ")]
    assert len(ids) == len(set(ids)) == REQUIREMENTS
    chapters = [int(one.split(".")[0][1:]) for one in ids]
    assert {chapter: chapters.count(chapter) for chapter in sorted(set(chapters))} == OF_CHAPTERS


def test_the_summary_counts_what_the_table_says() -> None:
    counted = dict.fromkeys(ANSWERS, 0)
    for row in ROW.finditer(TABLE):
        counted[row["answer"]] += len(row["ids"].split(", "))
    told = {name: int(count) for name, count in re.findall(r"^\| ([a-z ]+) \| (\d+) \|$", TABLE, re.MULTILINE)}
    assert told == counted


def test_what_is_not_met_says_why() -> None:
    assert [row["ids"] for row in ROW.finditer(TABLE) if row["answer"] in ("no", "partly") and not row["how"]] == []


def test_every_named_test_exists() -> None:
    named = {tuple(re.findall(r"`([^`]+)`", row["test"])) for row in ROW.finditer(TABLE) if row["test"].strip()}
    assert len(named) > 30
    for path, function in named:
        assert f"def {function}(" in (ROOT / path).read_text("utf-8"), (path, function)
