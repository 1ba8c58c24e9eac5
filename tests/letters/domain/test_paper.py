"""Serials, the ledger that gives every sheet one fate, and when the register warns."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.letters.domain import library
from services.letters.domain.paper import Act, Entry, Fate, InvalidSerial, SerialRange, ranges, replayed, sheets_needed
from services.letters.domain.paper_rules import Activity, days_left, forecast, warnings

RULES = library.paper_rules()
TODAY = dt.date(2026, 11, 2)
QUIET = Activity(1000, 100, 1, 0, 400, [], TODAY, TODAY, [])


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("A-001", "A-000", "range_backwards"),
        ("A-001", "B-009", "serials_of_two_rolls"),
        ("A-001", "A-0009", "serials_of_two_rolls"),
        ("A-1", "A-2", "serial_invalid"),
        ("a-001", "a-002", "serial_invalid"),
        ("0000001", "0020001", "range_too_large"),
    ],
)
def test_two_serials_that_are_no_range_say_why(first: str, last: str, code: str) -> None:
    with pytest.raises(InvalidSerial) as raised:
        SerialRange.parse(first, last)
    assert raised.value.code == code


@given(st.sets(st.integers(0, 300)))
def test_ranges_hold_the_same_sheets_in_the_fewest_pieces(numbers: set[int]) -> None:
    serials = {f"AB-{number:05d}" for number in numbers}
    found = ranges(serials)
    assert [serial for one in found for serial in one.serials()] == sorted(serials)
    assert len(found) == len([number for number in numbers if number - 1 not in numbers])


def test_a_ledger_gives_each_sheet_one_fate_and_allows_no_second_use() -> None:
    all_of_it, one, two = (SerialRange.parse("001", last) for last in ("009", "001", "002"))
    told = [Entry(Act.DELIVERED, all_of_it), Entry(Act.USED, one), Entry(Act.SPOILED, one)]
    fates = replayed(told)
    assert (fates["001"], fates["002"], len(fates)) == (Fate.SPOILED, Fate.STOCK, 9)
    for act in (Act.USED, Act.DELIVERED, Act.MISSED, Act.FOUND, Act.MOVED):
        with pytest.raises(ValueError, match="001"):
            replayed([*told, Entry(act, two)])


def test_a_letter_takes_the_sheets_of_its_pages() -> None:
    assert [sheets_needed(pages, per) for pages, per in ((1, 1), (3, 1), (3, 2), (4, 2))] == [1, 3, 2, 2]


@pytest.mark.parametrize(
    ("activity", "code", "detail"),
    [
        (replace(QUIET, stock=30), "stock_low", "30 feuille(s), 26 jour(s)"),
        (replace(QUIET, stock=0, used=0, spoiled=0), "stock_low", "0 feuille(s), 0 jour(s)"),
        (replace(QUIET, unaccounted=2), "unaccounted", "2 feuille(s)"),
        (replace(QUIET, spoiled=5), "spoil_rate", "4,8 %"),
        (replace(QUIET, gaps=["A-003"]), "gap_in_use", "A-003"),
        (replace(QUIET, inventory_on=TODAY - dt.timedelta(days=93)), "inventory_old", "93 jour(s)"),
        (replace(QUIET, alone=[("delivery", 1)]), "second_person_missing", "delivery, 1 jour(s)"),
    ],
)
def test_the_register_warns_of_each_thing_alone(activity: Activity, code: str, detail: str) -> None:
    (found,) = warnings(activity, RULES, TODAY)
    assert (found.code, found.detail) == (code, detail)
    assert warnings(QUIET, RULES, TODAY) == []


def test_the_year_to_come_needs_what_the_last_one_took_and_some_to_spare() -> None:
    assert forecast(QUIET, RULES) == 412
    assert days_left(replace(QUIET, used=0, spoiled=0), RULES) is None
