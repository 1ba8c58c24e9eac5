"""The hand-over of a title at a desk: its receipt, which is kept as a letter, and what follows for the title."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.letters.domain import library
from services.letters.domain.addressee import LetterOrder
from services.letters.domain.catalogue import KINDS
from services.letters.domain.details import Serial
from services.letters.domain.kind_definition import Details
from services.letters.domain.kinds.title_receipt import ReceivedBy, TitleReceipt
from services.letters.domain.seals import Sealer
from services.letters.domain.titles.title import Title, TitleState
from services.letters.domain.triggers import LetterRequest
from services.letters.store import hand_overs, issuance, titles
from services.letters.store.paper import SHEETS_MISSING, without_sheets
from services.letters.store.queries import one
from shared import clock
from shared.access.principal import Principal
from shared.contract.facts import PaperKind
from shared.contract.input_errors import InputError
from shared.contract.letter_kinds import LetterKind
from shared.contract.placeholders import TrueName
from shared.contract.scalars import Text
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import Problem
from shared.ids import named_uuid
from shared.messaging.reference_table import ReferenceTable
from shared.observability.logs import correlation


class ToldHandOver(BaseModel):
    """What a desk says of the hand-over of a title. ``name``: of who took it, where it is not the person."""

    model_config = ConfigDict(extra="forbid")
    serial: Serial
    handed_on: dt.date
    received_by: ReceivedBy
    name: TrueName = ""
    identity_paper: PaperKind
    desk: Annotated[Text, Field(min_length=1)]


@dataclass(frozen=True)
class HandedOver:
    """The receipt on record, and the letter that is kept as such."""

    hand_over_id: UUID
    receipt_letter_id: UUID


async def hand_over(
    unit: UnitOfWork,
    reference: ReferenceTable,
    sealer: Sealer,
    principal: Principal,
    addressee: hand_overs.AddresseeRow,
    told: ToldHandOver,
) -> HandedOver:
    """Record the hand-over of a title and write its receipt; the first hand-over of a serial stands.

    Raises Problem, TitleStepNotAllowed, or NoTextForDay where no receipt is known for that day.
    """
    details = TitleReceipt(
        serial=told.serial,
        handed_on=told.handed_on,
        received_by=told.received_by,
        identity_paper=told.identity_paper,
        desk=told.desk,
        agent=principal.id,
    )
    order = desk_order(addressee, principal, LetterKind.TITLE_RECEIPT, details)
    application, receipt_letter = addressee.application_id, order.call.letter_id
    await titles.alone(unit, application)
    known = await hand_overs.title_receipts(unit, application, told.serial)
    if receipt_letter in known:
        return HandedOver(known[receipt_letter], receipt_letter)
    if known:
        raise Problem(409, "title_handed_over", "Ce titre a déjà été remis : la première remise compte.")
    title = await _handed_title(unit, principal, application, told.serial, told.handed_on)
    await issuance.issue(unit, reference, [order], sealer)
    receipt = hand_overs.Receipt(
        "title", told.handed_on, told.received_by, told.name, told.identity_paper.value, told.desk
    )
    copy_no = title.copy_no if title is not None else None
    made = await hand_overs.title_handed(unit, addressee, order, receipt, told.serial, principal.actor, copy_no)
    return HandedOver(made, receipt_letter)


async def _handed_title(
    unit: UnitOfWork, principal: Principal, application_id: UUID, serial: str, on: dt.date
) -> Title | None:
    """The title of this serial, handed over; None for one from before titles were kept here."""
    title = await titles.one_or_none(unit, principal, serial, lock=True)
    if title is None:
        return None
    if title.application_id != application_id:
        error = InputError("/serial", "other_application", "Ce titre est d'un autre dossier.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    handed = title.step(TitleState.HANDED_OVER, on)
    if (letter_id := await titles.letter_of(unit, title)) is not None:
        row = await one(unit, principal, letter_id, lock=True)
        if row.state == "issued" and await without_sheets(unit, [letter_id], library.paper_rules()):
            raise Problem(409, "sheets_missing", SHEETS_MISSING)
        if row.state != "cancelled":
            await hand_overs.left_by_hand(unit, row, on, principal.actor)
    return await titles.save(unit, handed, principal.actor, correlation.get())


def desk_order(
    addressee: hand_overs.AddresseeRow,
    principal: Principal,
    kind: LetterKind,
    details: Details,
    decision_id: UUID | None = None,
) -> LetterOrder:
    """A letter that a desk writes today. The same details on the same day are the same letter."""
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
