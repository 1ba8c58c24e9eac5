"""Whether and when a letter is notified, whatever the order in which the post, the desk and the returns tell it."""

from __future__ import annotations

import datetime as dt
import itertools
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.decision.domain.case import decision
from services.decision.domain.case.case import Case
from services.decision.domain.case.grounds import motive
from services.decision.domain.law.edition import current
from services.letters.domain.delivery import (
    AddressState,
    Cause,
    DeliveryFact,
    FactKind,
    NextAct,
    Notification,
    came_back,
    contradicted,
    despatch_notification,
    effect_elsewhere,
    effect_of,
    letter_notification,
    number_fault,
)
from services.letters.domain.kind_definition import Way
from services.letters.domain.letter_number import bars, number_of, read_number
from tests.decision.files import applicant
from tests.decision.lives import BY_HAND, Life, context, letter_notified, submitted

DAY = dt.date(2026, 3, 24)


def fact(kind: FactKind, after: int = 0, cause: Cause | None = None, number: int = 0) -> DeliveryFact:
    on = DAY + dt.timedelta(days=after)
    return DeliveryFact(UUID(int=hash((kind, after, cause, number)) % 2**64), kind, on, cause)


POSTED = fact(FactKind.POSTED)
PRESENTED = fact(FactKind.PRESENTED, 2)
NOTICE = fact(FactKind.NOTICE_LEFT, 2)
COLLECTED = fact(FactKind.COLLECTED, 6)


def back(cause: Cause) -> DeliveryFact:
    return fact(FactKind.RETURNED, 18, cause)


@pytest.mark.parametrize(
    ("way", "facts", "state", "after"),
    [
        (Way.ORDINARY, [POSTED], "unprovable", 0),
        (Way.ORDINARY, [POSTED, back(Cause.UNKNOWN)], "not_notified", None),
        (Way.REGISTERED, [POSTED], "pending", None),
        (Way.REGISTERED, [POSTED, PRESENTED, COLLECTED], "proved", 6),
        (Way.REGISTERED, [POSTED, PRESENTED, NOTICE, back(Cause.UNCLAIMED)], "presumed", 2),
        (Way.REGISTERED, [POSTED, PRESENTED, back(Cause.UNCLAIMED)], "unprovable", None),
        (Way.REGISTERED, [POSTED, PRESENTED, back(Cause.REFUSED)], "presumed", 2),
        (Way.REGISTERED, [POSTED, back(Cause.UNKNOWN)], "not_notified", None),
        (Way.REGISTERED, [POSTED, back(Cause.ACCESS)], "not_notified", None),
        (Way.REGISTERED, [POSTED, PRESENTED, COLLECTED, back(Cause.UNCLAIMED)], "unprovable", None),
        (Way.TRACKED, [POSTED, COLLECTED], "presumed", 6),
        (Way.HANDED_OVER, [fact(FactKind.HANDED_OVER, 3)], "proved", 3),
        (Way.ELECTRONIC, [fact(FactKind.SENT)], "unprovable", 0),
    ],
)
def test_what_one_despatch_says_in_any_order(
    way: Way, facts: list[DeliveryFact], state: str, after: int | None
) -> None:
    on = None if after is None else DAY + dt.timedelta(days=after)
    for order in itertools.permutations(facts):
        found = despatch_notification(way, order)
        assert (found.state, found.on) == (state, on), order


def test_two_answers_that_differ_are_unprovable_until_a_person_sets_one_aside() -> None:
    other = fact(FactKind.COLLECTED, 9)
    known = [POSTED, PRESENTED, COLLECTED, other]
    assert despatch_notification(Way.REGISTERED, known).state == "unprovable"
    assert set(contradicted(known)) == {COLLECTED, other}
    aside = DeliveryFact(other.fact_id, other.kind, other.on, other.cause, set_aside=True)
    assert despatch_notification(Way.REGISTERED, [POSTED, PRESENTED, COLLECTED, aside]).on == COLLECTED.on


def test_a_letter_collected_before_it_was_presented_is_a_contradiction() -> None:
    assert len(contradicted([POSTED, PRESENTED, fact(FactKind.COLLECTED, 1)])) == 2


@pytest.mark.parametrize(
    ("cause", "before", "state", "act"),
    [
        (Cause.UNKNOWN, AddressState.UNCHANGED, AddressState.DOUBTFUL, NextAct.ASK_TRANSMITTER),
        (Cause.ACCESS, AddressState.UNCHANGED, AddressState.TO_REPAIR, NextAct.REPAIR_AND_SEND_ONCE),
        (Cause.ACCESS, AddressState.TO_REPAIR, AddressState.DOUBTFUL, NextAct.ASK_TRANSMITTER),
        (Cause.UNCLAIMED, AddressState.UNCHANGED, AddressState.UNCHANGED, NextAct.SECOND_LETTER_ORDINARY),
        (Cause.UNCLAIMED, AddressState.DOUBTFUL, AddressState.DOUBTFUL, NextAct.SECOND_LETTER_ORDINARY),
        (Cause.REFUSED, AddressState.UNCHANGED, AddressState.UNCHANGED, NextAct.NONE),
    ],
)
def test_each_cause_has_its_effect_on_the_address_and_its_next_act(
    cause: Cause, before: AddressState, state: AddressState, act: NextAct
) -> None:
    assert effect_of(cause, before) == (state, act)


@pytest.mark.parametrize("cause", Cause)
def test_a_return_from_elsewhere_asks_nothing_of_the_address_of_now(cause: Cause) -> None:
    act = effect_elsewhere(cause)
    assert act is not NextAct.ASK_TRANSMITTER
    assert (act is NextAct.REPAIR_AND_SEND_ONCE) == (cause in (Cause.UNKNOWN, Cause.ACCESS))


def test_a_return_is_of_the_first_despatch_by_post_that_has_not_ended() -> None:
    registered = (1, Way.REGISTERED, DAY, [POSTED, PRESENTED, NOTICE])
    ended = (1, Way.REGISTERED, DAY, [POSTED, back(Cause.UNCLAIMED)])
    second = (2, Way.ORDINARY, DAY + dt.timedelta(days=20), [fact(FactKind.POSTED, 20)])
    handed = (3, Way.HANDED_OVER, DAY, [fact(FactKind.HANDED_OVER)])
    later = DAY + dt.timedelta(days=30)
    assert came_back([registered, second, handed], later) == 1
    assert came_back([ended, second, handed], later) == 2
    assert came_back([ended, second, handed], DAY + dt.timedelta(days=10)) == 2, "told late, of the last by post"
    assert came_back([handed], later) is None
    assert came_back([], later) is None


def test_the_first_sure_day_of_several_despatches_counts() -> None:
    """A second ordinary letter after an unclaimed one changes nothing; nor does a copy handed over later."""
    presumed, later = Notification("presumed", DAY), Notification("proved", DAY + dt.timedelta(days=40))
    ordinary = Notification("unprovable", DAY + dt.timedelta(days=20))
    for order in itertools.permutations([presumed, later, ordinary]):
        assert letter_notification(order) == presumed


@given(st.uuids())
def test_a_number_is_read_as_it_was_printed(letter_id: UUID) -> None:
    number = number_of(letter_id)
    assert read_number(f" {number[:10]} {number[10:]}\n") == number
    assert read_number(number[:-1]) is None
    assert sum(bars(number)) == 11 * 13 + 2, "start, ten pairs, check, stop"


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("2C123456789012", ""),
        ("RR473124829FR", ""),
        ("RR473124820FR", "registered_number_check"),
        ("2c123", "registered_number_format"),
        ("", "registered_number_format"),
    ],
)
def test_a_registered_number_is_checked_as_far_as_its_form_allows(number: str, fault: str) -> None:
    assert number_fault(number) == fault


class Delivery(RuleBasedStateMachine):
    """A refusal sent by registered post: tracking, returns, a hand-over and a second letter, told in any order.

    After each fact the letter is notified or not, and decision's delay of appeal follows exactly that.
    """

    @initialize()
    def refused(self) -> None:
        self.life = Life(BY_HAND, "2026-03-10").live(
            [submitted(deposited="2026-03-10", members=applicant("2026-03-10", entered_on="2026-02-01"))]
        )
        ground = motive("residence_too_short", 0, current(), dt.date(2026, 3, 10))
        signed = decision.Signature("agent-7")
        self.life.case, _ = decision.refuse(self.life.case, [ground], False, context("2026-03-20", BY_HAND), signed)
        self.despatches: list[tuple[Way, list[DeliveryFact]]] = [(Way.REGISTERED, [])]
        self.revision = 0

    def tell(self, despatch: int, new: DeliveryFact) -> None:
        _, facts = self.despatches[despatch % len(self.despatches)]
        if new not in facts:
            facts.append(new)
        found = self.found
        self.revision += 1
        sure = found.state in ("proved", "presumed")
        on = found.on.isoformat() if found.on else None
        state = found.state if sure else "unprovable"
        event = letter_notified(self.life.case.decision_id, state, on, revision=self.revision)
        self.life.live([event], on="2026-07-01")

    @property
    def found(self) -> Notification:
        return letter_notification(despatch_notification(way, facts) for way, facts in self.despatches)

    @rule(despatch=st.integers(0, 2), after=st.integers(0, 3))
    def posted(self, despatch: int, after: int) -> None:
        self.tell(despatch, fact(FactKind.POSTED, after, number=despatch))

    @rule(despatch=st.integers(0, 2), after=st.integers(2, 5), notice=st.booleans())
    def presented(self, despatch: int, after: int, notice: bool) -> None:
        self.tell(despatch, fact(FactKind.PRESENTED, after, number=despatch))
        if notice:
            self.tell(despatch, fact(FactKind.NOTICE_LEFT, after, number=despatch))

    @rule(despatch=st.integers(0, 2), after=st.integers(3, 18))
    def collected(self, despatch: int, after: int) -> None:
        self.tell(despatch, fact(FactKind.COLLECTED, after, number=despatch))

    @rule(despatch=st.integers(0, 2), after=st.integers(15, 25), cause=st.sampled_from(Cause))
    def returned(self, despatch: int, after: int, cause: Cause) -> None:
        self.tell(despatch, fact(FactKind.RETURNED, after, cause, despatch))

    @rule(after=st.integers(0, 30))
    def handed_over(self, after: int) -> None:
        self.despatches.append((Way.HANDED_OVER, []))
        self.tell(len(self.despatches) - 1, fact(FactKind.HANDED_OVER, after, number=9))

    @rule(after=st.integers(5, 30))
    def sent_again_by_ordinary_post(self, after: int) -> None:
        self.despatches.append((Way.ORDINARY, []))
        self.tell(len(self.despatches) - 1, fact(FactKind.POSTED, after, number=8))

    @invariant()
    def order_of_arrival_changes_nothing(self) -> None:
        backwards = [(way, list(reversed(facts))) for way, facts in reversed(self.despatches)]
        again = letter_notification(despatch_notification(way, facts) for way, facts in backwards)
        assert (again.state, again.on) == (self.found.state, self.found.on)

    @invariant()
    def the_delay_of_appeal_follows(self) -> None:
        case: Case = self.life.case
        clock = next(one for one in case.computed_clocks(context("2026-07-01", BY_HAND)) if one.name == "appeal")
        found = self.found
        if self.revision == 0 or found.on is None:
            assert clock.due_on is None
            assert not clock.binding
        else:
            assert clock.starts_on == found.on
            assert clock.binding == (found.state in ("proved", "presumed"))

    @invariant()
    def what_is_contradicted_is_held_against_nobody(self) -> None:
        if all(contradicted(facts) for _, facts in self.despatches):
            assert self.found.state == "unprovable"


TestDelivery = Delivery.TestCase
TestDelivery.settings = settings(max_examples=60, stateful_step_count=14, deadline=None)
