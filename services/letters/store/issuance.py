"""Issuing: composing many letters at once, freezing their content and telling it, in the transaction of what caused
them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.letters import tables
from services.letters.domain import library
from services.letters.domain.addressee import LetterOrder
from services.letters.domain.catalogue import LANGUAGE
from services.letters.domain.composition import Letter, compose
from services.letters.store.letter_references import day_of, references_of
from shared.contract.events import Actor, LetterIssued
from shared.database.unit_of_work import UnitOfWork, emit
from shared.ids import named_uuid
from shared.messaging.reference_table import ReferenceTable

SYSTEM = Actor(role="system", id="letters")
DUE_CHANNEL = "ame_letters_due"
SLICE = 25
_NOTIFY = sa.text("SELECT pg_notify(:channel, '')")


def compose_order(order: LetterOrder, reference: ReferenceTable) -> Letter:
    """The letter of an order, with the records and the law of its day."""
    references = references_of(reference, order.event, order.recipient)
    day = day_of(order.event)
    letter = compose(order.call, order.event, order.recipient, references, library.mentions(), library.wording(), day)
    if reference.caisse(order.event.caisse) is None:
        letter.problems.append("caisse_unknown")
    return letter


async def issue(unit: UnitOfWork, reference: ReferenceTable, orders: Sequence[LetterOrder]) -> list[UUID]:
    """Freeze and tell the letters of these orders; what was issued before for the same cause is left as it is.

    Returns the ids of the new letters. Rendering follows by itself: each new document is due at once.
    """
    if not orders:
        return []
    written: dict[UUID, tuple[LetterOrder, Letter]] = {}
    for order in orders:
        if order.call.letter_id not in written:
            written[order.call.letter_id] = (order, compose_order(order, reference))
            if len(written) % SLICE == 0:
                await asyncio.sleep(0)  # answers and heartbeats go on while a large batch is composed
    rows = [_row(letter_id, order, letter) for letter_id, (order, letter) in written.items()]
    inserted = await unit.insert_many(tables.letters, rows, conflict=["letter_id"], returning=["letter_id"])
    new = {row.letter_id for row in inserted}
    documents: list[dict[str, Any]] = []
    for letter_id, (order, letter) in written.items():
        if letter_id in new:
            documents.append(
                {
                    "letter_id": letter_id,
                    "application_id": order.event.application_id,
                    "content": letter.content,
                    "next_attempt_at": "now",
                }
            )
            emit(unit, _issued(letter_id, order, letter))
    if documents:
        await unit.insert_many(tables.documents, documents)
        await unit.execute(_NOTIFY, {"channel": DUE_CHANNEL})
    return sorted(new)


def _row(letter_id: UUID, order: LetterOrder, letter: Letter) -> dict[str, Any]:
    return {
        "letter_id": letter_id,
        "application_id": order.event.application_id,
        "caisse": order.event.caisse,
        "holder": order.holder,
        "kind": order.call.kind.value,
        "template": letter.template.name,
        "template_version": letter.template.version,
        "language": LANGUAGE,
        "content_hash": letter.content_hash,
        "issued_on": day_of(order.event),
        "decision_id": order.call.decision_id,
        "request_no": order.call.request_no,
        "problems": letter.problems,
        "cause_id": order.event.id,
        "correlation_id": order.event.correlation_id,
        "state": "issued",
    }


def _issued(letter_id: UUID, order: LetterOrder, letter: Letter) -> LetterIssued:
    return LetterIssued.after(
        order.event,
        SYSTEM,
        id=named_uuid("letter.issued", letter_id),
        business_date=day_of(order.event),
        letter_id=letter_id,
        kind=order.call.kind.value,
        template=letter.template.name,
        template_version=letter.template.version,
        language=LANGUAGE,
        issued_on=day_of(order.event),
        content_hash=letter.content_hash,
        decision_id=order.call.decision_id,
        request_no=order.call.request_no,
    )
