"""Cases, clocks and rights as lists and pages show them."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.decision.domain.case.case import Case, Draft, PaperRequest
from services.decision.domain.case.context import DecisionContext
from services.decision.domain.delays.computed_clock import ComputedClock
from services.decision.domain.eligibility.facts import CaseFacts
from shared.contract.events import RequestedItem


def writable(text: str) -> str:
    """A person's own words: lines and tabs are fine, other control characters and half characters are not."""
    for character in text:
        if character not in "\n\r\t" and unicodedata.category(character) in {"Cc", "Cs"}:
            raise ValueError(f"control_character: U+{ord(character):04X}")
    return text


State = Literal["awaiting", "open", "granted", "refused", "lapsed", "withdrawn", "erased"]
WaitingFor = Literal["application", "papers", "identity", "decision", "confirmation"]
Signal = Literal["unsearched", "clear", "open", "different", "same", "unsure"]
AppealState = Literal[
    "",
    "gracieux",
    "rapo",
    "cdas",
    "tribunal_administratif",
    "commission_centrale_aide_sociale",
    "cour_administrative_appel",
    "conseil_etat",
    "settled",
]
Proposed = Literal["grant", "refuse", "request_papers", "human"]
Number = Annotated[int, Field(ge=1, le=1_000_000)]
RuleSetId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class CaseSummary(BaseModel):
    """One case in a list: ids, codes and dates."""

    model_config = ConfigDict(from_attributes=True)

    application_id: UUID
    caisse: str
    state: str
    version: int
    waiting_for: str
    proposal: str | None
    identity: str
    deposited_on: dt.date | None
    received_on: dt.date | None
    complete_on: dt.date | None
    due_on: dt.date | None
    decided_on: dt.date | None
    assignee: str | None
    priority: bool
    appeal: str
    target_on: dt.date | None


class ClockView(BaseModel):
    """One delay, with how it was computed. ``due_on`` null: it does not run; ``binding``: it can be held against the
    person."""

    name: str
    number: int
    label: str
    start: str
    starts_on: dt.date | None
    near_on: dt.date | None
    due_on: dt.date | None
    zone: str
    stopped: bool
    ended_on: dt.date | None
    ended_by: str
    binding: bool
    computed: list[str]
    reference: str
    confidence: str
    source: str


def clock_view(one: ComputedClock) -> ClockView:
    """A computed clock as pages and routes show it."""
    law = one.law
    return ClockView(
        name=one.name,
        number=one.number,
        label=law.label,
        start=one.start,
        starts_on=one.starts_on,
        near_on=one.near_on,
        due_on=one.due_on,
        zone=one.zone,
        stopped=one.ended_on is not None,
        ended_on=one.ended_on,
        ended_by=one.ended_by,
        binding=one.binding,
        computed=one.computed,
        reference=law.reference,
        confidence=law.confidence,
        source=law.source,
    )


class CasePerson(BaseModel):
    """One person of a case, as written on the papers. ``reference``: of the file, at the caisse or body that filed.
    ``died_on``: where the death ended a right."""

    rank: int
    member_id: UUID
    relation: str
    family_name: str
    given_names: str
    usage_name: str
    birth_date: str | None
    reference: str
    died_on: dt.date | None = None


class CaseDetail(CaseSummary):
    """One case whole. ``assessment`` is that of the current facts; null when they are unknown or erased."""

    persons: list[CasePerson]

    facts: CaseFacts | None
    assessment: dict[str, Any] | None
    missing: list[RequestedItem]
    requests: list[PaperRequest]
    clocks: list[ClockView]
    decision: dict[str, Any] | None
    acts: list[dict[str, Any]]
    draft: Draft | None
    evaluations: int


def summary(case: Case) -> dict[str, Any]:
    """The fields of ``Summary`` of a case."""
    return {name: getattr(case, name) for name in CaseSummary.model_fields}


def case_detail(
    case: Case,
    facts: CaseFacts | None,
    assessment: dict[str, Any] | None,
    decision: dict[str, Any] | None,
    persons: list[dict[str, Any]],
    context: DecisionContext,
) -> CaseDetail:
    """A case with its facts, assessment, decision and clocks as routes show it."""
    clocks = [clock_view(one) for one in case.computed_clocks(context)]
    return CaseDetail(
        **summary(case),
        persons=[CasePerson.model_validate(one) for one in persons],
        facts=facts,
        assessment=assessment,
        missing=case.missing,
        requests=case.requests,
        clocks=clocks,
        decision=decision,
        acts=[act.model_dump(mode="json") for act in case.acts],
        draft=case.draft,
        evaluations=case.evaluations,
    )


class Workload(BaseModel):
    """How many cases, by caisse, agent, state and what they wait for. ``overdue``: past the day management wanted."""

    model_config = ConfigDict(from_attributes=True)

    caisse: str
    assignee: str | None
    state: str
    waiting_for: str
    cases: int
    overdue: int
    silence_within_15_days: int
    priority: int
    appeals: int


class Right(BaseModel):
    """The right of one member."""

    model_config = ConfigDict(from_attributes=True)

    decision_id: UUID
    application_id: UUID
    caisse: str
    member_id: UUID
    member_rank: int
    starts_on: dt.date
    ends_on: dt.date
    care_from: dt.date | None
    ended_on: dt.date | None
    ended_by: str | None


class RuleSetView(BaseModel):
    """An edition of the rules that the database holds."""

    rule_set: str
    loaded_on: dt.date
    current: bool
