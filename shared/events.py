"""The contract between the services: every event, its body and its topic.

Events are past tense. The body repeats what the headers carry, so that a consumer, a dead letter or an auditor needs
the body alone. Consumers ignore unknown fields; a change is additive or a new type. JSON Schema snapshots of all types
lie in ``tests/contracts`` and a breaking difference is refused there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared import clock
from shared.facts import ApplicationFacts, CaisseCode, Fact, Paper
from shared.ids import uuid7

APPLICATION = "ame.application.v1"
IDENTITY = "ame.identity.v1"
DECISION = "ame.decision.v1"
LETTER = "ame.letter.v1"
ACCESS = "ame.access.v1"
REFERENCE = "ame.reference.v1"


def dead_letter_topic(service: str) -> str:
    return f"ame.dlt.{service}"


class Actor(Fact):
    """Who acted: a role and a pseudonymous id, never a name. Services act as role ``system``."""

    role: str
    id: str


class Event(BaseModel):
    """Common body of all events. ``sequence`` is the version of the application at the producer, set by ``emit``."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    topic: ClassVar[str]

    id: UUID
    type: str
    occurred_at: dt.datetime
    business_date: dt.date
    application_id: UUID
    sequence: int
    caisse: CaisseCode
    actor: Actor
    causation_id: UUID | None = None
    correlation_id: str = ""

    @classmethod
    def new(cls, *, application_id: UUID, caisse: str, actor: Actor, correlation_id: str, **fields: Any) -> Self:
        """An event that starts a line of work (an HTTP request, a clock). ``fields`` may override the envelope."""
        envelope = {
            "id": uuid7(),
            "type": cls.model_fields["type"].default,
            "occurred_at": dt.datetime.now(dt.UTC),
            "business_date": clock.today(),
            "sequence": 0,
        }
        common = {"application_id": application_id, "caisse": caisse, "actor": actor, "correlation_id": correlation_id}
        return cls(**{**envelope, **common, **fields})

    @classmethod
    def after(cls, cause: Event, actor: Actor, **fields: Any) -> Self:
        """An event that follows from another: same application, caisse and correlation unless ``fields`` say otherwise."""
        common = {
            "application_id": cause.application_id,
            "caisse": cause.caisse,
            "correlation_id": cause.correlation_id,
            "causation_id": cause.id,
        }
        return cls.new(**{**common, "actor": actor, **fields})

    @property
    def key(self) -> str:
        """The partition key: all facts of one application stay in order."""
        return str(self.application_id)


# --- ame.application.v1: what was asked. Carries identities; 35 days. -------------------------------------------------


class Change(Fact):
    """One amended field, by its JSON pointer in the facts, with both values as JSON."""

    pointer: str
    before: Any
    after: Any


class ApplicationEvent(Event):
    topic: ClassVar[str] = APPLICATION


class ApplicationSubmitted(ApplicationEvent):
    type: Literal["application.submitted"] = "application.submitted"
    facts: ApplicationFacts
    reference: str = ""


class ApplicationAmended(ApplicationEvent):
    type: Literal["application.amended"] = "application.amended"
    facts: ApplicationFacts
    changes: list[Change]


class PaperReceived(ApplicationEvent):
    type: Literal["application.paper_received"] = "application.paper_received"
    papers: list[Paper]


class ApplicationTransferred(ApplicationEvent):
    """``caisse`` of the envelope is the new, competent caisse."""

    type: Literal["application.transferred"] = "application.transferred"
    from_caisse: CaisseCode
    to_caisse: CaisseCode
    reason: str


class ApplicationWithdrawn(ApplicationEvent):
    type: Literal["application.withdrawn"] = "application.withdrawn"
    reason: str


class ApplicationErased(ApplicationEvent):
    type: Literal["application.erased"] = "application.erased"
    legal_ground: str


# --- ame.identity.v1: is this person known? Ids and codes only. -------------------------------------------------------


class PairFact(Fact):
    """A pair of members of two applications, seen from the application of the event."""

    pair_id: UUID
    member_id: UUID
    other_member_id: UUID
    other_application_id: UUID
    other_caisse: CaisseCode
    probability: float
    level: Literal["same_person", "to_examine"]
    features: list[str]


class IdentityEvent(Event):
    topic: ClassVar[str] = IDENTITY


class IdentityCleared(IdentityEvent):
    """The search ended with no signal for this version of the application."""

    type: Literal["identity.cleared"] = "identity.cleared"
    facts_sequence: int
    checked_pairs: int
    algorithm: str
    model_version: str


class SignalRaised(IdentityEvent):
    """The search found persons to look at. Never a ground for refusal.

    ``facts_sequence`` names the version searched; 0 when the pair was found by the search of the other application.
    """

    type: Literal["identity.signal_raised"] = "identity.signal_raised"
    facts_sequence: int = 0
    pairs: list[PairFact]
    checked_pairs: int
    algorithm: str
    model_version: str


class PairJudged(IdentityEvent):
    """A person judged a pair; sent once for each of the two applications. ``open_pairs`` remain on this application."""

    type: Literal["identity.pair_judged"] = "identity.pair_judged"
    pair_id: UUID
    other_application_id: UUID
    judgement: Literal["same", "different", "unsure"]
    reason_code: str
    reviewer: str
    second_reviewer: str | None = None
    open_pairs: int


class Linked(IdentityEvent):
    type: Literal["identity.linked"] = "identity.linked"
    person_id: UUID
    pair_id: UUID | None
    member_id: UUID


class Unlinked(IdentityEvent):
    type: Literal["identity.unlinked"] = "identity.unlinked"
    person_id: UUID
    pair_id: UUID | None
    member_id: UUID


# --- ame.decision.v1: may it be granted? Ids, codes, dates, amounts. --------------------------------------------------


class Finding(Fact):
    """One rule applied to one fact. ``verdict``: met, not_met, unknown (a paper or fact is missing), or human.

    ``rule_from``: first day of the version of the rule. ``proof``: ``declared``, ``paper:<id>`` or ``observed:<code>``.
    """

    rule: str
    member_rank: int | None = None
    fact: str
    value: str
    limit: str = ""
    reference: str
    confidence: Literal["V", "S", "M", "C"]
    verdict: Literal["met", "not_met", "unknown", "human"]
    rule_from: dt.date | None = None
    proof: str = ""


class RequestedItem(Fact):
    """One missing paper or precision, and the papers that would each do."""

    code: str
    member_rank: int
    accepted: list[str]


class Motive(Fact):
    """A ground of refusal: code, the articles it rests on, and the facts in codes and figures."""

    code: str
    reference: str
    facts: dict[str, str] = Field(default_factory=dict)


class Entitlement(Fact):
    """The right of one member: from ``starts_on`` to ``ends_on``, both included. ``care_from``: first earlier care covered.

    ``planned_care_from``: first day of an adult's planned care (CASF R. 251-3); None: from the first day of the right.
    """

    member_id: UUID
    member_rank: int
    starts_on: dt.date
    ends_on: dt.date
    care_from: dt.date | None = None
    planned_care_from: dt.date | None = None


class AppealWay(Fact):
    """How a decision is contested, by the law of its day: before whom, in how many months, and who hears it next.

    ``reasons`` and ``appeal`` name the texts on reasons and on appeal in force that day; ``confidence`` is theirs.
    """

    kind: Literal["cdas", "rapo"]
    body: str
    months: int
    then: str
    mandatory: bool
    reasons: str
    appeal: str
    confidence: Literal["V", "S", "M", "C"]


class DecisionEvent(Event):
    topic: ClassVar[str] = DECISION


class FileCompleted(DecisionEvent):
    type: Literal["decision.file_completed"] = "decision.file_completed"
    completed_on: dt.date


class PapersRequested(DecisionEvent):
    """``request_no`` counts the requests of the file; the delay runs again from the posting of the letter."""

    type: Literal["decision.papers_requested"] = "decision.papers_requested"
    request_no: int
    items: list[RequestedItem]
    due_on: dt.date
    clock_suspended: bool


class Evaluated(DecisionEvent):
    type: Literal["decision.evaluated"] = "decision.evaluated"
    evaluation_id: UUID
    facts_sequence: int
    rule_set: str
    on_date: dt.date
    findings: list[Finding]
    proposal: Literal["grant", "refuse", "request_papers", "human"]
    digest: str


class Granted(DecisionEvent):
    type: Literal["decision.granted"] = "decision.granted"
    decision_id: UUID
    entitlements: list[Entitlement]
    refused_members: list[Motive] = []
    effect_on: dt.date
    decided_on: dt.date
    signatory: str
    automatic: bool
    prepared_by: str = ""
    override: str = ""
    appeal: AppealWay | None = None


class Refused(DecisionEvent):
    type: Literal["decision.refused"] = "decision.refused"
    decision_id: UUID
    motives: list[Motive]
    decided_on: dt.date
    appeal_body: str
    signatory: str
    prepared_by: str = ""
    override: str = ""
    appeal: AppealWay | None = None


class LapsedToRefusal(DecisionEvent):
    """Silence kept past the delay: an implicit refusal was born on ``lapsed_on``."""

    type: Literal["decision.lapsed_to_refusal"] = "decision.lapsed_to_refusal"
    decision_id: UUID
    lapsed_on: dt.date
    appeal_body: str
    appeal: AppealWay | None = None


class ReasonsRequested(DecisionEvent):
    """The person asked why silence refused; the reasons are due on ``due_on``."""

    type: Literal["decision.reasons_requested"] = "decision.reasons_requested"
    decision_id: UUID
    requested_on: dt.date
    due_on: dt.date


class Appealed(DecisionEvent):
    """An appeal reached its body. ``filed_by``: a code. ``in_time`` None: no delay can be held against it, or unsure."""

    type: Literal["decision.appealed"] = "decision.appealed"
    decision_id: UUID
    appeal_no: int
    body: str
    filed_on: dt.date
    filed_by: str
    in_time: bool | None


class AppealSettled(DecisionEvent):
    """An appeal was answered, or rejected by silence (``implicit``). ``annulled`` and ``reformed``: decided anew."""

    type: Literal["decision.appeal_settled"] = "decision.appeal_settled"
    decision_id: UUID
    appeal_no: int
    body: str
    outcome: Literal["rejected", "inadmissible", "withdrawn", "annulled", "reformed"]
    settled_on: dt.date
    implicit: bool


class HearingOpened(DecisionEvent):
    """Before a right is withdrawn or ended the person may answer until ``due_on``. ``ground``: a code."""

    type: Literal["decision.hearing_opened"] = "decision.hearing_opened"
    decision_id: UUID
    hearing_no: int
    ground: str
    due_on: dt.date
    reference: str


class Revoked(DecisionEvent):
    """A decision was withdrawn, as if it had never been. ``outcome``: what it had said; a withdrawn grant is a refusal."""

    type: Literal["decision.revoked"] = "decision.revoked"
    decision_id: UUID
    revoked_decision_id: UUID
    outcome: Literal["granted", "refused", "lapsed"]
    ground: Literal["unlawful", "fraud", "request"]
    revoked_on: dt.date
    signatory: str
    reference: str
    appeal: AppealWay | None = None


class RightEnded(DecisionEvent):
    """The right of these members ended before its term, after ``change``; ``ended_on`` is its last day."""

    type: Literal["decision.right_ended"] = "decision.right_ended"
    decision_id: UUID
    change: str
    member_ranks: list[int]
    ended_on: dt.date
    reference: str
    confidence: Literal["V", "S", "M", "C"]


class DeadlineNear(DecisionEvent):
    type: Literal["decision.deadline_near"] = "decision.deadline_near"
    clock: str
    due_on: dt.date


class DeadlinePassed(DecisionEvent):
    type: Literal["decision.deadline_passed"] = "decision.deadline_passed"
    clock: str
    due_on: dt.date


# --- ame.letter.v1: what was told. Ids, hashes and dates. -------------------------------------------------------------


class LetterEvent(Event):
    topic: ClassVar[str] = LETTER
    letter_id: UUID
    kind: Literal["acknowledgement", "paper_request", "admission", "refusal"]


class LetterIssued(LetterEvent):
    """The content is frozen. ``decision_id`` or ``request_no`` name what it tells, where it tells one."""

    type: Literal["letter.issued"] = "letter.issued"
    template: str
    template_version: int
    language: str
    issued_on: dt.date
    content_hash: str
    decision_id: UUID | None = None
    request_no: int | None = None


class LetterRendered(LetterEvent):
    type: Literal["letter.rendered"] = "letter.rendered"
    pdf_sha256: str
    pages: int


class LetterPosted(LetterEvent):
    type: Literal["letter.posted"] = "letter.posted"
    posted_on: dt.date
    decision_id: UUID | None = None
    request_no: int | None = None


class LetterCancelled(LetterEvent):
    type: Literal["letter.cancelled"] = "letter.cancelled"
    reason: str


# --- ame.access.v1: who read whose file, why. -------------------------------------------------------------------------


class AccessRecorded(BaseModel):
    """One read of one or several persons' files. Keyed by the reader."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    topic: ClassVar[str] = ACCESS

    id: UUID
    type: Literal["access.recorded"] = "access.recorded"
    occurred_at: dt.datetime
    business_date: dt.date
    caisse: CaisseCode | None
    actor: Actor
    purpose: str
    resource: str
    application_ids: list[UUID]
    count: int
    correlation_id: str = ""

    @property
    def key(self) -> str:
        return self.actor.id


APPLICATION_EVENTS = (
    ApplicationSubmitted, ApplicationAmended, PaperReceived, ApplicationTransferred, ApplicationWithdrawn, ApplicationErased,
)  # fmt: skip
IDENTITY_EVENTS = (IdentityCleared, SignalRaised, PairJudged, Linked, Unlinked)
DECISION_EVENTS = (
    FileCompleted, PapersRequested, Evaluated, Granted, Refused, LapsedToRefusal, ReasonsRequested, Appealed, AppealSettled,
    HearingOpened, Revoked, RightEnded, DeadlineNear, DeadlinePassed,
)  # fmt: skip
LETTER_EVENTS = (LetterIssued, LetterRendered, LetterPosted, LetterCancelled)
ACCESS_EVENTS = (AccessRecorded,)

CATALOGUE: dict[str, Sequence[type[BaseModel]]] = {
    APPLICATION: APPLICATION_EVENTS,
    IDENTITY: IDENTITY_EVENTS,
    DECISION: DECISION_EVENTS,
    LETTER: LETTER_EVENTS,
    ACCESS: ACCESS_EVENTS,
}

type_names: dict[str, type[BaseModel]] = {
    model.model_fields["type"].default: model for models in CATALOGUE.values() for model in models
}


class UnknownType(ValueError):
    """The body names a type that this version of the contract does not know on this topic."""


class _Tagged(BaseModel):
    type: str


_decoders: dict[str, TypeAdapter[Any]] = {}


def decoder(topic: str) -> TypeAdapter[Any]:
    """The validator of one topic: a union discriminated by ``type``."""
    if topic not in _decoders:
        models = tuple(CATALOGUE[topic])
        union: Any = models[0]
        for model in models[1:]:
            union = union | model
        tagged: Any = Annotated[union, Field(discriminator="type")] if len(models) > 1 else union
        _decoders[topic] = TypeAdapter(tagged)
    return _decoders[topic]


def decode(topic: str, body: bytes) -> Any:
    """Read one event of a topic.

    Raises ``pydantic.ValidationError`` for broken JSON or a wrong schema, ``UnknownType`` for a type this topic does
    not have.
    """
    try:
        return decoder(topic).validate_json(body)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False, include_context=False)
        if any(item["type"] == "union_tag_invalid" for item in errors):
            raise UnknownType(f"{topic}: {_Tagged.model_validate_json(body).type[:64]}") from None
        raise
