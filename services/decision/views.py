"""What the interface shows of a case, and what it takes from an agent."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.decision.case import Case, Request
from services.decision.casefacts import CaseFacts, Point
from services.decision.steps import Setting
from services.decision.timeline import Drawn
from shared.events import RequestedItem
from shared.facts import Cents, Code, PartialDate


def _writable(text: str) -> str:
    """A person's own words: lines and tabs are fine, other control characters and half characters are not."""
    for character in text:
        if character not in "\n\r\t" and unicodedata.category(character) in {"Cc", "Cs"}:
            raise ValueError(f"control_character: U+{ord(character):04X}")
    return text


Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000), AfterValidator(_writable)
]
State = Literal["awaiting", "open", "granted", "refused", "lapsed", "withdrawn", "erased"]
WaitingFor = Literal["application", "papers", "identity", "decision"]
Proposed = Literal["grant", "refuse", "request_papers", "human"]
Number = Annotated[int, Field(ge=1, le=1_000_000)]
RuleSetId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
AgentId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]


class Summary(BaseModel):
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


class ShownClock(BaseModel):
    """One delay, with how it was computed. ``due_on`` null: it does not run; ``binding``: it can be held against the person."""

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


def shown_clock(one: Drawn) -> ShownClock:
    law = one.law
    return ShownClock(
        name=one.name, number=one.number, label=law.label, start=one.start, starts_on=one.starts_on, near_on=one.near_on,
        due_on=one.due_on, zone=one.zone, stopped=one.ended_on is not None, ended_on=one.ended_on, ended_by=one.ended_by,
        binding=one.binding, computed=one.computed, reference=law.reference, confidence=law.confidence, source=law.source,
    )  # fmt: skip


class ShownCase(Summary):
    """One case whole. ``assessment`` is that of the current facts; null when they are unknown or erased."""

    facts: CaseFacts | None
    assessment: dict[str, Any] | None
    missing: list[RequestedItem]
    requests: list[Request]
    clocks: list[ShownClock]
    decision: dict[str, Any] | None
    evaluations: int


def summary(case: Case) -> dict[str, Any]:
    """The fields of ``Summary`` of a case."""
    return {name: getattr(case, name) for name in Summary.model_fields}


def shown(
    case: Case, facts: CaseFacts | None, assessment: dict[str, Any] | None, decision: dict[str, Any] | None, setting: Setting
) -> ShownCase:  # fmt: skip
    clocks = [shown_clock(one) for one in case.drawn(setting)]
    return ShownCase(
        **summary(case), facts=facts, assessment=assessment, missing=case.missing, requests=case.requests, clocks=clocks,
        decision=decision, evaluations=case.evaluations,
    )  # fmt: skip


class Given(BaseModel):
    """A body of ours: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class NewObservation(Given):
    """A fact an agent saw, on what proof. ``proof`` is a paper id or a code such as ``visabio`` or ``interview``."""

    point: Point
    value: bool | Cents | Code | PartialDate | None
    member_rank: Annotated[int, Field(ge=0, le=30)] = 0
    paper_id: UUID | None = None
    proof: Code


class NewFacts(Given):
    observations: Annotated[list[NewObservation], Field(min_length=1, max_length=20)]


class AskedItem(Given):
    code: Code
    member_rank: Annotated[int, Field(ge=0, le=30)] = 0


class NewPaperRequest(Given):
    items: Annotated[list[AskedItem], Field(min_length=1, max_length=30)]


class GivenMotive(Given):
    code: Code
    member_rank: Annotated[int, Field(ge=0, le=30)] = 0


class NewDecision(Given):
    """A decision of a named agent. ``members``: whom a grant is for, by rank; by default all who are not refused.

    ``motives``: of a refusal, or of the members a grant leaves out. ``reason``: the agent's own words, kept apart.
    """

    outcome: Literal["grant", "refuse"]
    reason: Reason
    members: Annotated[list[Annotated[int, Field(ge=0, le=30)]], Field(max_length=31)] | None = None
    motives: Annotated[list[GivenMotive], Field(max_length=60)] = []
    version: Annotated[int, Field(ge=0)] | None = None


class NewAssignee(Given):
    agent: AgentId | None


class Decided(BaseModel):
    """What a decision gave."""

    decision_id: UUID
    application_id: UUID
    outcome: str
    version: int
    decided_on: dt.date


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


class ShownRuleSet(BaseModel):
    rule_set: str
    loaded_on: dt.date
    current: bool
