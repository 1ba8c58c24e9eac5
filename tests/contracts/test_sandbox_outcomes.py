"""Each reference of known outcome leads there by the rules of the day: intake's words in, decision's case out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from deploy import reference
from services.decision.domain.case import sandbox as agent
from services.decision.domain.case.apply_event import apply_event
from services.decision.domain.case.case import Case
from services.decision.domain.case.context import CaissePolicy, DecisionContext
from services.decision.domain.law import edition
from services.intake.domain.application import submit
from services.intake.domain.contradictions import FixedReferenceLookup
from services.intake.domain.sandbox import MEANING, Outcome, invented, outcome_of
from shared.contract import events as ev
from shared.contract.reference_data import Agent, Caisse, DepositBody
from shared.contract.sandbox import SANDBOX
from tests.decision.lives import SYSTEM
from tests.intake.examples import BY

RECORDS = reference.sandbox()
BODIES = {one.code: one.channel for one in RECORDS if isinstance(one, DepositBody)}
KNOWN = FixedReferenceLookup(frozenset({SANDBOX}), {code: channel.value for code, channel in BODIES.items()})
DAYS = [dt.date(2008, 1, 20), dt.date(2013, 5, 2), dt.date(2020, 6, 1), dt.date(2026, 11, 28)]


def told_of(outcome: Outcome, day: dt.date, case_id: UUID, caisse: str = SANDBOX) -> list[str]:
    """The names of what decision tells, in order, of an application filed under the reference of an outcome."""
    by = replace(BY, today=day)
    made = invented(outcome, case_id, day)
    known = FixedReferenceLookup(frozenset({caisse}), {"cpam-000": "cpam"})
    _, (submitted,) = submit(made, application_id=case_id, caisse=caisse, reference="R", known=known, by=by)
    cleared = ev.IdentityCleared.after(
        submitted, SYSTEM, facts_sequence=1, checked_pairs=0, algorithm="a", model_version="1"
    )
    context = DecisionContext(day, edition.current(), CaissePolicy(True, agent.AGENT), "engine")
    case, facts, told = Case(application_id=case_id, caisse=caisse), None, []
    for event in (submitted.model_copy(update={"sequence": 1}), cleared):
        step = apply_event(case, facts, event, context)
        case, facts = step.case, step.facts
        told += [one.event.__name__ for one in step.emissions]
        if (refused := agent.refusal(case, facts, context)) is not None:
            case = refused.case
            told += [f"{one.event.__name__} by {one.fields['signatory']}" for one in refused.emissions]
    return told


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_reference_leads_to_its_outcome_by_the_rules_of_the_day(day: dt.date) -> None:
    granted, asked, refused, doubled = (
        told_of(outcome, day, uuid4())
        for outcome in (Outcome.ACCEPTED, Outcome.PAPERS_REQUESTED, Outcome.REFUSED, Outcome.DUPLICATE)
    )
    assert granted[-1] == "Granted"
    assert "PapersRequested" in asked
    assert not {"Granted", "Refused by agent-000-01"} & set(asked)
    assert refused[-1] == "Refused by agent-000-01"  # by a named agent: there neither does a rule refuse
    assert not {"Granted", "PapersRequested"} & set(doubled), "a person looks first, even where no twin is known yet"


def test_no_other_caisse_has_an_agent_who_refuses_by_herself() -> None:
    told = told_of(Outcome.REFUSED, DAYS[-1], uuid4(), caisse="001")
    assert not [one for one in told if one.startswith("Refused")]


@pytest.mark.parametrize("outcome", Outcome)
def test_references_have_no_meaning_outside_the_sandbox(outcome: Outcome) -> None:
    assert outcome_of(SANDBOX, f"ESSAI-{outcome}") is outcome
    assert outcome_of(SANDBOX, f"ESSAI-{outcome}-2026:12_a.b") is outcome
    assert outcome_of("751", f"ESSAI-{outcome}") is None
    assert outcome in MEANING
    for ordinary in ("", f"ESSAI-{outcome}x", f"essai-{outcome}", f"2026-ESSAI-{outcome}", "ESSAI-AUTRE"):
        assert outcome_of(SANDBOX, ordinary) is None


def test_the_invented_caisse_has_what_a_caisse_has_and_is_in_no_list() -> None:
    assert SANDBOX not in reference.caisses()
    (caisse,) = [one for one in RECORDS if isinstance(one, Caisse)]
    agents = {one.id: one for one in RECORDS if isinstance(one, Agent)}
    assert (caisse.code, caisse.automatic_grant, caisse.four_eyes) == (SANDBOX, True, [])
    assert agents[agent.AGENT].caisse == SANDBOX
    assert caisse.signatory == agent.AGENT
