"""Appointments of applications, and the desks that take them: capacity by desk and day is a parameter."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.intake.api.dependencies import FileReader, Mover, ReadPurpose, Writer
from services.intake.api.problems import domain_problems
from services.intake.domain.appointment import AppointmentState, Slot
from services.intake.store import appointment_acts
from services.intake.store import appointments as store
from services.intake.store.applications import read
from shared.access.access_log import record_access
from shared.contract.facts import PaperKind
from shared.contract.scalars import CaisseCode, Code, Text
from shared.http.dates import BoundedDate
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["rendez-vous"])

FORBID = ConfigDict(extra="forbid")
Hour = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Capacity = Annotated[int, Field(ge=0, le=1000)]
Purpose = Literal["first_deposit", "photograph", "hand_over", "interview"]


class DeskParameters(BaseModel):
    """A desk: its name and address as letters print them, how many it takes a day, and the days that differ."""

    model_config = FORBID
    name: Annotated[Text, Field(min_length=1)]
    lines: Annotated[list[Text], Field(max_length=5)] = []
    capacity: Capacity
    days: Annotated[dict[BoundedDate, Capacity], Field(max_length=366)] = {}


class DeskView(BaseModel):
    """A desk as it is."""

    caisse: str
    desk: str
    name: str
    lines: list[str]
    capacity: int


class DayView(BaseModel):
    """What a desk still offers on a day."""

    day: dt.date
    capacity: int
    taken: int
    offered: int


class NewAppointment(BaseModel):
    """A slot taken for the person; ``bring``: papers; ``standby``: who may come instead."""

    model_config = FORBID
    desk: Code
    day: BoundedDate
    hour: Hour
    purpose: Purpose
    bring: Annotated[list[PaperKind], Field(max_length=20)] = []
    standby: Literal["adult", "representative", "nobody"] = "adult"


class AppointmentChange(BaseModel):
    """What became of it: moved to another slot, kept, missed or cancelled."""

    model_config = FORBID
    change: Literal["moved", "kept", "missed", "cancelled"]
    desk: Code | None = None
    day: BoundedDate | None = None
    hour: Hour | None = None
    reason: Literal["", "person_asked", "desk_closed", "interpreter", "other"] = ""


class AppointmentView(BaseModel):
    """An appointment as it stands."""

    appointment_id: UUID
    application_id: UUID
    caisse: str
    desk: str
    day: dt.date
    hour: str
    purpose: str
    state: AppointmentState
    version: int


@router.put("/desks/{caisse}/{desk}", status_code=204, summary="Paramètres d'un accueil : nom, adresse, capacité")
async def put_desk(
    caisse: CaisseCode, desk: Code, body: DeskParameters, runtime: RuntimeDependency, principal: Mover
) -> Response:
    """How many a desk takes a day, and on which days another number."""
    principal.check_scope(caisse)
    fields = {"name": body.name, "lines": body.lines, "capacity": body.capacity}
    async with runtime.database.unit() as unit:
        await store.put_desk(unit, caisse, desk, fields, body.days)
    return Response(status_code=204)


@router.get("/desks", summary="Accueils et capacités")
async def list_desks(runtime: RuntimeDependency, principal: FileReader) -> list[DeskView]:
    """The desks of the caisses in scope."""
    async with runtime.database.unit() as unit:
        rows = await store.desks_of(unit, principal)
    return [DeskView.model_validate(row, from_attributes=True) for row in rows]


@router.get("/desks/{caisse}/{desk}/days/{day}", summary="Ce qu'un accueil offre encore un jour")
async def read_day(
    caisse: CaisseCode, desk: Code, day: BoundedDate, runtime: RuntimeDependency, principal: FileReader
) -> DayView:
    """Capacity, taken and offered."""
    principal.check_scope(caisse)
    async with runtime.database.unit() as unit:
        _, capacity, taken = await store.room(unit, caisse, desk, day)
    return DayView(day=day, capacity=capacity, taken=taken, offered=max(0, capacity - taken))


@router.post("/applications/{application_id}/appointments", status_code=201, summary="Fixer un rendez-vous")
async def post_appointment(
    application_id: UUID, body: NewAppointment, runtime: RuntimeDependency, principal: Writer
) -> AppointmentView:
    """Take a slot of a desk of the caisse that holds the file; letters prints the convocation."""
    slot = Slot(body.desk, body.day, body.hour)
    extras = {"bring": [kind.value for kind in body.bring], "standby": body.standby}
    with domain_problems():
        async with runtime.database.unit() as unit:
            row = await appointment_acts.take(unit, principal, application_id, slot, body.purpose, extras)
    return AppointmentView.model_validate(row, from_attributes=True)


@router.post(
    "/applications/{application_id}/appointments/{appointment_id}/changes",
    summary="Déplacer, honorer, manquer ou annuler un rendez-vous",
)
async def post_change(
    application_id: UUID,
    appointment_id: UUID,
    body: AppointmentChange,
    runtime: RuntimeDependency,
    principal: Writer,
) -> AppointmentView:
    """What became of an appointment. One that is missed has no effect on the application."""
    said = body.model_dump(mode="json", exclude_none=True)
    with domain_problems():
        async with runtime.database.unit() as unit:
            row = await appointment_acts.change(unit, principal, application_id, appointment_id, said)
    return AppointmentView.model_validate(row, from_attributes=True)


@router.get("/applications/{application_id}/appointments", summary="Rendez-vous d'une demande")
async def list_appointments(
    application_id: UUID, runtime: RuntimeDependency, principal: FileReader, purpose: ReadPurpose
) -> list[AppointmentView]:
    """The appointments of a file in scope: codes and dates."""
    async with runtime.database.unit() as unit:
        await read(unit, application_id, principal)
        rows = await store.of_application(unit, application_id)
        record_access(unit, principal, purpose, "intake.appointments", [application_id])
    return [AppointmentView.model_validate(row, from_attributes=True) for row in rows]
