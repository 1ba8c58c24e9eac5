"""What reporting keeps of an application, whatever the order in which the other services speak."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.application_record import (
    RIGHTS_FOLLOW_FROM,
    STAYS_FOLLOW_FROM,
    ApplicationRecord,
    Stay,
    applied,
    changes_record,
    folded,
    is_minor,
)
from services.reporting.domain.letters import Letter, fold_letters
from services.reporting.domain.signals import Signal, fold_signals
from shared.contract import events as ev
from shared.contract.facts import Channel, Member, Relation
from shared.ids import named_uuid
from tests.reporting.lives import ADDRESSES, Life, deliveries, full_lives, lives

D = dt.date


def record_of(told: Sequence[ev.Event]) -> ApplicationRecord:
    return folded(ApplicationRecord(told[0].application_id), told)


@given(st.data())
def test_any_interleaving_of_the_topics_and_any_repetition_gives_the_same_facts(data: st.DataObject) -> None:
    told = data.draw(lives())
    got = data.draw(deliveries(told))
    assert record_of(got) == record_of(told)
    assert record_of([event for event in got if changes_record(event)]) == record_of(told)


@given(st.data())
def test_any_cut_into_batches_gives_the_same_signals_and_letters(data: st.DataObject) -> None:
    told = data.draw(lives())
    got = data.draw(deliveries(told))
    cut = data.draw(st.integers(0, len(got)))
    signals: dict[tuple[UUID, UUID], Signal] = {}
    letters: dict[UUID, Letter] = {}
    for batch in (got[:cut], got[cut:]):
        changed = fold_signals(signals.values(), [e for e in batch if isinstance(e, ev.IdentityEvent)])
        signals |= {(one.application_id, one.pair_id): one for one in changed}
        letters |= fold_letters(letters, [e for e in batch if isinstance(e, ev.LetterEvent)])
    straight = fold_signals([], [e for e in told if isinstance(e, ev.IdentityEvent)])
    assert sorted(signals.values(), key=lambda one: one.pair_id) == sorted(straight, key=lambda one: one.pair_id)
    assert letters == fold_letters({}, [e for e in told if isinstance(e, ev.LetterEvent)])


@given(lives())
def test_a_file_is_at_one_caisse_at_a_time_and_leaves_after_it_arrives(told: list[ev.Event]) -> None:
    record = record_of(told)
    stays = record.stays
    assert [stay.n for stay in stays] == list(range(len(stays)))
    for stay, following in pairwise(stays):
        assert (stay.left_by, following.arrived_by) == ("transferred_out", "transferred_in")
        assert stay.left_on == following.arrived_on
    assert all(stay.left_on is None or stay.left_on >= stay.arrived_on for stay in stays)
    assert stays[-1].caisse == record.caisse
    assert (stays[-1].left_on is None) == (record.state == "waiting")


def test_an_address_is_complete_when_a_letter_can_be_written_to_it() -> None:
    told = [Life(str(n)).submitted(D(2008, 1, 10), address=address) for n, address in enumerate(ADDRESSES)]
    records = [record_of([one]) for one in told]
    assert [one.address_complete for one in records] == [False, True, True, False]
    assert [one.telephone for one in records] == [False, False, True, True]


def test_a_decision_that_comes_before_its_application_counts_when_the_application_comes() -> None:
    life = Life("a")
    submitted = life.submitted(D(2008, 1, 10), births=("1970-01-01", "2005-01-01"))
    granted = life.granted(D(2008, 2, 1), members=1, refused=("over_ceiling",))
    early = record_of([granted])
    assert (early.state, early.stays, early.caisse) == ("granted", [], None)
    record = folded(early, [submitted])
    assert record.stays == [Stay(0, "751", D(2008, 1, 10), "received", D(2008, 2, 1), "granted")]
    assert (record.persons_granted, record.persons_refused, record.motives) == (1, 1, ("over_ceiling",))


def test_a_transferred_file_passes_through_two_caisses() -> None:
    life = Life("a")
    told = [life.submitted(D(2008, 1, 10)), life.transferred(D(2008, 1, 20), "931"), life.refused(D(2008, 4, 2))]
    record = record_of(told)
    assert (record.received_caisse, record.caisse, record.state) == ("751", "931", "refused")
    assert record.stays == [
        Stay(0, "751", D(2008, 1, 10), "received", D(2008, 1, 20), "transferred_out"),
        Stay(1, "931", D(2008, 1, 20), "transferred_in", D(2008, 4, 2), "refused"),
    ]


def test_a_decision_that_crossed_a_withdrawal_or_a_transfer_still_counts_once() -> None:
    life = Life("a")
    told = [
        life.submitted(D(2008, 1, 10)),
        life.withdrawn(D(2008, 1, 12)),
        life.granted(D(2008, 1, 12)),
        life.transferred(D(2008, 1, 15), "931"),
    ]
    record = record_of(told)
    assert record.state == "granted"
    assert [(stay.caisse, stay.left_on, stay.left_by) for stay in record.stays] == [
        ("751", D(2008, 1, 15), "transferred_out"),
        ("931", D(2008, 1, 15), "granted"),
    ]


@pytest.mark.parametrize("how", ["appeal_settled", "revoked"])
def test_a_refusal_that_falls_puts_the_file_back_into_the_stock_until_it_is_decided_anew(how: str) -> None:
    life = Life("a")
    told = [life.submitted(D(2026, 1, 10)), life.refused(D(2026, 2, 1), "over_ceiling")]
    told.append(
        life.appeal_settled(D(2026, 3, 2)) if how == "appeal_settled" else life.revoked(D(2026, 3, 2), "refused")
    )
    assert all(map(changes_record, told))
    open_again = record_of(told)
    assert (open_again.state, open_again.motives, open_again.persons_refused) == ("waiting", (), 0)
    assert open_again.stays == [Stay(0, "751", D(2026, 1, 10), "received")]
    decided = folded(open_again, [life.granted(D(2026, 3, 9))])
    assert (decided.state, decided.persons_granted, decided.closed_on) == ("granted", 1, D(2026, 3, 9))


def test_a_rejected_appeal_changes_nothing_and_a_right_taken_back_is_a_refusal() -> None:
    life = Life("a")
    granted = record_of([life.submitted(D(2026, 1, 10)), life.granted(D(2026, 2, 1))])
    rejected = life.appeal_settled(D(2026, 3, 2), reopened=False)
    assert not changes_record(rejected)
    taken = folded(granted, [life.revoked(D(2026, 5, 2), "granted")])
    assert (taken.state, taken.persons_granted, taken.decided_on) == ("refused", 0, D(2026, 5, 2))


def test_a_file_erased_before_a_decision_leaves_the_stock_and_a_decided_one_keeps_its_outcome() -> None:
    life = Life("a")
    erased = life.tell(ev.ApplicationErased, D(2008, 5, 1), legal_ground="right_to_erasure")
    waiting = folded(ApplicationRecord(life.id), [Life("a").submitted(D(2008, 1, 10))])
    gone = folded(waiting, [erased.model_copy(update={"sequence": 2})])
    assert (gone.state, gone.closed_on) == ("withdrawn", D(2008, 5, 1))
    decided = folded(gone, [Life("a").granted(D(2008, 2, 1))])
    assert (decided.state, decided.closed_on) == ("granted", D(2008, 2, 1))


@pytest.mark.parametrize(
    ("told", "complete_at_receipt"),
    [
        ((), None),
        (("completed",), True),
        (("papers_requested",), False),
        (("papers_requested", "completed"), False),
        (("completed", "papers_requested"), True),
    ],
)
def test_a_file_is_incomplete_at_receipt_when_papers_were_asked_before_it_was_complete(
    told: tuple[str, ...], complete_at_receipt: bool | None
) -> None:
    life = Life("a")
    steps = [getattr(life, step)(D(2008, 1, 11)) for step in told]
    assert record_of([life.submitted(D(2008, 1, 10)), *steps]).complete_at_receipt is complete_at_receipt


@pytest.mark.parametrize(
    ("channel", "days"), [(Channel.CPAM, None), (Channel.POST, None), (Channel.CCAS, 9), (Channel.HOSPITAL, 9)]
)
def test_only_a_third_party_transmits(channel: Channel, days: int | None) -> None:
    submitted = Life("a").submitted(D(2008, 1, 10), deposited_on=D(2008, 1, 1), channel=channel)
    assert record_of([submitted]).transmitted_days == days


def test_a_priority_certificate_that_comes_later_makes_the_file_a_priority() -> None:
    life, certificate = Life("a"), Life("b").submitted(D(2008, 1, 1), priority=True).facts.papers
    told = [life.submitted(D(2008, 1, 10)), life.tell(ev.PaperReceived, D(2008, 1, 11), papers=certificate)]
    assert (record_of(told[:1]).priority, record_of(told).priority) == (False, True)


def test_the_amended_facts_replace_the_first_and_the_first_caisse_stays() -> None:
    life = Life("a")
    told = [life.submitted(D(2008, 1, 10)), life.transferred(D(2008, 1, 12), "931")]
    facts = Life("a").submitted(D(2008, 1, 9), births=("1970-01-01", "2001-01-01")).facts
    record = record_of([*told, life.tell(ev.ApplicationAmended, D(2008, 1, 13), facts=facts, changes=[])])
    assert (record.received_caisse, record.received_on, record.adults, record.minors) == ("751", D(2008, 1, 9), 1, 1)


@pytest.mark.parametrize(
    ("birth", "relation", "minor"),
    [
        ("1990-01-16", Relation.APPLICANT, True),
        ("1990-01-15", Relation.APPLICANT, False),
        ("1990-01-00", Relation.CHILD, False),
        ("1991-00-00", Relation.CHILD, True),
        ("1990-00-00", Relation.CHILD, False),
        (None, Relation.CHILD, True),
        (None, Relation.APPLICANT, False),
        ("1992-02-29", Relation.CHILD, True),
    ],
)
def test_a_minor_is_under_eighteen_on_the_day_of_deposit(birth: str | None, relation: Relation, minor: bool) -> None:
    member = Member(member_id=named_uuid("m"), rank=0, relation=relation, family_name="NOM", birth_date=birth)
    assert is_minor(member, D(2008, 1, 15)) is minor


def test_a_pair_raised_again_is_open_again_and_a_search_that_finds_nobody_drops_the_open_ones() -> None:
    life = Life("a")
    told = [
        life.signalled(D(2008, 1, 1), "x", "y"),
        life.judged(D(2008, 1, 2), "x", "different"),
        life.cleared(D(2008, 1, 3)),
        life.signalled(D(2008, 1, 4), "x", facts_sequence=0),
    ]
    after_clear = {one.pair_id: one for one in fold_signals([], told[:3])}
    x, y = named_uuid("pair", "x"), named_uuid("pair", "y")
    assert (after_clear[x].judgement, after_clear[x].dropped_on) == ("different", None)
    assert (after_clear[y].judgement, after_clear[y].dropped_on) == (None, D(2008, 1, 3))
    again = {one.pair_id: one for one in fold_signals([], told)}
    assert (again[x].judgement, again[x].raised_on) == (None, D(2008, 1, 1))
    assert again[x].side == "receiver", "the side of the search that found it first"


def test_a_letter_is_issued_rendered_posted_and_may_be_cancelled() -> None:
    life, day = Life("a"), D(2008, 1, 2)
    told = [
        life.letter(day, "refusal"),
        life.rendered(day, "refusal"),
        life.posted(day, "refusal"),
        life.cancelled(day, "refusal"),
    ]
    [letter] = fold_letters({}, told).values()
    assert (letter.issued_on, letter.rendered, letter.pages, letter.posted_on, letter.cancelled_on) == (
        day,
        True,
        2,
        day,
        day,
    )
    stale = random.Random(1).sample(told, len(told))
    assert fold_letters({letter.letter_id: letter}, stale) == {}
    assert replace(letter, sequence=0) != letter


@given(st.one_of(lives(), full_lives("a")))
def test_passages_and_rights_move_with_the_fields_that_they_are_said_to_follow_from(told: list[ev.Event]) -> None:
    """What the store writes is chosen by these fields: one that is missing there would leave a row behind."""
    record = ApplicationRecord(told[0].application_id)
    for event in told:
        after = applied(record, event)
        changed = {one.name for one in fields(record) if getattr(record, one.name) != getattr(after, one.name)}
        assert after.stays == record.stays or changed & STAYS_FOLLOW_FROM
        assert after.opened_rights == record.opened_rights or changed & RIGHTS_FOLLOW_FROM
        record = after
