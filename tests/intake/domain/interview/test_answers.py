"""What is typed at a desk is kept as typed, read where it can be, and said where it cannot."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.interview.answers import cents, errors, full_date, partial_date, typed
from services.intake.domain.interview.questions import guide, translations

TODAY = dt.date(2026, 11, 27)
QUESTIONS = [question for step in guide().steps for question in step.questions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3600", 360_000),
        ("3600,5", 360_050),
        ("3 600,50 €", 360_050),
        ("3600.05", 360_005),
        ("3\u202f600", 360_000),
        ("0", 0),
        ("-5", None),
        ("3600,505", None),
        ("1,2,3", None),
        ("beaucoup", None),
        ("٣٦٠٠", None),
        ("", None),
    ],
)
def test_an_amount_as_people_write_it(text: str, expected: int | None) -> None:
    assert cents(text) == expected


@pytest.mark.parametrize(
    ("text", "whole", "partial"),
    [
        ("12/3/1979", dt.date(1979, 3, 12), "1979-03-12"),
        ("29/2/2024", dt.date(2024, 2, 29), "2024-02-29"),
        ("29/2/2023", None, None),
        ("/3/1979", None, "1979-03-00"),
        ("//1979", None, "1979-00-00"),
        ("12//1979", None, None),
        ("12/3/79", None, None),
        ("31/12", None, None),
        ("²/3/1979", None, None),
        ("12/²/1979", None, None),
        pytest.param(f"{'9' * 30}/3/1979", None, None, id="a day of thirty figures"),
    ],
)
def test_a_date_in_three_fields(text: str, whole: dt.date | None, partial: str | None) -> None:
    assert full_date(text) == whole
    assert partial_date(text) == partial


def test_every_step_says_what_is_required_and_nothing_more() -> None:
    required = {question.id for question in QUESTIONS if question.required}
    assert set(errors(QUESTIONS, {}, TODAY)) == required == {"language", "kind", "family_name", "title", "lodging"}


def test_a_day_to_come_is_no_day_of_arrival_but_may_end_a_right() -> None:
    found = errors(
        QUESTIONS, {"entered_on": "1/1/2027", "title_until": "1/1/2027", "earlier_ends_on": "1/1/2027"}, TODAY
    )
    assert "entered_on" in found
    assert not {"title_until", "earlier_ends_on"} & set(found)


@given(st.dictionaries(st.sampled_from([q.id for q in QUESTIONS]), st.text(max_size=400)))
def test_whatever_is_typed_is_kept_and_answered_in_words(form: dict[str, str]) -> None:
    kept = typed(QUESTIONS, form)
    assert set(kept) == {question.id for question in QUESTIONS}
    for sentence in errors(QUESTIONS, kept, TODAY).values():
        assert sentence.endswith(".")


def test_each_language_has_the_words_of_each_spoken_question() -> None:
    spoken = {question.id for question in QUESTIONS if question.say}
    for code, translation in translations().items():
        assert set(translation.words) == spoken, code
        assert all(translation.words.values())
    assert {code for code, one in translations().items() if one.direction == "rtl"} == {"ar"}
