"""What is handed over at a desk: its receipt, and what follows for the letter or the title."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain.addressee import LetterOrder
from services.letters.domain.kind_definition import Way
from services.letters.domain.recipient import Recipient
from services.letters.store.despatches import despatched
from services.letters.tables import hand_overs, letters
from shared.contract.events import Actor, LetterPosted, TitleHandedOver
from shared.database.unit_of_work import UnitOfWork, emit
from shared.ids import named_uuid, uuid7


@dataclass(frozen=True)
class AddresseeRow:
    """An application in scope, as its letters know it."""

    application_id: UUID
    caisse: str
    recipient: Recipient


@dataclass(frozen=True)
class Receipt:
    """What a receipt says: what, when, who took it, on sight of which paper, at which desk."""

    object: str
    handed_on: dt.date
    received_by: str
    name: str
    identity_paper: str
    desk: str


async def letter_handed(
    unit: UnitOfWork, addressee: AddresseeRow, row: sa.Row[Any], receipt: Receipt, actor: Actor
) -> UUID:
    """Record the hand-over of a letter: a despatch of its own, and a proved notification."""
    made = await _record(unit, addressee, receipt, actor, letter_id=row.letter_id)
    await left_by_hand(unit, row, receipt.handed_on, actor)
    return made


async def left_by_hand(unit: UnitOfWork, row: sa.Row[Any], on: dt.date, actor: Actor) -> None:
    """Record that a letter left by hand, its receipt apart."""
    if row.state == "issued":
        changed = sa.update(letters).where(letters.c.letter_id == row.letter_id)
        await unit.execute(changed.values(state="posted", posted_on=on))
        emit(unit, _left(row, on, actor))
    await despatched(unit, [row], Way.HANDED_OVER, on, actor, {})


async def title_receipts(unit: UnitOfWork, application_id: UUID, serial: str) -> dict[UUID, UUID]:
    """The hand-overs of a serial of an application whose route has checked the scope, by their receipt."""
    c = hand_overs.c
    query = sa.select(c.letter_id, c.hand_over_id).where(c.application_id == application_id, c.serial == serial)
    return {row.letter_id: row.hand_over_id for row in await unit.rows(query)}


async def title_handed(
    unit: UnitOfWork,
    addressee: AddresseeRow,
    order: LetterOrder,
    receipt: Receipt,
    serial: str,
    actor: Actor,
    copy_no: int | None,
) -> UUID:
    """Record the hand-over of a title, and publish it; the receipt is kept as a letter."""
    receipt_letter = order.call.letter_id
    made = await _record(unit, addressee, receipt, actor, letter_id=receipt_letter, serial=serial)
    emit(
        unit,
        TitleHandedOver.new(
            application_id=addressee.application_id,
            caisse=addressee.caisse,
            actor=actor,
            correlation_id=order.correlation_id,
            id=named_uuid("title.handed_over", receipt_letter),
            handed_on=receipt.handed_on,
            serial=serial,
            received_by=receipt.received_by,
            receipt_letter_id=receipt_letter,
            copy_no=copy_no,
        ),
    )
    return made


async def _record(
    unit: UnitOfWork,
    addressee: AddresseeRow,
    receipt: Receipt,
    actor: Actor,
    *,
    letter_id: UUID,
    serial: str = "",
) -> UUID:
    made = uuid7()
    row = {
        "hand_over_id": made,
        "application_id": addressee.application_id,
        "caisse": addressee.caisse,
        "object": receipt.object,
        "letter_id": letter_id,
        "serial": serial,
        "handed_on": receipt.handed_on,
        "received_by": receipt.received_by,
        "name": receipt.name,
        "identity_paper": receipt.identity_paper,
        "desk": receipt.desk,
        "actor_id": actor.id,
    }
    await unit.insert_many(hand_overs, [row])
    return made


def _left(row: sa.Row[Any], on: dt.date, actor: Actor) -> LetterPosted:
    return LetterPosted.new(
        application_id=row.application_id,
        caisse=row.caisse,
        actor=actor,
        correlation_id=row.correlation_id,
        id=named_uuid("letter.posted", row.letter_id),
        letter_id=row.letter_id,
        kind=row.kind,
        posted_on=on,
        way=Way.HANDED_OVER.value,
        decision_id=row.decision_id,
        request_no=row.request_no,
    )
