"""Returned mail: found by the number printed on the letter, recorded with its cause, and what follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from prometheus_client import Counter

from services.letters.domain.catalogue import KINDS
from services.letters.domain.delivery import (
    AddressState,
    Cause,
    DeliveryFact,
    FactKind,
    NextAct,
    came_back,
    effect_elsewhere,
    effect_of,
)
from services.letters.domain.kind_definition import Way
from services.letters.domain.postal_address import AddressError
from services.letters.domain.recipient import Recipient
from services.letters.store import despatches
from services.letters.store.posting import of_principal
from services.letters.tables import address_states, documents, letters, recipients, returned_mail
from shared.access.principal import Principal
from shared.contract.events import Actor, LetterReturned
from shared.database.unit_of_work import UnitOfWork, emit
from shared.http.paging import Paging, after, cut
from shared.ids import named_uuid, uuid7
from shared.observability import metrics

returned = Counter(
    "ame_letters_returned_total", "Letters that came back", ["cause", "known"], registry=metrics.registry
)


@dataclass(frozen=True)
class Scan:
    """What a desk scanned: the text, the number in it if there is one, the cause and the day; whose desk."""

    scanned: str
    number: str | None
    cause: Cause
    on: dt.date
    caisse: str


@dataclass(frozen=True)
class Returned:
    """What a return did. ``letter`` None: nothing, no letter in scope has this number."""

    return_id: UUID
    letter: sa.Row[Any] | None
    address: AddressState
    next_act: NextAct


async def take_back(unit: UnitOfWork, principal: Principal, scan: Scan, *, trial: bool = False) -> Returned:
    """Record that a letter came back on a day; the same letter back again on that day, for that cause, changes nothing.

    A number that names no letter in scope, several, or one that never left by post is listed and counted, and changes
    nothing. ``trial``: nothing of it will be kept, and it is not counted.
    """
    cause, on = scan.cause, scan.on
    letter = await _found(unit, principal, scan.number)
    sent = await _sent(unit, letter) if letter is not None else []
    despatch_no = came_back(sent, on)
    if letter is None or despatch_no is None:
        return_id = await _record(unit, scan, principal.actor, None, None, NextAct.NONE)
        if not trial:
            returned.labels(cause.value, "false").inc()
        return Returned(return_id, None, AddressState.UNCHANGED, NextAct.NONE)
    before = await _address(unit, letter.application_id)
    for number, _, _, facts in sent:
        if any((fact.kind, fact.on, fact.cause) == (FactKind.RETURNED, on, cause) for fact in facts):
            row = await _earlier(unit, letter.letter_id, number)
            return Returned(row.return_id, letter, before, NextAct(row.next_act))
    state, act = before, effect_elsewhere(cause)
    if await _went_to_the_address_of_now(unit, letter):
        state, act = effect_of(cause, before)
        if state is not AddressState.UNCHANGED:
            await _doubt(unit, letter, state, on)
    fact = despatches.NewFact(FactKind.RETURNED, on, "return", cause)
    return_id = await _record(unit, scan, principal.actor, letter, despatch_no, act)
    way = next(way for number, way, _, _ in sent if number == despatch_no)
    emit(unit, _event(letter, despatch_no, way, cause, on, principal.actor))
    await despatches.add_facts(unit, letter, despatch_no, [fact], principal.actor)
    if not trial:
        returned.labels(cause.value, "true").inc()
    current = await unit.one_or_none(sa.select(letters).where(letters.c.letter_id == letter.letter_id))
    return Returned(return_id, current, state, act)


async def take_back_early(unit: UnitOfWork, principal: Principal, ids: Sequence[UUID]) -> None:
    """Take back the letters of these that came back before anybody recorded that they had left.

    Such a return was listed as one of no known letter; now it says what it had to say, and its row goes.
    """
    if not ids:
        return
    left = await unit.rows(of_principal(principal).where(letters.c.letter_id.in_(ids)))
    early = await unit.rows(_EARLY, {"numbers": [row.number for row in left]})
    for row in early:
        scan = Scan(row.scanned, row.number, Cause(row.cause), row.returned_on, row.caisse)
        done = await take_back(unit, principal, scan)
        if done.letter is not None:
            await unit.execute(sa.delete(returned_mail).where(returned_mail.c.return_id == row.return_id))
        else:  # still of no letter: listed as it was, not twice
            await unit.execute(sa.delete(returned_mail).where(returned_mail.c.return_id == done.return_id))


async def _sent(unit: UnitOfWork, letter: sa.Row[Any]) -> list[tuple[int, Way, dt.date, list[DeliveryFact]]]:
    return [
        (row.despatch_no, Way(row.way), row.left_on, await despatches.facts_of(unit, letter.letter_id, row.despatch_no))
        for row in await despatches.despatches_of(unit, letter.letter_id)
    ]


async def _went_to_the_address_of_now(unit: UnitOfWork, letter: sa.Row[Any]) -> bool:
    """Whether it was written to the person, at the address that the file has now: another one says nothing of it."""
    if not KINDS[letter.kind].to_person:
        return False
    query = sa.select(documents.c.content["window"].label("lines"), recipients.c.data).join_from(
        documents, recipients, documents.c.application_id == recipients.c.application_id
    )
    row = await unit.one_or_none(query.where(documents.c.letter_id == letter.letter_id))
    if row is None or row.data is None:
        return False
    try:
        now = list(Recipient.model_validate(row.data).postal_address().lines)
    except AddressError:
        return True
    return bool(now == row.lines)


async def _found(unit: UnitOfWork, principal: Principal, number: str | None) -> sa.Row[Any] | None:
    if number is None:
        return None
    rows = await unit.rows(of_principal(principal).where(letters.c.number == number).limit(2).with_for_update())
    return rows[0] if len(rows) == 1 else None


async def _address(unit: UnitOfWork, application_id: UUID) -> AddressState:
    c = address_states.c
    state = await unit.scalar(sa.select(c.state).where(c.application_id == application_id))
    return AddressState(state) if state else AddressState.UNCHANGED


async def _doubt(unit: UnitOfWork, letter: sa.Row[Any], state: AddressState, on: dt.date) -> None:
    row = {"application_id": letter.application_id, "state": state.value, "since": on, "letter_id": letter.letter_id}
    changed = ["state", "since", "letter_id"]
    await unit.insert_many(address_states, [row], conflict=["application_id"], update=changed)


async def _record(
    unit: UnitOfWork, scan: Scan, actor: Actor, letter: sa.Row[Any] | None, despatch_no: int | None, act: NextAct
) -> UUID:
    return_id = uuid7()
    row = {
        "return_id": return_id,
        "caisse": letter.caisse if letter is not None else scan.caisse,
        "scanned": scan.scanned,
        "cause": scan.cause.value,
        "returned_on": scan.on,
        "letter_id": letter.letter_id if letter is not None else None,
        "despatch_no": despatch_no,
        "application_id": letter.application_id if letter is not None else None,
        "next_act": act.value,
        "actor_id": actor.id,
    }
    await unit.insert_many(returned_mail, [row])
    return return_id


async def _earlier(unit: UnitOfWork, letter_id: UUID, despatch_no: int) -> sa.Row[Any]:
    c = returned_mail.c
    query = sa.select(returned_mail).where(c.letter_id == letter_id, c.despatch_no == despatch_no)
    return (await unit.rows(query.order_by(c.recorded_at).limit(1)))[0]


async def listed(
    unit: UnitOfWork, principal: Principal, paging: Paging, known: bool | None
) -> tuple[list[sa.Row[Any]], bool]:
    """A page of returns in scope, the newest first. ``known``: whether a letter has the number."""
    c = returned_mail.c
    query = sa.select(returned_mail).where(principal.scope(c.caisse))
    if known is not None:
        query = query.where(c.letter_id.is_not(None) if known else c.letter_id.is_(None))
    if key := after(paging, UUID):
        query = query.where(c.return_id < key[0])
    rows, more = cut(await unit.rows(query.order_by(c.return_id.desc()).limit(paging.limit + 1)), paging.limit)
    return list(rows), more


def _event(letter: sa.Row[Any], despatch_no: int, way: Way, cause: Cause, on: dt.date, actor: Actor) -> LetterReturned:
    return LetterReturned.new(
        application_id=letter.application_id,
        caisse=letter.caisse,
        actor=actor,
        correlation_id=letter.correlation_id,
        id=named_uuid("letter.returned", letter.letter_id, despatch_no, on, cause.value),
        letter_id=letter.letter_id,
        kind=letter.kind,
        despatch_no=despatch_no,
        way=way.value,
        returned_on=on,
        cause=cause.value,
        decision_id=letter.decision_id,
        request_no=letter.request_no,
    )


_EARLY = sa.text(
    "SELECT return_id, caisse, scanned, cause, returned_on, number FROM (SELECT *, "
    "regexp_replace(scanned, '[[:space:].-]', '', 'g') AS number FROM returned_mail WHERE letter_id IS NULL) unknown "
    "WHERE number = ANY(CAST(:numbers AS text[])) ORDER BY recorded_at"
)
