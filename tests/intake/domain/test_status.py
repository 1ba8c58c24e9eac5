"""What a front end may know of the other services: codes and dates, never a pair, a proposal or a ground."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.protected_place import HIDDEN_BODY, without_place
from services.intake.domain.status import status_fields, status_of
from shared.contract import events as ev
from shared.contract.facts import Address, ApplicationFacts, Channel, Deposit, Kind, Lodging, Member, Relation
from shared.contract.letter_kinds import LetterKind

ID = UUID(int=1)
ON = dt.date(2026, 3, 3)


def event(model: type[ev.Event], **fields: Any) -> Any:
    """An event of one application on one day."""
    actor = ev.Actor(role="system", id="test")
    common = {"application_id": ID, "caisse": "751", "actor": actor, "correlation_id": "0" * 32, "business_date": ON}
    return model.new(**{**common, **fields})


def revoked(outcome: str) -> Any:
    return event(
        ev.Revoked,
        decision_id=ID,
        revoked_decision_id=ID,
        outcome=outcome,
        ground="unlawful",
        revoked_on=ON,
        signatory="s",
        reference="CRPA L. 242-1",
    )


def settled(reopened: bool) -> Any:
    fields = {"decision_id": ID, "appeal_no": 1, "body": "rapo", "outcome": "annulled", "implicit": False}
    return event(ev.AppealSettled, settled_on=ON, reopened=reopened, **fields)


def judged(open_pairs: int) -> Any:
    fields = {"pair_id": ID, "other_application_id": ID, "judgement": "same", "reason_code": "r", "reviewer": "agent"}
    return event(ev.PairJudged, open_pairs=open_pairs, **fields)


SEARCH = {"checked_pairs": 0, "algorithm": "learned", "model_version": "1"}
LETTER = {"letter_id": UUID(int=7), "kind": LetterKind.REFUSAL}


@pytest.mark.parametrize(
    ("told", "known"),
    [
        (event(ev.IdentityCleared, facts_sequence=1, **SEARCH), {"status": "cleared", "on": "2026-03-03"}),
        (event(ev.SignalRaised, pairs=[], **SEARCH), {"status": "to_examine", "on": "2026-03-03"}),
        (judged(0), {"status": "examined", "on": "2026-03-03"}),
        (judged(1), {"status": "to_examine", "on": "2026-03-03"}),
        (event(ev.Linked, person_id=ID, pair_id=None, member_id=ID), {"linked": True}),
        (event(ev.FileCompleted, completed_on=ON), {"status": "complete", "completed_on": "2026-03-03"}),
        (
            event(ev.Refused, decision_id=ID, motives=[], decided_on=ON, appeal_body="rapo", signatory="s"),
            {"status": "refused", "decided_on": "2026-03-03"},
        ),
        (
            event(ev.LapsedToRefusal, decision_id=ID, lapsed_on=ON, appeal_body="rapo"),
            {"status": "lapsed", "decided_on": "2026-03-03"},
        ),
        (revoked("granted"), {"status": "refused", "decided_on": "2026-03-03", "effect_on": None}),
        (revoked("refused"), {"status": "complete", "decided_on": None, "effect_on": None}),
        (
            event(ev.DeadlinePassed, clock="silence", due_on=ON),
            {"deadline": {"clock": "silence", "due_on": "2026-03-03", "passed": True}},
        ),
    ],
)
def test_what_a_front_end_may_know(told: Any, known: dict[str, Any]) -> None:
    assert status_fields(told) == known


def test_an_appeal_that_reopens_the_file_takes_its_decision_back() -> None:
    assert status_fields(settled(reopened=True))["status"] == "complete"
    assert "status" not in status_fields(settled(reopened=False))
    assert (status_of(settled(reopened=True)), status_of(settled(reopened=False))) == ("complete", None)


def test_of_a_letter_the_last_thing_known_is_kept_under_its_id() -> None:
    posted = event(ev.LetterPosted, posted_on=dt.date(2026, 3, 5), **LETTER)
    assert status_fields(posted) == {str(UUID(int=7)): {"kind": "refusal", "status": "posted", "on": "2026-03-05"}}


def test_the_place_of_a_protected_household_is_neither_address_nor_desk() -> None:
    facts = ApplicationFacts(
        kind=Kind.FIRST,
        deposit=Deposit(channel=Channel.CCAS, body="ccas-751", deposited_on=ON, received_on=ON),
        members=[Member(member_id=ID, rank=0, family_name="Diarra", relation=Relation.APPLICANT)],
        address=Address(line="12 rue des Lilas", postcode="75018", lodging=Lodging.HOSTED_FREE),
    )
    seen = without_place(facts)
    assert (seen.address.line, seen.address.postcode, seen.deposit.body) == ("", "", HIDDEN_BODY)
    assert seen.address.lodging is Lodging.HOSTED_FREE
    assert seen.members == facts.members
