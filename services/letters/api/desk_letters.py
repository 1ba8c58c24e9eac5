"""Letters that a person issues, letters issued again to a corrected address, and what is handed over at a desk."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.letters.api.dependencies import Decider, ReadPurpose, Writer
from services.letters.api.kind_details import KindDetails, no_text_problem, parse_details
from services.letters.api.postings import REFUSALS
from services.letters.api.title_problems import title_steps
from services.letters.domain import library
from services.letters.domain.addressee import LetterOrder
from services.letters.domain.catalogue import KINDS
from services.letters.domain.composition import NoTextForDay
from services.letters.domain.details import Collecting, Serial
from services.letters.domain.kind_definition import Details
from services.letters.domain.kinds.title_receipt import ReceivedBy, TitleReceipt
from services.letters.domain.titles.title import Title, TitleState
from services.letters.domain.triggers import LetterRequest
from services.letters.store import hand_overs, issuance, slots, titles
from services.letters.store.paper import without_sheets
from services.letters.store.queries import LetterView, one, view
from services.letters.store.recipients import addressee_in_scope
from services.letters.store.seal_keys import sealer_of
from shared import clock
from shared.access.access_log import record_access
from shared.access.principal import Principal
from shared.contract.facts import PaperKind
from shared.contract.input_errors import InputError
from shared.contract.letter_kinds import LetterKind
from shared.contract.placeholders import TrueName
from shared.contract.scalars import Text
from shared.database.unit_of_work import UnitOfWork
from shared.http.dates import BoundedDate
from shared.http.problems import Problem
from shared.ids import named_uuid
from shared.observability.logs import correlation
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["courriers"])

FORBID = ConfigDict(extra="forbid")


class NewLetter(BaseModel):
    """A letter to write now. ``details``: what the kind asks for, see ``GET /letters/kinds/{kind}``."""

    model_config = FORBID
    kind: LetterKind
    application_id: UUID
    details: KindDetails = {}
    decision_id: UUID | None = None


class NewHandOver(BaseModel):
    """What was handed over, to whom, on sight of which paper. ``name``: of who took it, where it is not the person."""

    model_config = FORBID
    application_id: UUID
    object: Literal["letter", "title"]
    letter_id: UUID | None = None
    serial: Serial | None = None
    handed_on: BoundedDate
    received_by: ReceivedBy
    name: TrueName = ""
    identity_paper: PaperKind
    desk: Annotated[Text, Field(min_length=1)]


class HandOverResult(BaseModel):
    """The receipt: its id, and the letter that is kept as such for a title."""

    hand_over_id: UUID
    receipt_letter_id: UUID | None


def _check_is_from_desk(kind: LetterKind) -> None:
    """Raises a 409 problem for a kind that only an event calls for: it would say what nobody decided."""
    if "desk" not in KINDS[kind].triggers:
        events = ", ".join(KINDS[kind].triggers)
        raise Problem(409, "kind_not_from_desk", f"Ce courrier naît d'un fait du dossier ({events}), pas d'un agent.")


@router.post("/letters", status_code=201, summary="Écrire un courrier qu'un agent décide")
async def issue_letter(
    body: NewLetter, runtime: RuntimeDependency, principal: Decider, purpose: ReadPurpose
) -> LetterView:
    """Issue a letter of today. The same details on the same day are the same letter."""
    _check_is_from_desk(body.kind)
    details = parse_details(body.kind, body.details, "/details")
    async with runtime.database.unit() as unit:
        addressee = await addressee_in_scope(unit, principal, body.application_id)
        await _check_appointment(unit, body.application_id, details)
        order = _order(addressee, principal, body.kind, details, body.decision_id)
        record_access(unit, principal, purpose, "letters.letter", [body.application_id])
        try:
            await issuance.issue(unit, runtime.reference, [order], sealer_of(runtime.settings))
        except NoTextForDay as missing:
            raise no_text_problem(missing) from None
        return view(await one(unit, principal, order.call.letter_id))


async def _check_appointment(unit: UnitOfWork, application_id: UUID, details: Details) -> None:
    """Raises a 422 problem where a letter would print an appointment for the title that nobody has set."""
    if not isinstance(details, Collecting) or details.slot is None:
        return
    if details.slot not in (await slots.standing(unit, [application_id])).get(application_id, []):
        detail = "Aucun rendez-vous de remise n'est fixé à ce jour et à cette heure : fixez-le, ou ne l'écrivez pas."
        error = InputError("/details/slot", "appointment_unknown", detail)
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])


def _order(
    addressee: hand_overs.AddresseeRow,
    principal: Principal,
    kind: LetterKind,
    details: Details,
    decision_id: UUID | None = None,
) -> LetterOrder:
    day = clock.today()
    said = json.dumps(details.model_dump(mode="json"), sort_keys=True)
    cause = f"desk {day} {named_uuid(said)}"
    call = LetterRequest(kind, addressee.application_id, cause, details, decision_id=decision_id)
    return LetterOrder(
        call,
        addressee.recipient,
        addressee.caisse,
        addressee.caisse,
        day,
        call.letter_id,
        correlation.get(),
        actor=principal.actor,
        signatory=principal.id if KINDS[kind].decision else "",
    )


@router.post("/letters/{letter_id}/reissue", status_code=201, summary="Écrire de nouveau, à l'adresse d'aujourd'hui")
async def reissue_letter(letter_id: UUID, runtime: RuntimeDependency, principal: Writer) -> LetterView:
    """The same words of the same day, to the address of now, as a letter of its own. One that has not left is
    cancelled."""
    async with runtime.database.unit() as unit:
        row = await one(unit, principal, letter_id, lock=True)
        if row.state == "cancelled":
            raise Problem(409, "cancelled", "Cette lettre a été annulée.")
        if not KINDS[row.kind].to_person:
            detail = "Ce courrier est adressé à un organisme : écrivez-en un autre, avec sa bonne adresse."
            raise Problem(409, "addressed_to_body", detail)
        addressee = await addressee_in_scope(unit, principal, row.application_id)
        again = await issuance.reissue(unit, row, addressee.recipient, principal.actor, sealer_of(runtime.settings))
        if again is None:
            detail = "L'adresse du dossier est celle de la lettre : corrigez-la d'abord."
            raise Problem(409, "same_address", detail, title="Adresse inchangée")
        return view(await one(unit, principal, again))


@router.post("/hand-overs", status_code=201, tags=["envois et notification"], summary="Remise à l'accueil, avec reçu")
async def hand_over(body: NewHandOver, runtime: RuntimeDependency, principal: Writer) -> HandOverResult:
    """A letter handed over is notified that day. A title handed over leaves its receipt, and decision is told."""
    wrong = []
    if body.handed_on > clock.today():
        wrong.append(InputError("/handed_on", "in_the_future", "La date de la remise ne peut pas être à venir."))
    if (body.object == "letter") != (body.letter_id is not None):
        wrong.append(InputError("/letter_id", "object_letter", "La remise d'un courrier, et elle seule, le nomme."))
    if (body.object == "title") != (body.serial is not None):
        wrong.append(InputError("/serial", "object_title", "La remise d'un titre, et elle seule, dit son numéro."))
    if body.received_by != "applicant" and not body.name:
        wrong.append(InputError("/name", "missing", "Dites qui a reçu, quand ce n'est pas la personne elle-même."))
    if wrong:
        raise Problem(422, "validation_failed", f"{len(wrong)} champ(s) à corriger.", errors=wrong)
    async with runtime.database.unit() as unit:
        addressee = await addressee_in_scope(unit, principal, body.application_id)
        receipt = hand_overs.Receipt(
            body.object, body.handed_on, body.received_by, body.name, body.identity_paper.value, body.desk
        )
        if body.letter_id is not None:
            row = await one(unit, principal, body.letter_id, lock=True)
            if row.application_id != body.application_id:
                error = InputError("/letter_id", "other_application", "Ce courrier est d'un autre dossier.")
                raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
            if row.state == "cancelled":
                raise Problem(409, "cancelled", "Cette lettre a été annulée : elle ne peut plus être remise.")
            if body.handed_on < row.issued_on:
                raise Problem(409, "before_issue", "Une lettre ne peut pas être remise avant sa date.")
            if row.state == "issued" and await without_sheets(unit, [row.letter_id], library.paper_rules()):
                raise Problem(409, "sheets_missing", REFUSALS["sheets_missing"])
            made = await hand_overs.letter_handed(unit, addressee, row, receipt, principal.actor)
            return HandOverResult(hand_over_id=made, receipt_letter_id=None)
        return await _hand_over_title(unit, runtime, principal, addressee, body, receipt)


async def _hand_over_title(
    unit: UnitOfWork,
    runtime: Runtime,
    principal: Principal,
    addressee: hand_overs.AddresseeRow,
    body: NewHandOver,
    receipt: hand_overs.Receipt,
) -> HandOverResult:
    """The receipt of a title; the first hand-over of a serial stands."""
    details = TitleReceipt(
        serial=str(body.serial),
        handed_on=body.handed_on,
        received_by=body.received_by,
        identity_paper=body.identity_paper,
        desk=body.desk,
        agent=principal.id,
    )
    order, serial = _order(addressee, principal, LetterKind.TITLE_RECEIPT, details), details.serial
    await titles.alone(unit, body.application_id)
    told = await hand_overs.title_receipts(unit, body.application_id, serial)
    if order.call.letter_id in told:
        return HandOverResult(hand_over_id=told[order.call.letter_id], receipt_letter_id=order.call.letter_id)
    if told:
        raise Problem(409, "title_handed_over", "Ce titre a déjà été remis : la première remise compte.")
    title = await _handed_title(unit, principal, body.application_id, serial, body.handed_on)
    try:
        await issuance.issue(unit, runtime.reference, [order], sealer_of(runtime.settings))
    except NoTextForDay as missing:
        raise no_text_problem(missing) from None
    copy_no = title.copy_no if title is not None else None
    made = await hand_overs.title_handed(unit, addressee, order, receipt, serial, principal.actor, copy_no)
    return HandOverResult(hand_over_id=made, receipt_letter_id=order.call.letter_id)


async def _handed_title(
    unit: UnitOfWork, principal: Principal, application_id: UUID, serial: str, on: dt.date
) -> Title | None:
    """The title of this serial, handed over; None for one from before titles were kept here. Raises problems."""
    title = await titles.one_or_none(unit, principal, serial, lock=True)
    if title is None:
        return None
    if title.application_id != application_id:
        error = InputError("/serial", "other_application", "Ce titre est d'un autre dossier.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    with title_steps():
        handed = title.step(TitleState.HANDED_OVER, on)
    if (letter_id := await titles.letter_of(unit, title)) is not None:
        row = await one(unit, principal, letter_id, lock=True)
        if row.state == "issued" and await without_sheets(unit, [letter_id], library.paper_rules()):
            raise Problem(409, "sheets_missing", REFUSALS["sheets_missing"])
        if row.state != "cancelled":
            await hand_overs.left_by_hand(unit, row, on, principal.actor)
    return await titles.save(unit, handed, principal.actor, correlation.get())
