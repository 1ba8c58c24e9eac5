"""Which title on which day and where, and who of a household has one of his own."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from services.letters.domain import library
from services.letters.domain.titles.forms import NoTitleForDay, PersonWithRight, TitleForm, age_on, planned
from shared.ids import named_uuid

RULES = library.title_rules()


def person(rank: int, birth: str | None, starts_on: str = "2026-11-02") -> PersonWithRight:
    first = dt.date.fromisoformat(starts_on)
    return PersonWithRight(named_uuid("member", rank), rank, birth, first, first + dt.timedelta(days=364))


@pytest.mark.parametrize(
    ("day", "caisse", "form"),
    [
        ("2000-01-01", "931", "paper_attestation"),
        ("2007-12-31", "131", "paper_attestation"),
        ("2008-01-01", "131", "photo_attestation"),
        ("2008-01-01", "781", "photo_attestation"),
        ("2008-01-01", "931", "paper_attestation"),
        ("2009-12-31", "781", "photo_attestation"),
        ("2009-12-31", "931", "paper_attestation"),
        ("2010-01-01", "131", "photo_card"),
        ("2020-01-04", "931", "photo_card"),
        ("2020-01-05", "931", "plastic_card"),
        ("2026-11-02", "131", "plastic_card"),
    ],
)
def test_the_form_is_that_of_the_day_and_of_the_trial_of_two_caisses(day: str, caisse: str, form: str) -> None:
    assert RULES.on(dt.date.fromisoformat(day), caisse).form == form


def test_a_day_before_any_title_has_none() -> None:
    with pytest.raises(NoTitleForDay):
        RULES.on(dt.date(1999, 12, 31), "931")


def test_every_form_says_on_what_it_rests_and_how_sure_that_is() -> None:
    assert {one.form for one in RULES.forms} == set(TitleForm)
    assert all(one.reference and one.confidence in "VSMC" for one in RULES.forms)
    assert RULES.version(TitleForm.PHOTO_ATTESTATION).confidence == "M"


HOUSEHOLD = [person(0, "1979-00-00"), person(1, "1981-05-02"), person(2, "2010-11-02"), person(3, "2010-11-03")]


def test_before_2010_a_household_has_one_title_that_lists_the_others() -> None:
    form = RULES.on(dt.date(2008, 3, 3), "931")
    assert [(one.person.rank, one.listed) for one in planned(HOUSEHOLD, form)] == [(0, (1, 2, 3))]


def test_from_2010_each_of_sixteen_has_his_own_and_younger_ones_stand_on_the_first() -> None:
    """Rank 2 is sixteen on the first day of the right; rank 3 the day after, and keeps the listing to the end."""
    form = RULES.on(dt.date(2026, 11, 2), "931")
    assert [(one.person.rank, one.listed) for one in planned(HOUSEHOLD, form)] == [(0, (3,)), (1, ()), (2, ())]


def test_children_alone_have_one_title_and_nobody_has_none() -> None:
    form = RULES.on(dt.date(2026, 11, 2), "931")
    children = [person(1, "2015-01-01"), person(2, "2018-01-01")]
    assert [(one.person.rank, one.listed) for one in planned(children, form)] == [(1, (2,))]
    assert planned([], form) == []


def test_whose_right_was_ended_early_is_listed_on_no_title() -> None:
    form, early = RULES.on(dt.date(2026, 11, 2), "931"), dt.date(2026, 12, 1)
    children = [replace(person(1, "2015-01-01"), ends_on=early), person(2, "2018-01-01")]
    assert [(one.person.rank, one.listed) for one in planned([HOUSEHOLD[0], *children], form)] == [(0, (2,))]


def test_of_whom_the_age_is_not_known_has_a_title_of_his_own() -> None:
    form = RULES.on(dt.date(2026, 11, 2), "931")
    assert [one.person.rank for one in planned([person(0, "1979-01-01"), person(1, None)], form)] == [0, 1]


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        ("2010-11-02", "2026-11-02", 16),
        ("2010-11-03", "2026-11-02", 15),
        ("2010-00-00", "2026-01-01", 16),
        ("2010-11-00", "2026-11-01", 16),
        (None, "2026-11-02", None),
    ],
)
def test_an_age_with_what_is_known_of_the_birth(birth: str | None, day: str, age: int | None) -> None:
    assert age_on(birth, dt.date.fromisoformat(day)) == age
