"""What leaves gives no small cell back: not in one statement, not in totals, not over revisions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.outside import FAMILIES, SECRECY, Statement, rows, statement

LINES = {
    "q1_beneficiaries": ("applicant", "minor_dependant"),
    "q2_admitted": ("first_applicant", "renewal_applicant"),
    "q4_filed": ("",),
    "q6_age_and_sex": ("F_18", "M_18", "M_40"),
}
PLACES = ("75", "93", "973")
KEYS = [(place, line, part) for place in PLACES for line, parts in LINES.items() for part in parts]
Truth = dict[tuple[str, str, str], int]

counts = st.one_of(st.just(0), st.integers(1, SECRECY.below - 1), st.integers(SECRECY.below, 500))
truths = st.fixed_dictionaries(dict.fromkeys(KEYS, counts))


def published(truth: Truth) -> Statement:
    found: dict[tuple[str, str], dict[str, int]] = {}
    for (place, line, part), count in truth.items():
        found.setdefault((place, line), {})[part] = count
    return statement(found)


def masked(truth: Truth) -> list[tuple[str, str, str]]:
    return [key for key in KEYS if 0 < truth[key] < SECRECY.below]


@given(truths)
def test_a_zero_stays_and_what_is_small_does_not_leave(truth: Truth) -> None:
    made = published(truth)
    for place, line, part in KEYS:
        if (place, line) in made.withheld:
            assert (place, line, part) not in made.cells
            continue
        cell, count = made.cells[place, line, part], truth[place, line, part]
        if count == 0:
            assert cell == 0
        elif count < SECRECY.below:
            assert cell is None
        else:
            assert cell is not None
            assert cell >= SECRECY.below
            assert abs(cell - count) <= SECRECY.base


@given(truths, st.integers(1, SECRECY.below - 1), st.data())
def test_an_attacker_cannot_tell_one_small_count_from_another(truth: Truth, other: int, data: st.DataObject) -> None:
    """The strongest attacker knows every other true count, and how everything is made: he sees the same statement."""
    hidden = masked(truth)
    if not hidden:
        return
    key = data.draw(st.sampled_from(hidden))
    assert published({**truth, key: other}) == published(truth)


@given(truths, st.data())
def test_revisions_give_nothing_away_either(truth: Truth, data: st.DataObject) -> None:
    """He holds the statements of two revisions, between which any small cell moved within the small, or did not."""
    hidden = masked(truth)
    moved = {key: data.draw(st.integers(1, SECRECY.below - 1)) for key in hidden}
    assert published({**truth, **moved}) == published(truth)


@given(truths)
def test_totals_are_made_of_what_is_published_and_of_nothing_else(truth: Truth) -> None:
    """So that they put no equation on what is masked: the linear system of an attacker has no row for it."""
    made = published(truth)
    for (line, part), total in made.totals.items():
        cells = [key for key in KEYS if key[1:] == (line, part)]
        if any((place, line) in made.withheld for place, _, _ in cells):
            assert total is None
            continue
        shown = [made.cells[key] for key in cells]
        assert total == sum(SECRECY.middle if cell is None else cell for cell in shown)
        assert ((line, part) in made.about) == (None in shown)


def test_where_two_lines_split_the_same_persons_the_second_is_withheld_with_the_first_small_cell() -> None:
    [(first, second)] = FAMILIES
    whole = {("75", first): {"applicant": 20}, ("75", second): {"F_18": 17, "M_18": 3}}
    made = statement(whole)
    assert ("75", second) in made.withheld, "else 20 - 17 would give the three men"
    assert made.cells["75", first, "applicant"] == 20
    open_ = statement({("75", first): {"applicant": 40}, ("75", second): {"F_18": 20, "M_18": 20}})
    assert not open_.withheld


def test_a_total_says_when_a_masked_cell_made_it_approximate() -> None:
    made = statement({("75", "q4_filed"): {"": 7}, ("93", "q4_filed"): {"": 33}})
    assert rows(made, ["75", "93"], [("q4_filed", "", "Demandes")]) == [
        ["q4_filed", "", "Demandes", "n.d.", 35, "environ 40"]
    ]


@pytest.mark.parametrize(("count", "cell"), [(0, 0), (1, None), (10, None), (11, 11), (12, 11), (13, 15), (17, 15)])
def test_what_leaves_of_a_count(count: int, cell: int | None) -> None:
    assert SECRECY.published(count) == cell
