"""The life of a file, told by a state machine that does anything to it in any order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.intake.domain.application import (
    OPEN,
    ActionNotAllowed,
    Application,
    ErasureGround,
    StaleVersion,
    State,
    TransferReason,
    WithdrawalReason,
    submit,
)
from services.intake.domain.document import changes, merged
from services.intake.domain.input_errors import InvalidApplication
from shared.contract.events import (
    ApplicationAmended,
    ApplicationErased,
    ApplicationEvent,
    ApplicationSubmitted,
    ApplicationTransferred,
    ApplicationWithdrawn,
    PaperReceived,
)
from shared.contract.facts import Paper, PaperKind, PaperUse
from tests.intake.examples import BY, KNOWN, TODAY, application


def received(document: dict[str, Any] | None = None) -> tuple[Application, list[ApplicationEvent]]:
    return submit(document or application(), application_id=uuid4(), caisse="751", reference="A-1", known=KNOWN, by=BY)


def paper(dated: dt.date | None = None) -> Paper:
    return Paper(paper_id=uuid4(), kind=PaperKind.LEASE, use=PaperUse.RESIDENCE, dated=dated, received_on=TODAY)


def test_a_submission_tells_all_its_facts() -> None:
    file, (event,) = received()
    assert isinstance(event, ApplicationSubmitted)
    assert (file.state, file.version, file.caisse) == (State.RECEIVED, 1, "751")
    assert event.facts == file.facts
    assert event.business_date == TODAY
    assert [member.rank for member in event.facts.members] == [0, 1]
    assert {paper.received_on for paper in event.facts.papers} == {event.facts.deposit.received_on}


def test_the_same_submission_gives_the_same_ids() -> None:
    same = uuid4()
    one, two = (
        submit(application(), application_id=same, caisse="751", reference="", known=KNOWN, by=BY)[0] for _ in range(2)
    )
    assert one.facts == two.facts


def test_an_amendment_tells_what_changed_and_keeps_who_is_who() -> None:
    file, _ = received()
    assert file.facts
    after, (event,) = file.amend({"address": {"city": "LYON", "postcode": "69003"}, "means": None}, KNOWN, BY)
    assert isinstance(event, ApplicationAmended)
    assert [(change.pointer, change.before, change.after) for change in event.changes] == [
        ("/means/estimate_cents", 360_000, None),
        ("/means/free_lodging_months", 3, 0),
        ("/address/postcode", "75018", "69003"),
        ("/address/city", "PARIS", "LYON"),
    ]
    assert after.version == 2
    assert event.facts.members == file.facts.members


def test_a_member_is_known_by_its_rank_or_its_id() -> None:
    file, _ = received()
    assert file.facts
    members = file.facts.model_dump(mode="json")["members"]
    renamed, _ = file.amend({"members": [{**members[0], "given_names": "Awa Fatou"}, members[1]]}, KNOWN, BY)
    without_ids = [{k: v for k, v in member.items() if k != "member_id"} for member in members]
    same, events = file.amend({"members": without_ids}, KNOWN, BY)
    assert renamed.facts
    assert renamed.facts.members[0].member_id == file.facts.members[0].member_id
    assert (same, events) == (file, [])


@pytest.mark.parametrize(
    ("patch", "pointer", "code"),
    [
        ({"deposit": {"deposited_on": "2008-02-31"}}, "/deposit/deposited_on", "impossible_date"),
        ({"deposit": {"deposited_on": "2008-01-18"}}, "/deposit/received_on", "received_before_deposited"),
        ({"deposit": None}, "/deposit", "missing"),
        ({"deposit": {"body": "nowhere"}}, "/deposit/body", "unknown_body"),
        ({"wish": "yes"}, "/wish", "unknown_field"),
        (
            {"papers": [{"kind": "lease", "use": "residence", "paper_id": str(uuid4())}]},
            "/papers/0/paper_id",
            "unknown_paper_id",
        ),
    ],
)
def test_an_amendment_that_cannot_be(patch: dict[str, Any], pointer: str, code: str) -> None:
    file, _ = received()
    with pytest.raises(InvalidApplication) as caught:
        file.amend(patch, KNOWN, BY)
    assert (pointer, code) in [(error.pointer, error.code) for error in caught.value.errors]


def test_the_applicant_is_never_replaced_by_another_member() -> None:
    file, _ = received()
    assert file.facts
    applicant, child = file.facts.model_dump(mode="json")["members"]
    swapped = [{**child, "relation": "applicant", "rank": 0}, {**applicant, "relation": "child", "rank": 1}]
    with pytest.raises(InvalidApplication) as caught:
        file.amend({"members": swapped}, KNOWN, BY)
    assert "applicant_replaced" in {error.code for error in caught.value.errors}


def test_a_contradictory_paper_is_named_among_the_new_ones() -> None:
    file, _ = received()
    with pytest.raises(InvalidApplication) as caught:
        file.receive_papers([paper(), paper(dated=TODAY + dt.timedelta(days=1))], BY)
    assert [(f.pointer, f.code) for f in caught.value.errors] == [("/papers/1/dated", "paper_dated_after_receipt")]


def test_a_transfer_is_told_under_the_new_caisse() -> None:
    file, _ = received()
    moved, (event,) = file.transfer("931", TransferReason.MOVED, KNOWN, BY)
    assert isinstance(event, ApplicationTransferred)
    assert (event.caisse, event.from_caisse, event.to_caisse, moved.caisse) == ("931", "751", "931", "931")
    with pytest.raises(ActionNotAllowed, match="931") as caught:
        moved.transfer("931", TransferReason.MOVED, KNOWN, BY)
    assert caught.value.code == "same_caisse"
    with pytest.raises(InvalidApplication):
        file.transfer("999", TransferReason.MOVED, KNOWN, BY)


def test_an_answered_file_is_not_withdrawn_nor_transferred() -> None:
    file, _ = received()
    answered = Application(file.application_id, file.caisse, file.state, file.version, file.facts, decided=True)
    acts: tuple[Callable[[], object], ...] = (
        lambda: answered.withdraw(WithdrawalReason.OTHER, BY),
        lambda: answered.transfer("931", TransferReason.MOVED, KNOWN, BY),
    )
    for act in acts:
        with pytest.raises(ActionNotAllowed) as caught:
            act()
        assert caught.value.code == "already_decided"


def test_a_writer_who_read_an_older_version_is_told() -> None:
    file, _ = received()
    file.expect(1)
    with pytest.raises(StaleVersion):
        file.expect(0)


class Life(RuleBasedStateMachine):
    """Whatever is asked of it, a file keeps one applicant, counts its events, and never leaves a final state."""

    @initialize()
    def deposit(self) -> None:
        self.file, events = received()
        self.told: list[ApplicationEvent] = list(events)

    def act(self, allowed: bool, act: Any) -> list[ApplicationEvent]:
        before = self.file
        try:
            self.file, events = act()
        except ActionNotAllowed:
            assert not allowed
            assert self.file is before
            return []
        assert allowed
        self.told += events
        return list(events)

    @property
    def open(self) -> bool:
        return self.file.state in OPEN

    @rule(city=st.text(alphabet="abcdé ", max_size=8), months=st.integers(0, 12))
    def amend(self, city: str, months: int) -> None:
        patch = {"address": {"city": city}, "means": {"free_lodging_months": months}}
        before = self.file.facts
        events = self.act(self.open, lambda: self.file.amend(patch, KNOWN, BY))
        for event in events:
            assert isinstance(event, ApplicationAmended)
            assert before is not None
            assert event.changes == changes(before, event.facts) != []

    @rule(age=st.integers(0, 400))
    def paper(self, age: int) -> None:
        one = paper(TODAY - dt.timedelta(days=age))
        events = self.act(self.open, lambda: self.file.receive_papers([one], BY))
        assert all(isinstance(event, PaperReceived) and event.papers == [one] for event in events)

    @rule(caisse=st.sampled_from(["751", "931", "973"]))
    def transfer(self, caisse: str) -> None:
        allowed = self.open and caisse != self.file.caisse
        self.act(allowed, lambda: self.file.transfer(caisse, TransferReason.MOVED, KNOWN, BY))

    @rule(reason=st.sampled_from(WithdrawalReason))
    def withdraw(self, reason: WithdrawalReason) -> None:
        events = self.act(self.open, lambda: self.file.withdraw(reason, BY))
        assert all(isinstance(event, ApplicationWithdrawn) for event in events)

    @precondition(lambda self: len(self.told) > 4)
    @rule(ground=st.sampled_from(ErasureGround))
    def erase(self, ground: ErasureGround) -> None:
        events = self.act(self.file.state is not State.ERASED, lambda: self.file.erase(ground, BY))
        assert all(isinstance(event, ApplicationErased) for event in events)

    @invariant()
    def its_version_counts_its_events(self) -> None:
        assert self.file.version == len(self.told)

    @invariant()
    def facts_live_until_erased_and_hold_one_applicant(self) -> None:
        assert (self.file.facts is None) == (self.file.state is State.ERASED)
        if self.file.facts:
            assert [member.rank for member in self.file.facts.members].count(0) == 1

    @invariant()
    def the_last_event_is_told_under_the_caisse_that_has_the_file(self) -> None:
        assert self.told[-1].caisse == self.file.caisse
        assert isinstance(self.told[0], ApplicationSubmitted)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a"], {"a": 1}, {"a": 1}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_follows_the_standard(target: Any, patch: Any, result: Any) -> None:
    """Examples of RFC 7396, appendix A."""
    assert merged(target, patch) == result
