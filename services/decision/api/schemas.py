"""What the interface shows of a case, and what it takes from an agent."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.decision.domain.case.case import Case, Draft, Request
from services.decision.domain.case.context import Setting
from services.decision.domain.delays.acts import AppealOutcome, Body
from services.decision.domain.delays.timeline import Drawn
from services.decision.domain.eligibility.facts import CaseFacts, Point
from shared.contract.events import RequestedItem
from shared.contract.facts import Cents, Code, PartialDate


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
WaitingFor = Literal["application", "papers", "identity", "decision", "confirmation"]
Signal = Literal["unsearched", "clear", "open", "different", "same", "unsure"]
AppealState = Literal[
    "", "gracieux", "rapo", "cdas", "tribunal_administratif", "commission_centrale_aide_sociale", "settled"
]
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
    priority: bool
    appeal: str
    target_on: dt.date | None


class ShownClock(BaseModel):
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


def shown_clock(one: Drawn) -> ShownClock:
    law = one.law
    return ShownClock(
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


class ShownCase(Summary):
    """One case whole. ``assessment`` is that of the current facts; null when they are unknown or erased."""

    facts: CaseFacts | None
    assessment: dict[str, Any] | None
    missing: list[RequestedItem]
    requests: list[Request]
    clocks: list[ShownClock]
    decision: dict[str, Any] | None
    acts: list[dict[str, Any]]
    draft: Draft | None
    evaluations: int


def summary(case: Case) -> dict[str, Any]:
    """The fields of ``Summary`` of a case."""
    return {name: getattr(case, name) for name in Summary.model_fields}


def shown(
    case: Case,
    facts: CaseFacts | None,
    assessment: dict[str, Any] | None,
    decision: dict[str, Any] | None,
    setting: Setting,
) -> ShownCase:
    clocks = [shown_clock(one) for one in case.drawn(setting)]
    return ShownCase(
        **summary(case),
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
    ``override``: why, in a code of the rule ``override.codes``, a decision goes against what the evaluation proposed.
    """

    outcome: Literal["grant", "refuse"]
    reason: Reason
    members: Annotated[list[Annotated[int, Field(ge=0, le=30)]], Field(max_length=31)] | None = None
    motives: Annotated[list[GivenMotive], Field(max_length=60)] = []
    version: Annotated[int, Field(ge=0)] | None = None
    override: Code | None = None


class NewConfirmation(Given):
    """A second agent's word on a prepared decision: it leaves, or it falls."""

    confirm: bool
    reason: Reason


class NewAppeal(Given):
    """An appeal that reached its body on ``on``. ``by``: a code such as applicant, hospital, prefect, alimony_debtor.

    ``acknowledged``: its acknowledgement states the delays of the next step.
    """

    body: Body
    on: dt.date
    by: Code = "applicant"
    acknowledged: bool = True


class NewAnswer(Given):
    """The answer to an appeal. ``notified_on``: when the person received it; ``appeal_stated``: with the next step."""

    outcome: AppealOutcome
    on: dt.date
    notified_on: dt.date | None = None
    appeal_stated: bool = True


class NewAct(Given):
    """Something that happened around a decision, on a day. ``appeal_stated`` counts for a notification only."""

    kind: Literal["notified", "reasons_requested", "reasons_given", "title_handed_over", "answered"]
    on: dt.date
    appeal_stated: bool = True


class NewHearing(Given):
    """The person is invited to answer before a right is withdrawn or ended."""

    ground: Literal["unlawful", "fraud", "departure"]


class NewRevocation(Given):
    ground: Literal["unlawful", "fraud", "request"]
    reason: Reason


class NewChange(Given):
    """A change during the right. ``members``: whom it concerns, by rank; ``ends``: where the law leaves it to the
    agent."""

    change: Code
    on: dt.date
    members: Annotated[list[Annotated[int, Field(ge=0, le=30)]], Field(min_length=1, max_length=31)] = [0]
    ends: bool | None = None


class NewAssignee(Given):
    agent: AgentId | None


class Decided(BaseModel):
    """What a decision gave. ``outcome`` ``to_confirm``: a second agent must confirm it, nothing is decided yet."""

    decision_id: UUID | None
    application_id: UUID
    outcome: str
    version: int
    decided_on: dt.date | None


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


class ShownRuleSet(BaseModel):
    rule_set: str
    loaded_on: dt.date
    current: bool
