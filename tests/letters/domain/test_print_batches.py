"""Trays and postcodes, working days, and which sheet carries what."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.letters.domain import library
from services.letters.domain.kind_definition import Way
from services.letters.domain.print_batches import (
    PrintPaper,
    SheetsLeftOver,
    ToPrint,
    batched,
    first_pages,
    last_cut_off,
    printed_on,
)

RULES = library.print_rules()
CUT_OFF = dt.time(17, 30)
LETTERS = st.lists(
    st.builds(
        ToPrint,
        letter_id=st.uuids(),
        application_id=st.just(UUID(int=0)),
        paper=st.sampled_from(PrintPaper),
        way=st.sampled_from([Way.ORDINARY, Way.REGISTERED]),
        postcode=st.sampled_from(["", "13002", "75001", "93200"]),
        pages=st.just(1),
        sha256=st.just(""),
    ),
    unique_by=lambda one: one.letter_id,
    max_size=40,
)


@given(LETTERS, st.integers(1, 7))
def test_each_letter_is_in_one_batch_of_its_paper_and_way_by_postcode(letters: list[ToPrint], most: int) -> None:
    found = batched(letters, most)
    assert sorted(one.letter_id for batch in found for one in batch) == sorted(one.letter_id for one in letters)
    for batch in found:
        assert len(batch) <= most
        assert len({(one.paper, one.way) for one in batch}) == 1
        assert [one.postcode or "~" for one in batch] == sorted(one.postcode or "~" for one in batch)
    assert found == batched(list(reversed(letters)), most)


def test_first_pages_follow_each_other() -> None:
    assert first_pages([2, 1, 3]) == [1, 3, 4]


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-27T17:30", "2026-11-27"),  # a Friday
        ("2026-11-27T17:29", "2026-11-26"),
        ("2026-11-29T23:00", "2026-11-27"),  # a Sunday
        ("2026-11-30T09:00", "2026-11-27"),
        ("2026-12-25T18:00", "2026-12-24"),  # Christmas
        ("2026-04-06T18:00", "2026-04-03"),  # Easter Monday
    ],
)
def test_a_cut_off_is_of_the_last_working_day_it_passed_on(now: str, day: str) -> None:
    assert last_cut_off(dt.datetime.fromisoformat(now), CUT_OFF, RULES) == dt.date.fromisoformat(day)


A, B, C = (UUID(int=number) for number in (1, 2, 3))


def test_a_spoiled_sheet_is_printed_again_on_the_next_one() -> None:
    done = printed_on([(A, 1), (B, 2)], ["01", "02", "03", "04"], frozenset({"02"}))
    assert (done.sheets, done.cut, done.left) == ({A: ["01"], B: ["03", "04"]}, [], [])


def test_where_printing_stopped_the_rest_goes_back_and_a_cut_letter_leaves_its_sheets_spoiled() -> None:
    done = printed_on([(A, 1), (B, 2), (C, 1)], ["01", "02"], frozenset())
    assert (done.sheets, done.cut, done.left) == ({A: ["01"]}, ["02"], [B, C])
    nothing = printed_on([(A, 1)], [], frozenset())
    assert (nothing.sheets, nothing.left) == ({}, [A])


def test_more_sheets_than_the_letters_take_is_no_printing_of_this_batch() -> None:
    with pytest.raises(SheetsLeftOver):
        printed_on([(A, 1)], ["01", "02"], frozenset())
