"""The appointments that exist to hand a title over: what letters that speak of the title print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain.addressee import Addressee, LetterOrder
from services.letters.domain.details import Collecting, Slot
from services.letters.tables import hand_over_slots
from shared.database.unit_of_work import UnitOfWork


async def keep(unit: UnitOfWork, touched: Iterable[Addressee]) -> None:
    """Keep the appointments that a batch set or moved, forget those that do not stand any more."""
    found = [(one.application_id, key, slot) for one in touched for key, slot in one.slots.items()]
    rows = [
        {"appointment_id": key, "application_id": application, "slot": slot.model_dump(mode="json"), "day": slot.day}
        for application, key, slot in found
        if slot is not None
    ]
    await unit.insert_many(hand_over_slots, rows, conflict=["appointment_id"], update=["slot", "day"])
    if gone := [key for _, key, slot in found if slot is None]:
        await unit.execute(sa.delete(hand_over_slots).where(hand_over_slots.c.appointment_id.in_(gone)))


async def standing(unit: UnitOfWork, applications: Sequence[UUID]) -> dict[UUID, list[Slot]]:
    """The appointments that stand, by application, the first one first."""
    c = hand_over_slots.c
    rows = await unit.rows(
        sa.select(c.application_id, c.slot).where(c.application_id.in_(applications)).order_by(c.day, c.appointment_id)
    )
    found: dict[UUID, list[Slot]] = {}
    for row in rows:
        found.setdefault(row.application_id, []).append(Slot.model_validate(row.slot))
    return found


async def printed(unit: UnitOfWork, orders: Sequence[LetterOrder]) -> list[LetterOrder]:
    """The orders, those that speak of a title to collect with the next appointment that stands, where there is one."""
    without = {order.call.application_id for order in orders if _unsaid(order)}
    if not without:
        return list(orders)
    known = await standing(unit, sorted(without))
    return [_with(order, known.get(order.call.application_id, [])) if _unsaid(order) else order for order in orders]


def _unsaid(order: LetterOrder) -> bool:
    return isinstance(order.call.details, Collecting) and order.call.details.slot is None


def _with(order: LetterOrder, known: Iterable[Slot]) -> LetterOrder:
    slot = next((one for one in known if one.day >= order.day), None)
    return replace(order, call=replace(order.call, details=order.call.details.model_copy(update={"slot": slot})))
