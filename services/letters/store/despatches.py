"""Despatches and what is known of them; the notification that follows is written and published in the same act."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain.delivery import (
    Cause,
    DeliveryFact,
    FactKind,
    Notification,
    contradicted,
    despatch_notification,
    letter_notification,
)
from services.letters.domain.kind_definition import Way
from services.letters.tables import despatch_facts, despatches
from shared.contract.events import Actor, LetterNotified
from shared.database.unit_of_work import UnitOfWork, emit
from shared.ids import named_uuid, uuid7


@dataclass(frozen=True)
class NewFact:
    """A fact to record: what, when, and who says so. ``source``: desk, tracking or return."""

    kind: FactKind
    on: dt.date
    source: str
    cause: Cause | None = None
    signed_by: str = ""


async def despatched(
    unit: UnitOfWork, rows: Sequence[sa.Row[Any]], way: Way, on: dt.date, actor: Actor, numbers: Mapping[UUID, str]
) -> None:
    """Record that these letters left, each as its next despatch, and what follows for their notification."""
    if not rows:
        return
    kind = {Way.HANDED_OVER: FactKind.HANDED_OVER, Way.ELECTRONIC: FactKind.SENT}.get(way, FactKind.POSTED)
    counts = {
        row.letter_id: row.sent
        for row in await unit.rows(
            sa.select(despatches.c.letter_id, sa.func.count().label("sent"))
            .where(despatches.c.letter_id.in_([row.letter_id for row in rows]))
            .group_by(despatches.c.letter_id)
        )
    }
    new, facts = [], []
    for row in rows:
        number = counts.get(row.letter_id, 0) + 1
        key = {"letter_id": row.letter_id, "despatch_no": number, "application_id": row.application_id}
        new.append({**key, "way": way.value, "number": numbers.get(row.letter_id, ""), "left_on": on})
        facts.append({**key, **_fact(NewFact(kind, on, "desk"), actor)})
    await unit.insert_many(despatches, new)
    await unit.insert_many(despatch_facts, facts)
    await settle(unit, rows, actor)


async def add_facts(
    unit: UnitOfWork, row: sa.Row[Any], despatch_no: int, facts: Iterable[NewFact], actor: Actor
) -> None:
    """Record what is newly known of one despatch; the same fact again changes nothing."""
    known = {(fact.kind, fact.on, fact.cause) for fact in await facts_of(unit, row.letter_id, despatch_no)}
    fresh = [fact for fact in facts if (fact.kind, fact.on, fact.cause) not in known]
    key = {"letter_id": row.letter_id, "despatch_no": despatch_no, "application_id": row.application_id}
    await unit.insert_many(despatch_facts, [{**key, **_fact(fact, actor)} for fact in fresh])
    if fresh:
        await settle(unit, [row], actor)


async def choose(unit: UnitOfWork, row: sa.Row[Any], despatch_no: int, fact_id: UUID, actor: Actor) -> bool:
    """A person chooses one of the facts that contradict each other; the others stay, set aside. False: it is not one of
    them."""
    wrong = contradicted(await facts_of(unit, row.letter_id, despatch_no))
    if fact_id not in {fact.fact_id for fact in wrong}:
        return False
    others = [fact.fact_id for fact in wrong if fact.fact_id != fact_id]
    await unit.execute(sa.update(despatch_facts).where(despatch_facts.c.fact_id.in_(others)).values(set_aside=True))
    await settle(unit, [row], actor)
    return True


async def settle(unit: UnitOfWork, rows: Sequence[sa.Row[Any]], actor: Actor) -> None:
    """Write what the despatches of these letters say now, and publish it where it changed."""
    by_letter = await _by_letter(unit, [row.letter_id for row in rows])
    changes = []
    for row in rows:
        found, way = by_letter[row.letter_id]
        if (found.state, found.on, way) == (row.notification, row.notified_on, row.way):
            continue
        publishes = found.state != "pending" or row.revision > 0
        revision = row.revision + publishes
        changes.append(
            {
                "letter_id": str(row.letter_id),
                "notification": found.state,
                "notified_on": found.on and found.on.isoformat(),
                "way": way,
                "revision": revision,
            }
        )
        if publishes:
            emit(unit, _notified(row, found, way, revision, actor))
    if changes:
        await unit.execute(_SETTLE, {"rows": json.dumps(changes)})


async def _by_letter(unit: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, tuple[Notification, str]]:
    """What the despatches of each letter say together, and by which way the last one left."""
    sent = await unit.rows(
        sa.select(despatches).where(despatches.c.letter_id.in_(ids)).order_by(despatches.c.despatch_no)
    )
    known: dict[tuple[UUID, int], list[DeliveryFact]] = {}
    for fact in await unit.rows(sa.select(despatch_facts).where(despatch_facts.c.letter_id.in_(ids))):
        known.setdefault((fact.letter_id, fact.despatch_no), []).append(_read(fact))
    said: dict[UUID, list[Notification]] = {}
    ways: dict[UUID, str] = {}
    for despatch in sent:
        facts = known.get((despatch.letter_id, despatch.despatch_no), [])
        said.setdefault(despatch.letter_id, []).append(despatch_notification(Way(despatch.way), facts))
        ways[despatch.letter_id] = despatch.way
    return {key: (letter_notification(one), ways[key]) for key, one in said.items()}


async def despatches_of(unit: UnitOfWork, letter_id: UUID) -> Sequence[sa.Row[Any]]:
    """The despatches of a letter, the first one first."""
    query = sa.select(despatches).where(despatches.c.letter_id == letter_id)
    return await unit.rows(query.order_by(despatches.c.despatch_no))


async def fact_rows(unit: UnitOfWork, letter_id: UUID) -> Sequence[sa.Row[Any]]:
    """Everything that was recorded of the despatches of a letter, in the order it came."""
    query = sa.select(despatch_facts).where(despatch_facts.c.letter_id == letter_id)
    return await unit.rows(query.order_by(despatch_facts.c.recorded_at, despatch_facts.c.fact_id))


async def facts_of(unit: UnitOfWork, letter_id: UUID, despatch_no: int) -> list[DeliveryFact]:
    """What is known of one despatch."""
    found = await fact_rows(unit, letter_id)
    return [_read(row) for row in found if row.despatch_no == despatch_no]


def _read(row: sa.Row[Any]) -> DeliveryFact:
    cause = Cause(row.cause) if row.cause else None
    return DeliveryFact(row.fact_id, FactKind(row.kind), row.happened_on, cause, row.set_aside)


def _fact(fact: NewFact, actor: Actor) -> dict[str, Any]:
    return {
        "fact_id": uuid7(),
        "kind": fact.kind.value,
        "happened_on": fact.on,
        "cause": fact.cause.value if fact.cause else None,
        "signed_by": fact.signed_by,
        "source": fact.source,
        "actor_id": actor.id,
    }


def _notified(row: sa.Row[Any], found: Notification, way: str, revision: int, actor: Actor) -> LetterNotified:
    """What is published: a letter that did not arrive, or is under way again, can be held against nobody."""
    sure = found.state in ("proved", "presumed")
    return LetterNotified.new(
        application_id=row.application_id,
        caisse=row.caisse,
        actor=actor,
        correlation_id=row.correlation_id,
        id=named_uuid("letter.notified", row.letter_id, revision),
        letter_id=row.letter_id,
        kind=row.kind,
        state=found.state if sure else "unprovable",
        notified_on=found.on,
        way=way,
        revision=revision,
        decision_id=row.decision_id,
        request_no=row.request_no,
    )


_SETTLE = sa.text(
    "UPDATE letters SET notification = r.notification, notified_on = r.notified_on, way = r.way, "
    "revision = r.revision FROM json_to_recordset(CAST(:rows AS json)) "
    "AS r(letter_id uuid, notification text, notified_on date, way text, revision int) "
    "WHERE letters.letter_id = r.letter_id"
)
__all__ = ["NewFact", "add_facts", "choose", "despatched", "despatches_of", "fact_rows", "facts_of", "settle"]
