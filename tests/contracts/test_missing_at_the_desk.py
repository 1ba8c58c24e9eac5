"""What the desk is told to be missing, without a name, is what the request for papers asks for afterwards.

Said of every application of the demonstration: intake's words go in, decision's question and decision's live case come
out.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from deploy import reference
from services.decision.domain.case.apply_event import apply_event
from services.decision.domain.case.case import Case
from services.decision.domain.case.context import CaissePolicy, DecisionContext
from services.decision.domain.law import edition
from services.decision.domain.simulation.request import read
from services.decision.domain.simulation.simulate import simulate
from services.intake.domain.interview.document import without_names
from shared.contract import events as ev
from shared.contract.facts import ApplicationFacts
from tests.decision.files import uid
from tests.decision.lives import SYSTEM
from tests.deploy.test_demo_data import recorded

FILES = [(key, facts) for key, facts in recorded("applications.csv").items() if isinstance(facts, ApplicationFacts)]
GIVEN_BY_THE_SERVICE = {"member_id", "rank", "paper_id", "sha256"}
Items = set[tuple[str, int]]


def caisse_of(facts: ApplicationFacts) -> str:
    return facts.deposit.body.split("-")[1][:3]


def told_at_the_desk(facts: ApplicationFacts) -> tuple[str, Items]:
    """The verdict and the list of the page before filing: the same question that it posts, names left out."""
    made: dict[str, Any] = facts.model_dump(mode="json", exclude_none=True)
    for part in ("members", "papers"):
        made[part] = [
            {name: value for name, value in one.items() if name not in GIVEN_BY_THE_SERVICE} for one in made[part]
        ]
    question = without_names({**made, "caisse": caisse_of(facts)})
    caisse = reference.caisses()[caisse_of(facts)]
    answer = simulate(
        read(json.dumps(question).encode()),
        edition.current(),
        edition.collection(),
        overseas=caisse.overseas,
        department=caisse.department,
    )
    return answer.verdict, {(item.code, item.member_rank) for item in answer.ask}


def asked_afterwards(facts: ApplicationFacts) -> Items | None:
    """What the first request for papers of the live case asks; None where none is sent."""
    day, caisse = facts.deposit.received_on, reference.caisses()[caisse_of(facts)]
    policy = CaissePolicy(automatic_grant=True, signatory="agent-1", overseas=caisse.overseas)
    context = DecisionContext(day, edition.current(), policy, "engine")
    submitted = ev.ApplicationSubmitted.new(
        application_id=uid(1),
        caisse=caisse.code,
        actor=SYSTEM,
        correlation_id="t",
        sequence=1,
        business_date=day,
        facts=facts,
    )
    step = apply_event(Case(application_id=uid(1), caisse=caisse.code), None, submitted, context)
    for one in step.emissions:
        if one.event is ev.PapersRequested:
            return {(item.code, item.member_rank) for item in one.fields["items"]}
    return None


@pytest.mark.parametrize(("key", "facts"), FILES, ids=[key for key, _ in FILES])
def test_the_list_of_the_desk_is_the_request_that_follows(key: str, facts: ApplicationFacts) -> None:
    verdict, missing = told_at_the_desk(facts)
    asked = asked_afterwards(facts)
    if asked is None:
        assert verdict != "ask", missing
    else:
        assert missing == asked


def test_many_of_these_files_lack_something() -> None:
    """Else the comparison would say nothing."""
    asked = [asked_afterwards(facts) for _, facts in FILES[:60]]
    assert len([items for items in asked if items]) > 10
