"""No value of the law begins on the first of a month unless its text says so: each one is listed with that text.

A day taken for want of the true one makes false days on both sides of it. So every dated file of the services and of
the contract is read as it stands, and what it starts on the first of a month must be in ``first_days.yaml``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.letters.domain import library

ROOT = Path(__file__).parents[2]
LISTED: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "first_days.yaml").read_text("utf-8"))
Start = tuple[str, dt.date]


def dated_files() -> list[Path]:
    return sorted(path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.yaml"))


def starts(document: Any, name: str = "", text: str = "") -> Iterator[tuple[str, dt.date | str, str]]:
    """The name of each dated value with its first day, and the text that its rule gives for it."""
    if isinstance(document, dict):
        name = str(document.get("name") or document.get("key") or document.get("number") or name)
        text = str(document.get("begins") or text)
        if "from" in document:
            yield name, document["from"], text
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            yield from starts(part, name, text)


def firsts_of_months() -> dict[Start, str]:
    found = {}
    for path in dated_files():
        where = str(path.relative_to(ROOT)).split("/", 1)[1]
        for name, day, text in starts(yaml.safe_load(path.read_text("utf-8"))):
            if isinstance(day, dt.date) and day.day == 1:
                found[f"{where} {name}".strip(), day] = text
    return found


def listed() -> dict[Start, str]:
    return {(where, day): one["text"] for one in LISTED for where, days in one["values"].items() for day in days}


def test_every_first_of_a_month_is_listed_with_the_text_that_says_so() -> None:
    found, known = firsts_of_months(), listed()
    assert len(found) > 100
    assert sorted(found.keys() - known.keys()) == [], "say by which text, or give the true day, or `earliest`"
    assert sorted(known.keys() - found.keys()) == [], "listed, and no longer there"


def test_a_rule_gives_the_same_text_as_the_list() -> None:
    known = listed()
    for start, text in firsts_of_months().items():
        assert not text or text == known[start], start


@pytest.mark.parametrize("one", LISTED, ids=lambda one: one["text"][:60])
def test_a_text_says_a_day_and_what_it_was_held_against(one: dict[str, Any]) -> None:
    """A text that nobody read is not told as certain."""
    assert one["held_against"].count("[") >= 1
    said = {day.month for days in one["values"].values() for day in days}
    months = {1: "janvier", 3: "mars", 4: "avril", 5: "mai", 6: "juin", 7: "juillet", 8: "juillet", 9: "septembre"}
    months |= {11: "novembre"}
    assert all(months[month] in one["text"] or f"1er {months[month]}" in one["text"] for month in said), one["text"]
    assert ("non lu" in one["text"] or "non relu" in one["text"]) <= ("[M]" in one["held_against"])


@pytest.mark.parametrize(
    ("key", "last", "first"),
    [
        ("care_note", "2015-02-05", "2015-02-06"),
        ("covered_care", "2015-02-05", "2015-02-06"),
        ("penalty_hearing", "2004-08-16", "2004-08-17"),
        ("penalty", "2013-12-24", "2013-12-25"),
        ("original", "2001-10-01", "2001-10-02"),
    ],
)
def test_what_began_on_the_first_of_a_month_by_mistake_has_its_day(key: str, last: str, first: str) -> None:
    """The 15 % drugs left by décret 2015-120, in force on 6 February 2015; penalties: CSS L. 162-1-14 from 17 August
    2004, L. 114-17-1 from 25 December 2013; originals: décret 2001-899, which is of 1 October."""
    before, after = (library.mentions().on(key, dt.date.fromisoformat(day)) for day in (last, first))
    assert before is not None
    assert after is not None
    assert before.reference != after.reference or before.text != after.text
