"""Previews: the letter that a draft would give, composed as the real one is, marked SPÉCIMEN, and kept nowhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.letters.api.dependencies import Decider, PdfResponse, ReadPurpose, pdf_or_content, pdf_response
from services.letters.api.kind_details import KindDetails, no_text_problem, parse_details
from services.letters.domain.addressee import LetterOrder
from services.letters.domain.composition import Letter, NoTextForDay
from services.letters.domain.recipient import Recipient, recipient_of
from services.letters.domain.triggers import LetterRequest, letter_requests
from services.letters.rendering import service
from services.letters.rendering.typst import RenderError
from services.letters.store.issuance import compose_order
from services.letters.store.recipients import recipient_in_scope
from shared import clock
from shared.access.access_log import record_access
from shared.access.principal import Principal
from shared.contract import events
from shared.contract.facts import ApplicationFacts
from shared.contract.input_errors import InputError
from shared.contract.letter_kinds import LetterKind
from shared.contract.scalars import CaisseCode, Text
from shared.database.unit_of_work import UnitOfWork
from shared.http.dates import BoundedDate
from shared.http.problems import Problem
from shared.ids import named_uuid
from shared.messaging.reference_table import ReferenceTable
from shared.observability.logs import correlation
from shared.service.dependencies import RuntimeDependency

router = APIRouter()

FORBID = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class DraftCase:
    """What every draft is made into an event with: the envelope, the person, the day and who signs."""

    envelope: dict[str, Any]
    recipient: Recipient
    day: dt.date
    signatory: str

    @property
    def decision_id(self) -> UUID:
        """The decision that this agent has in mind: the same for all drafts of the agent."""
        return named_uuid("preview", self.signatory, "decision")


class RequestDraft(BaseModel):
    """A request for papers that is not sent yet."""

    model_config = FORBID
    items: Annotated[list[events.RequestedItem], Field(min_length=1, max_length=50)]
    due_on: BoundedDate
    clock_suspended: bool = True

    def event(self, case: DraftCase) -> events.Event:
        """The event that decision would publish."""
        return events.PapersRequested.new(**case.envelope, request_no=1, **dict(self))


class RightDraft(BaseModel):
    """The right of one member, first and last day included."""

    model_config = FORBID
    member_rank: Annotated[int, Field(ge=0, le=30)]
    starts_on: BoundedDate
    ends_on: BoundedDate
    care_from: BoundedDate | None = None
    planned_care_from: BoundedDate | None = None


class GrantDraft(BaseModel):
    """A grant that is not signed yet."""

    model_config = FORBID
    entitlements: Annotated[list[RightDraft], Field(min_length=1, max_length=31)]
    refused_members: Annotated[list[events.Motive], Field(max_length=50)] = []
    effect_on: BoundedDate
    automatic: bool = False

    def event(self, case: DraftCase) -> events.Event:
        """The event that decision would publish."""
        return events.Granted.new(
            **case.envelope,
            decision_id=case.decision_id,
            entitlements=[_right(right, case.recipient) for right in self.entitlements],
            refused_members=self.refused_members,
            effect_on=self.effect_on,
            decided_on=case.day,
            signatory=case.signatory,
            automatic=self.automatic,
        )


class RefusalDraft(BaseModel):
    """A refusal that is not signed yet."""

    model_config = FORBID
    motives: Annotated[list[events.Motive], Field(min_length=1, max_length=50)]

    def event(self, case: DraftCase) -> events.Event:
        """The event that decision would publish."""
        return events.Refused.new(
            **case.envelope,
            decision_id=case.decision_id,
            motives=self.motives,
            decided_on=case.day,
            appeal_body="",
            signatory=case.signatory,
        )


class Draft(BaseModel):
    """What to preview: a kind, a person (a known application or facts), and what the kind needs to be told."""

    model_config = FORBID
    kind: LetterKind
    caisse: CaisseCode | None = None
    on: BoundedDate | None = Field(default=None, description="date de la lettre ; aujourd'hui si elle est absente")
    application_id: UUID | None = None
    facts: ApplicationFacts | None = None
    reference: Text = ""
    paper_request: RequestDraft | None = None
    admission: GrantDraft | None = None
    refusal: RefusalDraft | None = None
    details: KindDetails | None = Field(
        default=None, description="ce que la nature de courrier demande : voir GET /letters/kinds"
    )


DRAFTED = frozenset(kind for kind in LetterKind if kind.value in Draft.model_fields)
"""The kinds that follow from an act of decision: the draft of the act has the name of the kind."""


def check(draft: Draft) -> None:
    """Raises a 422 problem when the draft names no person, or not what its kind tells."""
    wrong: list[InputError] = []
    if (draft.application_id is None) == (draft.facts is None):
        wrong.append(InputError("/facts", "draft_recipient", "Donnez soit application_id, soit facts."))
    elif draft.kind is LetterKind.ACKNOWLEDGEMENT and draft.facts is None:
        wrong.append(InputError("/facts", "missing", "L'aperçu d'un accusé de réception part des faits de la demande."))
    if draft.kind in DRAFTED and getattr(draft, draft.kind.value) is None:
        wrong.append(InputError(f"/{draft.kind.value}", "missing", "Ce courrier demande ces précisions."))
    if wrong:
        raise Problem(422, "validation_failed", f"{len(wrong)} champ(s) à corriger.", errors=wrong)


async def recipient_for(unit: UnitOfWork, draft: Draft, principal: Principal, caisse: str) -> Recipient:
    """The person to write to: from the draft's facts, or from the application if it is in scope (else 404)."""
    if draft.facts is not None:
        application_id = draft.application_id or named_uuid("preview", principal.id)
        return recipient_of(application_id, caisse, draft.facts, draft.reference)
    assert draft.application_id is not None  # check() wants one or the other
    return await recipient_in_scope(unit, principal, draft.application_id)


def compose_draft(
    draft: Draft,
    recipient: Recipient,
    caisse: str,
    principal: Principal,
    reference: ReferenceTable,
    correlation_id: str,
) -> Letter:
    """Compose from an event as the other services would send it. The caller signs, and nobody else's name."""
    day = draft.on or clock.today()
    envelope: dict[str, Any] = {
        "application_id": recipient.application_id,
        "caisse": caisse,
        "actor": principal.actor,
        "correlation_id": correlation_id,
        "business_date": day,
    }
    if draft.kind in DRAFTED:
        act: RequestDraft | GrantDraft | RefusalDraft = getattr(draft, draft.kind.value)
        event = act.event(DraftCase(envelope, recipient, day, principal.id))
    elif draft.kind is LetterKind.ACKNOWLEDGEMENT:
        event = events.ApplicationSubmitted.new(**envelope, facts=draft.facts, reference=draft.reference)
    else:
        return _compose_details(draft, recipient, caisse, principal.id, day, reference)
    call = letter_requests(event)[0]
    return compose_order(LetterOrder.after(call, event, recipient, caisse), reference)


def _compose_details(
    draft: Draft, recipient: Recipient, caisse: str, signatory: str, day: dt.date, reference: ReferenceTable
) -> Letter:
    """Compose a kind that an agent issues, from its details."""
    details = parse_details(draft.kind, draft.details or {}, "/details")
    call = LetterRequest(draft.kind, recipient.application_id, "preview", details)
    order = LetterOrder(call, recipient, caisse, caisse, day, call.letter_id, "", signatory=signatory)
    return compose_order(order, reference)


def _right(right: RightDraft, recipient: Recipient) -> events.Entitlement:
    person = recipient.person(rank=right.member_rank) or recipient.applicant
    return events.Entitlement(member_id=person.member_id, **right.model_dump(exclude_unset=True))


class PreviewContent(BaseModel):
    """The content of a preview, its hash, and what keeps it from being sent."""

    specimen: Literal[True] = True
    content: dict[str, Any]
    content_hash: str
    problems: list[str]


@router.post(
    "/previews",
    tags=["courriers"],
    response_class=PdfResponse,
    responses=pdf_or_content(PreviewContent),
    summary="Aperçu, sans rien garder",
)
async def preview(
    draft: Draft,
    runtime: RuntimeDependency,
    principal: Decider,
    purpose: ReadPurpose,
    form: Annotated[Literal["pdf", "content"], Query(alias="format")] = "pdf",
) -> Response:
    """The letter that these facts would give on that day, as a specimen; nothing is stored, issued or told."""
    check(draft)
    caisse = draft.caisse or principal.caisse
    if caisse is None:
        error = InputError("/caisse", "missing", "Ce champ est obligatoire pour un jeton national.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    principal.check_scope(caisse)
    async with runtime.database.unit() as unit:
        recipient = await recipient_for(unit, draft, principal, caisse)
        if draft.application_id is not None:
            record_access(unit, principal, purpose, "letters.preview", [draft.application_id])
    try:
        letter = compose_draft(draft, recipient, caisse, principal, runtime.reference, correlation.get())
    except NoTextForDay as missing:
        raise no_text_problem(missing) from None
    if form == "content":
        return Response(_preview_json(letter), media_type="application/json", headers={"Cache-Control": "no-store"})
    try:
        pdf = await service.renderer_of(runtime).render(letter.content, letter.template.file, specimen=True)
    except RenderError:
        raise Problem(422, "rendering_failed", "Cet aperçu ne peut pas être mis en page.") from None
    return pdf_response(pdf.body, f"specimen-{draft.kind}.pdf")


def _preview_json(letter: Letter) -> str:
    answer = PreviewContent(content=letter.content, content_hash=letter.content_hash, problems=letter.problems)
    return answer.model_dump_json()
