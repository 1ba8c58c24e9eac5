"""What desks do with appointments: a slot taken, moved, kept, missed or cancelled; at once, or a little later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.intake.domain.application import OPEN, ActionNotAllowed
from services.intake.domain.appointment import Appointment, AppointmentState, Slot, must_be_ahead
from services.intake.store import appointments as store
from services.intake.store.acting import action_context
from services.intake.store.applications import read
from shared import clock
from shared.access.held_acts import Doing
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import Problem
from shared.ids import uuid7

APPOINTMENT: Final = "appointment"


async def take(
    unit: UnitOfWork, principal: Principal, application_id: UUID, slot: Slot, purpose: str, extras: dict[str, Any]
) -> sa.Row[Any]:
    """Take a slot of a desk of the caisse that holds the file. Raises ActionNotAllowed, 404 out of scope."""
    file = await read(unit, application_id, principal, lock=True)
    must_be_ahead(slot, clock.today())
    if file.state not in OPEN:
        raise ActionNotAllowed("not_open", "La demande est retirée ou effacée : aucun rendez-vous.")
    one = Appointment(uuid7(), application_id, slot, purpose)
    await store.take(unit, file, one, extras, action_context(principal))
    row, _ = await store.locked(unit, application_id, one.appointment_id)
    return row


async def change(
    unit: UnitOfWork, principal: Principal, application_id: UUID, appointment_id: UUID, said: Mapping[str, Any]
) -> sa.Row[Any]:
    """Move an appointment, or say what became of it. Raises ActionNotAllowed, 404 out of scope.

    ``said``: the change and its reason; of a move what is new of desk, day and hour."""
    file = await read(unit, application_id, principal, lock=True)
    row, before = await store.locked(unit, application_id, appointment_id)
    if said["change"] == "moved":
        old, day = before.slot, said.get("day")
        slot = Slot(
            said.get("desk") or old.desk,
            dt.date.fromisoformat(day) if day else old.day,
            said.get("hour") or old.hour,
        )
        after = before.moved(slot, clock.today())
    else:
        after = before.ended(AppointmentState(said["change"]), clock.today())
    await store.change(unit, file, row, after, said.get("reason", ""), action_context(principal))
    row, _ = await store.locked(unit, application_id, appointment_id)
    return row


async def carry_out(unit: UnitOfWork, principal: Principal, said: Mapping[str, Any]) -> sa.Row[Any]:
    """Do what a page noted. Raises Problem where it is not possible."""
    application_id = UUID(said["application_id"])
    try:
        if said["change"] == "set":
            slot = Slot(said["desk"], dt.date.fromisoformat(said["day"]), said["hour"])
            extras = {"bring": [], "standby": said["standby"]}
            return await take(unit, principal, application_id, slot, said["purpose"], extras)
        return await change(unit, principal, application_id, UUID(said["appointment_id"]), said)
    except ActionNotAllowed as forbidden:
        raise Problem(409, forbidden.code, str(forbidden), title="Action impossible") from None


DOING: Final[Mapping[str, Doing]] = {APPOINTMENT: carry_out}
