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
from services.letters.domain.letter_number import number_of
from services.letters.store.letter_references import references_of
from shared.contract.events import LetterIssued
from shared.database.unit_of_work import UnitOfWork, emit
from shared.ids import named_uuid
from shared.messaging.reference_table import ReferenceTable

ENVELOPE = "dl"
DUE_CHANNEL = "ame_letters_due"
SLICE = 25
_NOTIFY = sa.text("SELECT pg_notify(:channel, '')")


def compose_order(order: LetterOrder, reference: ReferenceTable) -> Letter:
    """The letter of an order, with the records and the law of its day. Raises NoTextForDay."""
    references, envelope = references_of(reference, order), library.envelopes()[ENVELOPE]
    mentions, wording = library.mentions(), library.wording()
    letter = compose(order.call, order.recipient, references, mentions, wording, envelope, order.day)
    if reference.caisse(order.issuer) is None:
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
                    "application_id": order.call.application_id,
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
        "application_id": order.call.application_id,
        "caisse": order.issuer,
        "holder": order.holder,
        "kind": order.call.kind.value,
        "number": number_of(letter_id),
        "template": letter.template.name,
        "template_version": letter.template.version,
        "language": LANGUAGE,
        "content_hash": letter.content_hash,
        "issued_on": order.day,
        "decision_id": order.call.decision_id,
        "request_no": order.call.request_no,
        "problems": letter.problems,
        "cause_id": order.cause_id,
        "correlation_id": order.correlation_id,
        "state": "issued",
    }


def _issued(letter_id: UUID, order: LetterOrder, letter: Letter) -> LetterIssued:
    return LetterIssued.new(
        application_id=order.call.application_id,
        caisse=order.issuer,
        actor=order.actor,
        correlation_id=order.correlation_id,
        causation_id=order.cause_id,
        id=named_uuid("letter.issued", letter_id),
        business_date=order.day,
        letter_id=letter_id,
        kind=order.call.kind,
        template=letter.template.name,
        template_version=letter.template.version,
        language=LANGUAGE,
        issued_on=order.day,
        content_hash=letter.content_hash,
        decision_id=order.call.decision_id,
        request_no=order.call.request_no,
    )
