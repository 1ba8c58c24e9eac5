"""``ame.decision.v1``: may it be granted? Ids, codes, and the dates of its own acts; figures of a person sealed."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contract.events.envelope import DECISION, Event
from shared.contract.facts import Fact


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
    """One missing paper or precision, and the papers that would each do; those ``with_photo`` only when they bear
    one, those ``with_statement`` only beside the sworn statement of the person who hosts.

    ``due_on``: its own last day, where an earlier letter gave one; else that of the request. ``reason``: the code for
    which an item that no text foresees is asked; such an item suspends nothing and is never a ground of refusal.
    """

    code: str
    member_rank: int
    accepted: list[str]
    with_photo: list[str] = Field(default_factory=list)
    with_statement: list[str] = Field(default_factory=list)
    due_on: dt.date | None = None
    reason: str = ""

    @property
    def free(self) -> bool:
        """Whether no text foresees it."""
        return bool(self.reason)


class Motive(Fact):
    """A ground of refusal: code, the articles it rests on, and the facts behind it.

    On the topic ``facts`` hold the member's rank alone: figures go sealed beside the grounds.
    """

    code: str
    reference: str
    facts: dict[str, str] = Field(default_factory=dict)


class Entitlement(Fact):
    """The right of one member: from ``starts_on`` to ``ends_on``, both included. ``care_from``: first earlier care
    covered.

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
    """An event of decision."""

    topic: ClassVar[str] = DECISION


class FileCompleted(DecisionEvent):
    """The file had all its papers on this day."""

    type: Literal["decision.file_completed"] = "decision.file_completed"
    completed_on: dt.date


class PapersRequested(DecisionEvent):
    """``request_no`` counts the requests of the file; the delay runs again from the posting of the letter."""

    type: Literal["decision.papers_requested"] = "decision.papers_requested"
    request_no: int
    items: list[RequestedItem]
    due_on: dt.date
    clock_suspended: bool


class Summoned(DecisionEvent):
    """The person is to come to the desk before anything is decided: nothing is refused, and no day of effect is known.

    ``summons_no`` counts the summonses of the file. ``reasons``: the deposit does not count as it was made
    (``deposit_channel``), somebody else made it (``filed_by``), no paper of the list proves who somebody is
    (``identity``).
    """

    type: Literal["decision.summoned"] = "decision.summoned"
    summons_no: int
    reasons: list[Literal["deposit_channel", "filed_by", "identity"]] = Field(min_length=1)
    summoned_on: dt.date


class Evaluated(DecisionEvent):
    """The rules were applied to the facts; no decision yet.

    ``letter``: the kind of the letter that would follow. ``summons``: why the person is to come, in codes;
    ``summons_letter``: the kind of the letter that makes her come. ``photo``, to bring the photograph of a title, is in
    the way of nothing: the notice of admission asks for it, an appointment may.
    """

    type: Literal["decision.evaluated"] = "decision.evaluated"
    evaluation_id: UUID
    facts_sequence: int
    rule_set: str
    on_date: dt.date
    findings: list[Finding]
    proposal: Literal["grant", "refuse", "request_papers", "human"]
    digest: str
    letter: str = ""
    summons: list[str] = Field(default=[])
    summons_letter: str = ""


class Granted(DecisionEvent):
    """The right is granted, to all members or to some. ``sealed_figures``: of the grounds of ``refused_members``."""

    type: Literal["decision.granted"] = "decision.granted"
    decision_id: UUID
    entitlements: list[Entitlement]
    refused_members: list[Motive] = Field(default=[])
    sealed_figures: str = ""
    effect_on: dt.date
    decided_on: dt.date
    signatory: str
    automatic: bool
    prepared_by: str = ""
    override: str = ""
    appeal: AppealWay | None = None


class Refused(DecisionEvent):
    """The right is refused, for these motives. ``sealed_figures``: their figures, which the letter prints."""

    type: Literal["decision.refused"] = "decision.refused"
    decision_id: UUID
    motives: list[Motive]
    sealed_figures: str = ""
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
    """An appeal reached its body. ``filed_by``: a code. ``in_time`` None: no delay can be held against it, or
    unsure."""

    type: Literal["decision.appealed"] = "decision.appealed"
    decision_id: UUID
    appeal_no: int
    body: str
    filed_on: dt.date
    filed_by: str
    in_time: bool | None
    decided_on: dt.date | None = None


class AppealSettled(DecisionEvent):
    """An appeal was answered, or rejected by silence (``implicit``). ``reopened``: the decision fell, the file is
    decided anew."""

    type: Literal["decision.appeal_settled"] = "decision.appeal_settled"
    decision_id: UUID
    appeal_no: int
    body: str
    outcome: Literal["rejected", "inadmissible", "withdrawn", "annulled", "reformed"]
    settled_on: dt.date
    implicit: bool
    reopened: bool = False


class HearingOpened(DecisionEvent):
    """Before a right is withdrawn or ended the person may answer until ``due_on``. ``ground``: a code."""

    type: Literal["decision.hearing_opened"] = "decision.hearing_opened"
    decision_id: UUID
    hearing_no: int
    ground: str
    due_on: dt.date
    reference: str


class Revoked(DecisionEvent):
    """A decision was withdrawn, as if it had never been. ``outcome``: what it had said.

    A withdrawn grant leaves a refusal, ``decision_id``, to be contested as one; a withdrawn refusal leaves an open
    file.
    """

    type: Literal["decision.revoked"] = "decision.revoked"
    decision_id: UUID
    revoked_decision_id: UUID
    outcome: Literal["granted", "refused", "lapsed"]
    ground: Literal["unlawful", "fraud", "request"]
    revoked_on: dt.date
    signatory: str
    reference: str
    appeal: AppealWay | None = None


def reopens(event: object) -> bool:
    """Whether the file is open again after this event, for a person to decide anew."""
    match event:
        case AppealSettled():
            return event.reopened
        case Revoked():
            return event.outcome != "granted"
    return False


class RightEnded(DecisionEvent):
    """The right of these members ended before its term, after ``change``; ``ended_on`` is its last day."""

    type: Literal["decision.right_ended"] = "decision.right_ended"
    decision_id: UUID
    change: str
    member_ranks: list[int]
    ended_on: dt.date
    reference: str
    confidence: Literal["V", "S", "M", "C"]


class MatchConfirmed(DecisionEvent):
    """A person judged that two applications are of one person. Nothing adverse follows before ``due_on`` has passed,
    until which the person may answer."""

    type: Literal["decision.match_confirmed"] = "decision.match_confirmed"
    pair_id: UUID
    confirmed_on: dt.date
    due_on: dt.date


class DeadlineNear(DecisionEvent):
    """The last day of a clock is near."""

    type: Literal["decision.deadline_near"] = "decision.deadline_near"
    clock: str
    due_on: dt.date


class DeadlinePassed(DecisionEvent):
    """The last day of a clock is over."""

    type: Literal["decision.deadline_passed"] = "decision.deadline_passed"
    clock: str
    due_on: dt.date


class Sampled(DecisionEvent):
    """A decision was drawn for supervision. ``draw`` random alone may be extrapolated: ``drawn`` of ``listed``."""

    type: Literal["decision.sampled"] = "decision.sampled"
    sample_id: UUID
    decision_id: UUID
    period: str
    draw: Literal["random", "negative", "targeted", "new_agent"]
    reasons: list[str]
    drawn: int
    listed: int
    drawn_on: dt.date


class ReviewFault(Fact):
    """An item of the grid that was answered no."""

    item: str
    severity: Literal["formal", "right", "money"]


class Reviewed(DecisionEvent):
    """A supervisor answered the grid for a sampled decision, which changes nothing of it.

    ``look`` 2: the blind second look of another supervisor; ``differs`` on how many items it then differs from the
    first, None on the first.
    """

    type: Literal["decision.reviewed"] = "decision.reviewed"
    sample_id: UUID
    decision_id: UUID
    period: str
    draw: Literal["random", "negative", "targeted", "new_agent"]
    look: Literal[1, 2]
    grid: int
    yes: int
    no: int
    not_applicable: int
    cannot_tell: int
    faults: list[ReviewFault]
    differs: int | None = None
    reviewed_on: dt.date
