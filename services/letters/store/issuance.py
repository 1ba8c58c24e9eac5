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
from services.letters.domain.catalogue import LANGUAGE, REMINDING
from services.letters.domain.composition import Letter, compose, content_hash
from services.letters.domain.kind_definition import LETTER
from services.letters.domain.letter_number import bars, number_of
from services.letters.domain.postal_address import AddressError
from services.letters.domain.printable_letters import printable_letter
from services.letters.domain.recipient import Recipient
from services.letters.domain.seals import Sealer
from services.letters.store import reminders, seals, slots
from services.letters.store.documents import FAILURES
from services.letters.store.letter_references import references_of
from services.letters.store.posting import cancel
from shared import clock
from shared.contract.events import Actor, LetterIssued
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


async def issue(
    unit: UnitOfWork, reference: ReferenceTable, orders: Sequence[LetterOrder], sealer: Sealer
) -> list[UUID]:
    """Freeze and tell the letters of these orders; what was issued before for the same cause is left as it is.

    Returns the ids of the new letters. Rendering follows by itself: each new document is due at once.
    """
    if not orders:
        return []
    orders = await slots.printed(unit, orders)
    written: dict[UUID, tuple[LetterOrder, Letter]] = {}
    for order in orders:
        if order.call.letter_id not in written:
            written[order.call.letter_id] = (order, seals.sealed(compose_order(order, reference), sealer))
            if len(written) % SLICE == 0:
                await asyncio.sleep(0)  # answers and heartbeats go on while a large batch is composed
    rows = [_row(letter_id, order, letter) for letter_id, (order, letter) in written.items()]
    inserted = await unit.insert_many(tables.letters, rows, conflict=["letter_id"], returning=["letter_id"])
    new = {row.letter_id for row in inserted}
    documents: list[dict[str, Any]] = []
    made: list[dict[str, Any]] = []
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
            ranks = letter.facts.ranks if letter.facts else ()
            seal = seals.row_of(letter, letter_id, order.call.application_id, order.call.decision_id, ranks)
            made += [seal] if seal else []
    if documents:
        await unit.insert_many(tables.documents, documents)
        await unit.insert_many(tables.seals, made)
        await unit.execute(_NOTIFY, {"channel": DUE_CHANNEL})
    if reminding := [letter_id for letter_id in new if written[letter_id][0].call.kind in REMINDING]:
        await reminders.plan(unit, reminding)
    return sorted(new)


async def reissue(
    unit: UnitOfWork, row: sa.Row[Any], recipient: Recipient, actor: Actor, sealer: Sealer
) -> UUID | None:
    """Freeze the same words once more, for the address of now; None where it is the address of the letter, or cannot be
    printed.

    The new letter has the date and the cause of the first, so that what it says stays true; a first one that has not
    left is cancelled.
    """
    content: dict[str, Any] | None = await unit.scalar(
        sa.select(tables.documents.c.content).where(tables.documents.c.letter_id == row.letter_id)
    )
    if content is None:
        return None
    try:
        window = list(recipient.postal_address().lines)
    except AddressError:
        return None
    if window == content["window"]:
        return None
    letter_id = named_uuid("letter.reissued", row.letter_id, window)
    number = number_of(letter_id)
    again = {**content, "window": window, "window_note": "", "number": number, "bars": bars(number)}
    again.setdefault("envelope", library.envelopes()[ENVELOPE].model_dump())
    again = printable_letter(again)
    kept = [problem for problem in row.problems if not problem.startswith("address_") and problem not in FAILURES]
    letter = seals.sealed_again(Letter(again, content_hash(again, LETTER), LETTER, kept), row.number, sealer)
    copied = ("application_id", "caisse", "holder", "kind", "issued_on", "decision_id", "request_no", "correlation_id")
    fields = {name: getattr(row, name) for name in copied}
    new = {
        **fields,
        "letter_id": letter_id,
        "number": number,
        "template": LETTER.name,
        "template_version": LETTER.version,
        "language": row.language,
        "leaflet": row.leaflet,
        "content_hash": letter.content_hash,
        "problems": letter.problems,
        "cause_id": row.letter_id,
        "state": "issued",
    }
    inserted = await unit.insert_many(tables.letters, [new], conflict=["letter_id"], returning=["letter_id"])
    if inserted:
        document = {"letter_id": letter_id, "application_id": row.application_id, "content": letter.content}
        await unit.insert_many(tables.documents, [{**document, "next_attempt_at": "now"}])
        ranks = await seals.ranks_of(unit, row.letter_id)
        seal = seals.row_of(letter, letter_id, row.application_id, row.decision_id, ranks)
        await unit.insert_many(tables.seals, [seal] if seal else [])
        emit(unit, _reissued(row, letter_id, letter.content_hash, actor))
        if row.state == "issued":
            await cancel(unit, row, "wrong_address", actor, clock.today())
        await unit.execute(_NOTIFY, {"channel": DUE_CHANNEL})
    return letter_id


def _reissued(row: sa.Row[Any], letter_id: UUID, digest: str, actor: Actor) -> LetterIssued:
    return LetterIssued.new(
        application_id=row.application_id,
        caisse=row.caisse,
        actor=actor,
        correlation_id=row.correlation_id,
        causation_id=row.letter_id,
        id=named_uuid("letter.issued", letter_id),
        letter_id=letter_id,
        kind=row.kind,
        template=LETTER.name,
        template_version=LETTER.version,
        language=row.language,
        issued_on=row.issued_on,
        content_hash=digest,
        decision_id=row.decision_id,
        request_no=row.request_no,
    )


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
        "leaflet": letter.leaflet,
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
