"""Where a person agrees to be reminded by e-mail or SMS, takes it back, and what became of the notices of a letter."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.letters.api.dependencies import Reader, ReadPurpose, Writer
from services.letters.domain.notices import Consent, ReminderChannel, body_fault, destination_fault
from services.letters.notices.senders import senders
from services.letters.store import reminders
from services.letters.store.queries import one
from services.letters.store.recipients import recipient_in_scope
from shared import clock
from shared.access.access_log import record_access
from shared.contract.input_errors import InputError
from shared.http.dates import BoundedDate
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["rappels courts"])

FAULTS = {
    "email_format": "Adresse électronique mal écrite.",
    "telephone_format": "Numéro de téléphone attendu sous la forme +33612345678.",
    "through_body": "Cette personne reçoit son courrier chez un organisme : le rappel passe par lui.",
    "no_domiciliation": "Cette personne ne reçoit pas son courrier chez un organisme.",
}


class NewConsent(BaseModel):
    """What a person agreed to at a desk. ``to_body``: the destination is that of the body where the letters go."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    destination: Annotated[str, Field(min_length=3, max_length=254)]
    to_body: bool = False
    given_on: BoundedDate


class ConsentView(BaseModel):
    """A consent on record; one that was taken back has no destination any more."""

    channel: ReminderChannel
    destination: str
    to_body: bool
    given_on: dt.date
    withdrawn_on: dt.date | None


class NoticeView(BaseModel):
    """What became of a short notice. It has no legal effect: the letter alone counts."""

    channel: ReminderChannel
    state: Literal["due", "sent", "given_up"]
    attempts: int
    error: str
    sent_at: dt.datetime | None


@router.get("/applications/{application_id}/reminder-consents", summary="Accords pour des rappels courts")
async def read_consents(
    application_id: UUID, runtime: RuntimeDependency, principal: Reader, purpose: ReadPurpose
) -> list[ConsentView]:
    """By channel: where the person agreed to be reminded, and since when."""
    async with runtime.database.unit() as unit:
        await reminders.in_scope(unit, principal, application_id)
        rows = await reminders.consents_of(unit, application_id)
        record_access(unit, principal, purpose, "letters.reminder_consents", [application_id])
    return [ConsentView.model_validate(row, from_attributes=True) for row in rows]


@router.put("/applications/{application_id}/reminder-consents/{channel}", summary="Accord pour des rappels courts")
async def put_consent(
    application_id: UUID, channel: ReminderChannel, body: NewConsent, runtime: RuntimeDependency, principal: Writer
) -> ConsentView:
    """Record that the person agreed on a day. 409 ``reminders_off`` where no way out is named: nothing would leave."""
    wrong = []
    if fault := destination_fault(channel, body.destination):
        wrong.append(InputError("/destination", fault, FAULTS[fault]))
    if body.given_on > clock.today():
        wrong.append(InputError("/given_on", "in_the_future", "La date de l'accord ne peut pas être à venir."))
    if wrong:
        raise Problem(422, "validation_failed", f"{len(wrong)} champ(s) à corriger.", errors=wrong)
    async with runtime.database.unit() as unit:
        recipient = await recipient_in_scope(unit, principal, application_id)
        if channel not in senders(runtime.settings):
            raise Problem(409, "reminders_off", "Les rappels courts ne sont pas ouverts ici par cette voie.")
        if fault := body_fault(recipient, body.to_body):
            error = InputError("/to_body", fault, FAULTS[fault])
            raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
        consent = Consent(channel, body.destination, body.to_body)
        await reminders.agree(unit, application_id, consent, body.given_on, principal.actor)
    return ConsentView(**body.model_dump(), channel=channel, withdrawn_on=None)


@router.delete(
    "/applications/{application_id}/reminder-consents/{channel}", status_code=204, summary="Fin des rappels courts"
)
async def delete_consent(
    application_id: UUID, channel: ReminderChannel, runtime: RuntimeDependency, principal: Writer
) -> Response:
    """The person agrees no more: the destination is forgotten and nothing more leaves, from now on."""
    async with runtime.database.unit() as unit:
        await reminders.in_scope(unit, principal, application_id)
        if not await reminders.take_back(unit, application_id, channel, clock.today(), principal.actor):
            raise not_found()
    return Response(status_code=204)


@router.get("/letters/{letter_id}/notices", summary="Rappels courts partis avec un courrier")
async def read_notices(
    letter_id: UUID, runtime: RuntimeDependency, principal: Reader, purpose: ReadPurpose
) -> list[NoticeView]:
    """By channel. None of them proves or changes anything."""
    async with runtime.database.unit() as unit:
        row = await one(unit, principal, letter_id)
        rows = await reminders.notices_of(unit, letter_id)
        record_access(unit, principal, purpose, "letters.notices", [row.application_id])
    return [NoticeView.model_validate(found, from_attributes=True) for found in rows]
