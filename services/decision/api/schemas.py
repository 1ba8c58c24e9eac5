"""What the interface shows of a case, and what it takes from an agent."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.decision.domain.delays.acts import AppealOutcome, Body
from services.decision.domain.eligibility.facts import Point
from services.decision.store.read_models import writable
from shared.contract.facts import PaperKind
from shared.contract.scalars import Cents, Code, PartialDate
from shared.http.dates import BoundedDate

Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000), AfterValidator(writable)
]

AgentId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]


class RequestBody(BaseModel):
    """A body of ours: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class NewObservation(RequestBody):
    """A fact an agent saw, on what proof. ``proof`` is a paper id or a code such as ``visabio`` or ``interview``."""

    point: Point
    value: bool | Cents | Code | PartialDate | None
    member_rank: Annotated[int, Field(ge=0, le=30)] = 0
    paper_id: UUID | None = None
    proof: Code


class NewFacts(RequestBody):
    """What an agent observed on the file."""

    observations: Annotated[list[NewObservation], Field(min_length=1, max_length=20)]


class AskedItem(RequestBody):
    """A paper to ask for, of the member of this rank.

    What no text foresees has the code ``free``, the papers that would do, and a coded ``reason``: it suspends no delay
    and is never a ground of refusal.
    """

    code: Code
    member_rank: Annotated[int, Field(ge=0, le=30)] = 0
    accepted: Annotated[list[PaperKind], Field(max_length=10)] = []
    reason: Code | None = None


class NewPaperRequest(RequestBody):
    """The papers to ask for in one request."""

    items: Annotated[list[AskedItem], Field(min_length=1, max_length=150)]


class GivenMotive(RequestBody):
    """A motive of refusal, for the member of this rank."""

    code: Code
    member_rank: Annotated[int, Field(ge=0, le=30)] = 0


class NewDecision(RequestBody):
    """A decision of a named agent. ``members``: whom a grant is for, by rank; by default all who are not refused.

    ``motives``: of a refusal, or of the members a grant leaves out. ``reason``: the agent's own words, kept apart.
    ``override``: why, in a code of the rule ``override.codes``, a decision goes against what the evaluation proposed.
    """

    outcome: Literal["grant", "refuse"]
    reason: Reason
    members: Annotated[list[Annotated[int, Field(ge=0, le=30)]], Field(max_length=31)] | None = None
    motives: Annotated[list[GivenMotive], Field(max_length=150)] = []
    version: Annotated[int, Field(ge=0)] | None = None
    override: Code | None = None


class NewConfirmation(RequestBody):
    """A second agent's word on a prepared decision: it leaves, or it falls."""

    confirm: bool
    reason: Reason


class NewAppeal(RequestBody):
    """An appeal that reached its body on ``on``. ``by``: a code such as applicant, hospital, prefect, alimony_debtor.

    ``acknowledged``: its acknowledgement states the delays of the next step.
    """

    body: Body
    on: BoundedDate
    by: Code = "applicant"
    acknowledged: bool = True


class NewAnswer(RequestBody):
    """The answer to an appeal. ``notified_on``: when the person received it; ``appeal_stated``: with the next step."""

    outcome: AppealOutcome
    on: BoundedDate
    notified_on: BoundedDate | None = None
    appeal_stated: bool = True


class NewAct(RequestBody):
    """Something that happened around a decision, on a day. Notifications and titles are told by letters."""

    kind: Literal["reasons_requested", "reasons_given", "answered"]
    on: BoundedDate


class NewHearing(RequestBody):
    """The person is invited to answer before a right is withdrawn or ended."""

    ground: Literal["unlawful", "fraud", "departure"]


class NewRevocation(RequestBody):
    """A decision taken back, on its ground and for a reason in the agent's words."""

    ground: Literal["unlawful", "fraud", "request"]
    reason: Reason


class NewChange(RequestBody):
    """A change during the right. ``members``: whom it concerns, by rank; ``ends``: where the law leaves it to the
    agent."""

    change: Code
    on: BoundedDate
    members: Annotated[list[Annotated[int, Field(ge=0, le=30)]], Field(min_length=1, max_length=31)] = [0]
    ends: bool | None = None


class NewAssignee(RequestBody):
    """The agent who follows the file; None: nobody."""

    agent: AgentId | None


MoveReason = Literal["workload", "late", "absence", "departure", "skill", "person"]


class NewAssignments(RequestBody):
    """Cases of one caisse given together to one agent (None: to nobody), for one reason."""

    cases: Annotated[list[UUID], Field(min_length=1, max_length=200)]
    agent: AgentId | None
    reason: MoveReason


class Assignments(BaseModel):
    """What was moved. ``left``: cases of the act that already were so, or have changed hands since."""

    batch_id: UUID
    moved: int
    left: int


class DecidedCase(BaseModel):
    """What a decision gave. ``outcome`` ``to_confirm``: a second agent must confirm it, nothing is decided yet."""

    decision_id: UUID | None
    application_id: UUID
    outcome: str
    version: int
    decided_on: dt.date | None
