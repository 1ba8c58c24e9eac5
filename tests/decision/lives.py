"""Lives of a case to play: events of the three topics, built small, and the fold over them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from services.decision.domain.case.apply_event import apply_event
from services.decision.domain.case.case import Case, CaseUpdate
from services.decision.domain.case.context import CaissePolicy, DecisionContext, PendingEvent
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law.edition import current
from shared.contract import events as ev
from shared.contract.facts import ApplicationFacts, Paper
from shared.contract.sealed_figures import new_key
from shared.ids import uuid7
from tests.decision.files import day, file, paper, uid

APPLICATION = uid(1)
SYSTEM = ev.Actor(role="system", id="test")
FIGURES_KEY = new_key()
AUTOMATIC = CaissePolicy(
    automatic_grant=True, signatory="agent-1", appeal_body=lambda on: "cdas" if on.year < 2019 else "rapo"
)
BY_HAND = CaissePolicy(appeal_body=AUTOMATIC.appeal_body)


def full(facts: CaseFacts) -> ApplicationFacts:
    """An application as intake sends it, names and all, that says the same."""
    body = facts.model_dump(mode="json")
    for member in body["members"]:
        member["family_name"] = "Traoré"
    body["address"] = {"lodging": body.pop("lodging")}
    return ApplicationFacts.model_validate(body)


def event(model: type[ev.Event], /, sequence: int = 1, on: str = "2008-03-10", **fields: Any) -> Any:
    common = {
        "application_id": APPLICATION,
        "caisse": "751",
        "actor": SYSTEM,
        "correlation_id": "t",
        "sequence": sequence,
    }
    return model.new(**{**common, "business_date": day(on), **fields})


def of(event: ev.Event, application: UUID, caisse: str = "751", on: str | None = None) -> Any:
    """The same event for another application."""
    moved = {"id": uuid7(), "application_id": application, "caisse": caisse}
    return event.model_copy(update=moved | ({"business_date": day(on)} if on else {}))


def submitted(sequence: int = 1, **changes: Any) -> ev.ApplicationSubmitted:
    found: ev.ApplicationSubmitted = event(
        ev.ApplicationSubmitted, sequence, facts=full(file(**changes)), figures_key=FIGURES_KEY
    )
    return found


def received(sequence: int, *papers: dict[str, Any]) -> ev.PaperReceived:
    found: ev.PaperReceived = event(ev.PaperReceived, sequence, papers=[Paper.model_validate(one) for one in papers])
    return found


def identity_cleared(facts_sequence: int = 1) -> ev.IdentityCleared:
    found: ev.IdentityCleared = event(
        ev.IdentityCleared, facts_sequence=facts_sequence, checked_pairs=3, algorithm="a", model_version="1"
    )
    return found


def signal(*pairs: int, facts_sequence: int = 1) -> ev.SignalRaised:
    found: ev.SignalRaised = event(
        ev.SignalRaised,
        facts_sequence=facts_sequence,
        checked_pairs=3,
        algorithm="a",
        model_version="1",
        pairs=[
            ev.PairFact(
                pair_id=uid(pair),
                member_id=uid(100),
                other_member_id=uid(200 + pair),
                other_application_id=uid(2),
                other_caisse="931",
                probability=0.9,
                level="to_examine",
                features=[],
            )
            for pair in pairs
        ],
    )
    return found


def judgement(pair: int, verdict: str, open_pairs: int = 0) -> ev.PairJudged:
    found: ev.PairJudged = event(
        ev.PairJudged,
        pair_id=uid(pair),
        other_application_id=uid(2),
        judgement=verdict,
        reason_code="r",
        reviewer="agent-2",
        open_pairs=open_pairs,
    )
    return found


def letter_posted(number: int, on: str) -> ev.LetterPosted:
    found: ev.LetterPosted = event(
        ev.LetterPosted, on=on, letter_id=uid(9), kind="paper_request", posted_on=day(on), request_no=number
    )
    return found


def letter_notified(
    decision_id: UUID | None, state: str, on: str | None, *, kind: str = "refusal", revision: int = 1
) -> ev.LetterNotified:
    """What letters publishes of the notification of a letter."""
    found: ev.LetterNotified = event(
        ev.LetterNotified,
        on=on or "2026-03-24",
        letter_id=uid(9),
        kind=kind,
        state=state,
        notified_on=day(on) if on else None,
        way="registered",
        revision=revision,
        decision_id=decision_id,
    )
    return found


def title_handed_over(on: str) -> ev.TitleHandedOver:
    found: ev.TitleHandedOver = event(
        ev.TitleHandedOver, on=on, handed_on=day(on), serial="931-1", received_by="applicant"
    )
    return found


def incomplete(**changes: Any) -> dict[str, Any]:
    """An application without its residence paper."""
    return {"papers": [paper("passport", "identity")], **changes}


BILL = paper("energy_bill", "residence", dated="2007-10-10")


def context(on: str | dt.date = "2008-03-10", policy: CaissePolicy = AUTOMATIC) -> DecisionContext:
    return DecisionContext(day(on) if isinstance(on, str) else on, current(), policy, "engine")


class Life:
    """One case lived event by event."""

    def __init__(self, policy: CaissePolicy = AUTOMATIC, on: str = "2008-03-10") -> None:
        self.case = Case(application_id=APPLICATION, caisse="751")
        self.facts: CaseFacts | None = None
        self.emitted: list[PendingEvent] = []
        self.evaluations: list[Any] = []
        self.policy = policy
        self.on = on

    def live(self, events: Iterable[ev.Event], on: str | None = None) -> Life:
        for one in events:
            one.business_date = day(on or self.on)
            self._take(apply_event(self.case, self.facts, one, context(on or self.on, self.policy)))
        return self

    def _take(self, step: CaseUpdate) -> None:
        self.case, self.facts = step.case, step.facts
        self.emitted += step.emissions
        self.evaluations += [step.assessment] if step.assessment else []

    @property
    def told(self) -> list[str]:
        """What was emitted, evaluations left out."""
        return [one.event.__name__ for one in self.emitted if one.event is not ev.Evaluated]

    @property
    def last(self) -> dict[str, Any]:
        return self.emitted[-1].fields
