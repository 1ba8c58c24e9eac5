"""Letters that a person issues, letters issued again to a corrected address, and what is handed over at a desk."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.letters.api.dependencies import Decider, ReadPurpose, Writer
from services.letters.api.kind_details import KindDetails, no_text_problem, parse_details
from services.letters.api.title_problems import title_steps
from services.letters.domain import library
from services.letters.domain.catalogue import KINDS
from services.letters.domain.composition import NoTextForDay
from services.letters.domain.details import Collecting, Serial
from services.letters.domain.kind_definition import Details
from services.letters.domain.kinds.title_receipt import ReceivedBy
from services.letters.store import hand_overs, issuance, slots, title_hand_overs
from services.letters.store.paper import SHEETS_MISSING, without_sheets
from services.letters.store.queries import LetterView, one, view
from services.letters.store.recipients import addressee_in_scope
from services.letters.store.seal_keys import sealer_of
from services.letters.store.title_hand_overs import desk_order
from shared import clock
from shared.access.access_log import record_access
from shared.contract.facts import PaperKind
from shared.contract.input_errors import InputError
from shared.contract.letter_kinds import LetterKind
from shared.contract.placeholders import TrueName
from shared.contract.scalars import Text
from shared.database.unit_of_work import UnitOfWork
from shared.http.dates import BoundedDate
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["courriers"])

FORBID = ConfigDict(extra="forbid")
TOLD = {"serial", "handed_on", "received_by", "name", "identity_paper", "desk"}


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
        order = desk_order(addressee, principal, body.kind, details, body.decision_id)
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
    check_hand_over(body)
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
                raise Problem(409, "sheets_missing", SHEETS_MISSING)
            made = await hand_overs.letter_handed(unit, addressee, row, receipt, principal.actor)
            return HandOverResult(hand_over_id=made, receipt_letter_id=None)
        told = title_hand_overs.ToldHandOver.model_validate(body.model_dump(include=TOLD))
        try:
            with title_steps():
                handed = await title_hand_overs.hand_over(
                    unit, runtime.reference, sealer_of(runtime.settings), principal, addressee, told
                )
        except NoTextForDay as missing:
            raise no_text_problem(missing) from None
        return HandOverResult(hand_over_id=handed.hand_over_id, receipt_letter_id=handed.receipt_letter_id)


def check_hand_over(body: NewHandOver) -> None:
    """Raises a 422 problem for a day to come, an object without its name, or nobody named who took it."""
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
