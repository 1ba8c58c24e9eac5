"""The life of titles: whatever the order of acts, a person has at most one serial that counts."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.letters.domain import library
from services.letters.domain.titles.forms import PersonWithRight, TitleForm, planned
from services.letters.domain.titles.title import (
    REPLACED,
    Title,
    TitleState,
    TitleStepNotAllowed,
    VoidReason,
    ordered,
)
from shared.ids import named_uuid

DAY = dt.date(2026, 11, 2)
FORM = library.title_rules().on(DAY, "931")
PERSONS = [
    PersonWithRight(named_uuid("member", rank), rank, birth, DAY, DAY + dt.timedelta(days=364))
    for rank, birth in ((0, "1979-01-01"), (1, "2011-01-01"))
]
APPLICATION, DECISION = named_uuid("application"), named_uuid("decision")
LAST_DAYS = {person.rank: person.ends_on for person in PERSONS}


def first() -> Title:
    (plan,) = planned(PERSONS, FORM)
    return ordered(plan, APPLICATION, DECISION, "931", FORM, DAY)


def at(*states: TitleState) -> Title:
    title = first()
    for state in states:
        title = title.step(state, DAY)
    return title


def test_a_card_is_ordered_made_received_and_handed_over() -> None:
    title = at(TitleState.PRODUCED, TitleState.RECEIVED, TitleState.HANDED_OVER)
    assert (title.state, title.listed, title.copy_no, title.form) == ("handed_over", (1,), 0, TitleForm.PLASTIC_CARD)


def test_the_first_of_two_hand_overs_stands() -> None:
    title = at(TitleState.PRODUCED, TitleState.RECEIVED, TitleState.HANDED_OVER)
    for state in (TitleState.HANDED_OVER, TitleState.POSTED):
        with pytest.raises(TitleStepNotAllowed) as refused:
            title.step(state, DAY)
        assert refused.value.code == "title_handed_over"


@pytest.mark.parametrize("state", [state for state in TitleState if state not in ("produced", "voided")])
def test_what_is_not_made_yet_is_nowhere(state: TitleState) -> None:
    with pytest.raises(TitleStepNotAllowed) as refused:
        first().step(state, DAY)
    assert refused.value.code == "title_state"


def test_no_state_begins_before_the_one_it_follows() -> None:
    with pytest.raises(TitleStepNotAllowed) as refused:
        first().step(TitleState.PRODUCED, DAY - dt.timedelta(days=1))
    assert refused.value.code == "title_before"


def test_posted_to_who_cannot_come_returned_and_handed_over_at_last() -> None:
    title = at(TitleState.PRODUCED, TitleState.RECEIVED, TitleState.POSTED, TitleState.RETURNED, TitleState.HANDED_OVER)
    assert title.state is TitleState.HANDED_OVER


@pytest.mark.parametrize("reason", VoidReason)
def test_a_duplicate_follows_where_the_right_goes_on_and_keeps_the_list(reason: VoidReason) -> None:
    """The child of the list is sixteen when the duplicate is made: it stays on it, to the end of the right."""
    later = dt.date(2027, 2, 1)
    old = at(TitleState.PRODUCED, TitleState.RECEIVED, TitleState.HANDED_OVER).voided(reason, later)
    if reason not in REPLACED:
        with pytest.raises(TitleStepNotAllowed) as refused:
            old.duplicate(FORM, later, LAST_DAYS)
        assert refused.value.code == "no_right"
        return
    new = old.duplicate(FORM, later, LAST_DAYS)
    assert (new.copy_no, new.listed, new.state, new.starts_on, new.ends_on) == (1, (1,), "ordered", DAY, old.ends_on)
    assert new.serial != old.serial
    assert new.void_reason is None


def test_no_duplicate_of_a_title_that_counts_nor_after_its_period() -> None:
    with pytest.raises(TitleStepNotAllowed) as refused:
        first().duplicate(FORM, DAY, LAST_DAYS)
    assert refused.value.code == "title_live"
    old = first().voided(VoidReason.LOSS, DAY)
    with pytest.raises(TitleStepNotAllowed):
        old.duplicate(FORM, old.ends_on + dt.timedelta(days=1), LAST_DAYS)


@pytest.mark.parametrize("day", [DAY, DAY + dt.timedelta(days=30)], ids=["that day", "later"])
def test_a_right_that_was_ended_early_is_on_no_duplicate(day: dt.date) -> None:
    """Not even on its last day: what was printed then would name somebody without a right from the day after."""
    old = at(TitleState.PRODUCED, TitleState.RECEIVED).voided(VoidReason.CHANGE, DAY)
    assert old.duplicate(FORM, day, {**LAST_DAYS, 1: DAY}).listed == ()
    for without in ({**LAST_DAYS, 0: DAY}, {1: LAST_DAYS[1]}, {}):
        with pytest.raises(TitleStepNotAllowed) as refused:
            old.duplicate(FORM, day, without)
        assert refused.value.code == "no_right", "the right of its holder was ended, or its decision fell"


class Life(RuleBasedStateMachine):
    """All acts on the titles of one person, allowed or not, in any order, on days that go forth and back."""

    def __init__(self) -> None:
        super().__init__()
        self.titles = [first()]
        self.handed: dict[str, dt.date] = {}
        self.day = DAY

    @rule(days=st.integers(-3, 40))
    def time_passes(self, days: int) -> None:
        self.day += dt.timedelta(days=days)

    @rule(which=st.integers(0, 5), state=st.sampled_from([s for s in TitleState if s is not TitleState.VOIDED]))
    def step(self, which: int, state: TitleState) -> None:
        at = which % len(self.titles)
        before = self.titles[at]
        try:
            after = before.step(state, self.day)
        except TitleStepNotAllowed:
            return
        if state is TitleState.HANDED_OVER:
            assert after.serial not in self.handed, "the first hand-over stands"
            self.handed[after.serial] = self.day
        self.titles[at] = after

    @rule(which=st.integers(0, 5), reason=st.sampled_from(VoidReason))
    def void(self, which: int, reason: VoidReason) -> None:
        at = which % len(self.titles)
        try:
            self.titles[at] = self.titles[at].voided(reason, self.day)
        except TitleStepNotAllowed:
            assert not self.titles[at].live

    @rule()
    def duplicate(self) -> None:
        last = self.titles[-1]
        try:
            self.titles.append(last.duplicate(FORM, self.day, LAST_DAYS))
        except TitleStepNotAllowed:
            assert last.live or last.void_reason not in REPLACED or self.day > last.ends_on

    @invariant()
    def one_serial_counts_at_most(self) -> None:
        assert sum(title.live for title in self.titles) <= 1
        assert all(not title.live for title in self.titles[:-1])

    @invariant()
    def serials_differ_and_ranks_go_up(self) -> None:
        assert len({title.serial for title in self.titles}) == len(self.titles)
        assert [title.copy_no for title in self.titles] == list(range(len(self.titles)))

    @invariant()
    def what_is_void_says_why_and_nothing_else_does(self) -> None:
        assert all((title.void_reason is None) is title.live for title in self.titles)

    @invariant()
    def the_list_and_the_period_never_change(self) -> None:
        assert {(title.listed, title.starts_on, title.ends_on) for title in self.titles} == {
            ((1,), DAY, DAY + dt.timedelta(days=364))
        }


TestLife = Life.TestCase
