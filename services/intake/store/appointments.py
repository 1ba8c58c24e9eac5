"""Desks, their capacity by day, and the appointments of applications."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.domain.application import ActionContext, Application, application_event
from services.intake.domain.appointment import STANDING, Appointment, AppointmentState, Slot, must_have_room
from services.intake.store.applications import save
from services.intake.tables import appointments, desk_days, desks
from shared.access.principal import Principal
from shared.contract.events import ApplicationEvent, AppointmentChanged, AppointmentSet
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import not_found


async def put_desk(unit: UnitOfWork, caisse: str, desk: str, fields: dict[str, Any], days: dict[dt.date, int]) -> None:
    """Write a desk of a caisse with its usual capacity, and the days on which it is another."""
    row = {"caisse": caisse, "desk": desk, **fields}
    await unit.insert_many(desks, [row], conflict=["caisse", "desk"], update=list(fields))
    rows = [{"caisse": caisse, "desk": desk, "day": day, "capacity": count} for day, count in sorted(days.items())]
    await unit.insert_many(desk_days, rows, conflict=["caisse", "desk", "day"], update=["capacity"])


async def desks_of(unit: UnitOfWork, principal: Principal) -> Sequence[sa.Row[Any]]:
    """The desks in scope."""
    query = sa.select(desks).where(principal.scope(desks.c.caisse))
    return await unit.rows(query.order_by(desks.c.caisse, desks.c.desk))


async def room(unit: UnitOfWork, caisse: str, desk: str, day: dt.date) -> tuple[sa.Row[Any], int, int]:
    """The desk, locked, its capacity on a day, and how many it has taken. Raises 404 for no desk of this caisse."""
    found = await unit.one_or_none(
        sa.select(desks).where(desks.c.caisse == caisse, desks.c.desk == desk).with_for_update()
    )
    if found is None:
        raise not_found()
    d, a = desk_days.c, appointments.c
    own = await unit.scalar(sa.select(d.capacity).where(d.caisse == caisse, d.desk == desk, d.day == day))
    standing = [state.value for state in STANDING]
    query = sa.select(sa.func.count()).where(a.caisse == caisse, a.desk == desk, a.day == day, a.state.in_(standing))
    taken = int(await unit.scalar(query)) + int(
        await unit.scalar(_ABOUT_TO, {"caisse": caisse, "desk": desk, "day": day})
    )
    return found, found.capacity if own is None else int(own), taken


async def take(
    unit: UnitOfWork, file: Application, one: Appointment, extras: dict[str, Any], by: ActionContext
) -> None:
    """Write a new appointment and publish it. Raises ActionNotAllowed when the desk is full."""
    desk, capacity, taken = await room(unit, file.caisse, one.slot.desk, one.slot.day)
    must_have_room(taken, capacity)
    await unit.insert_many(appointments, [{**_row(one), "caisse": file.caisse, **extras}])
    await _publish(unit, file, AppointmentSet, one, desk, extras, by)


async def change(
    unit: UnitOfWork, file: Application, row: sa.Row[Any], one: Appointment, reason: str, by: ActionContext
) -> None:
    """Write what became of an appointment and publish it. Raises ActionNotAllowed when the new desk is full."""
    desk, capacity, taken = await room(unit, row.caisse, one.slot.desk, one.slot.day)
    if one.state is AppointmentState.MOVED and (row.desk, row.day) != (one.slot.desk, one.slot.day):
        must_have_room(taken, capacity)
    a = appointments.c
    values = {key: value for key, value in _row(one).items() if key != "appointment_id"}
    await unit.execute(sa.update(appointments).where(a.appointment_id == one.appointment_id).values(**values))
    extras = {"bring": row.bring, "standby": row.standby, "change": one.state.value, "reason": reason}
    await _publish(unit, file, AppointmentChanged, one, desk, extras, by)


async def _publish(
    unit: UnitOfWork,
    file: Application,
    kind: type[ApplicationEvent],
    one: Appointment,
    desk: sa.Row[Any],
    extras: dict[str, Any],
    by: ActionContext,
) -> None:
    fields = {
        "appointment_id": one.appointment_id,
        "version": one.version,
        "desk": one.slot.desk,
        "desk_name": desk.name,
        "desk_lines": desk.lines,
        "day": one.slot.day,
        "hour": one.slot.hour,
        "purpose": one.purpose,
        **extras,
    }
    event = application_event(kind, file.application_id, file.caisse, by, **fields)
    await save(unit, file, replace(file, version=file.version + 1), [event])


async def locked(unit: UnitOfWork, application_id: UUID, appointment_id: UUID) -> tuple[sa.Row[Any], Appointment]:
    """One appointment of an application that the caller has read in scope. Raises 404."""
    a = appointments.c
    query = sa.select(appointments).where(a.appointment_id == appointment_id, a.application_id == application_id)
    row = await unit.one_or_none(query.with_for_update())
    if row is None:
        raise not_found()
    return row, of_row(row)


async def of_application(unit: UnitOfWork, application_id: UUID) -> Sequence[sa.Row[Any]]:
    """The appointments of an application that the caller has read in scope, the first day first."""
    a = appointments.c
    query = sa.select(appointments).where(a.application_id == application_id)
    return await unit.rows(query.order_by(a.day, a.hour, a.appointment_id))


def of_row(row: sa.Row[Any]) -> Appointment:
    """An appointment as stored."""
    slot = Slot(row.desk, row.day, row.hour)
    state = AppointmentState(row.state)
    return Appointment(row.appointment_id, row.application_id, slot, row.purpose, state, row.version)


def _row(one: Appointment) -> dict[str, Any]:
    return {
        "appointment_id": one.appointment_id,
        "application_id": one.application_id,
        "desk": one.slot.desk,
        "day": one.slot.day,
        "hour": one.slot.hour,
        "purpose": one.purpose,
        "state": one.state.value,
        "version": one.version,
    }


# Slots that a page took and that can still be undone: nobody else gets them meanwhile.
_ABOUT_TO = sa.text(
    "SELECT count(*) FROM held_acts WHERE state = 'waiting' AND kind = 'appointment' AND caisse = :caisse "
    "AND said ->> 'change' IN ('set', 'moved') AND said ->> 'desk' = :desk "
    "AND said ->> 'day' = to_char(CAST(:day AS date), 'YYYY-MM-DD')"
)
