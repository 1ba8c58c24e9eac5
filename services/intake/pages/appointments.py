"""Appointments: who comes to which desk on a day, and those of one file, set, moved, kept or missed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from services.intake.api.appointments import AppointmentChange, NewAppointment, post_appointment, post_change
from services.intake.domain.appointment import STANDING, AppointmentState
from services.intake.pages.frame import FOLDER, WRITERS, Writing, frame, open_file
from services.intake.store import appointments as store
from services.intake.store import appointments_of_day
from services.intake.store.applications import read
from shared import clock
from shared.access.access_log import record_listing
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose, purpose_by_way
from shared.http.dates import BoundedDate
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.attempt import attempt
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
AtCaisse = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR))]

PURPOSES: Final = {
    "first_deposit": "premier dépôt",
    "photograph": "photographie",
    "hand_over": "remise du titre",
    "interview": "entretien",
}
STATES: Final = {
    AppointmentState.OFFERED: "libre",
    AppointmentState.TAKEN: "attendu",
    AppointmentState.MOVED: "attendu, déplacé",
    AppointmentState.KEPT: "venu",
    AppointmentState.MISSED: "pas venu",
    AppointmentState.CANCELLED: "annulé",
}
STANDBY: Final = {
    "adult": "un autre adulte du foyer",
    "representative": "la personne qui la représente",
    "nobody": "personne d'autre",
}
SAID: Final = {
    "kept": "Noté : la personne est venue.",
    "missed": "Noté : la personne n'est pas venue. Cela n'a aucun effet sur sa demande.",
    "cancelled": "Le rendez-vous est annulé.",
    "moved": "Le rendez-vous est déplacé ; une nouvelle convocation attend parmi les courriers.",
}


@router.get("/ui/appointments", response_class=HTMLResponse)
async def day_page(
    request: Request, runtime: RuntimeDependency, principal: AtCaisse, day: BoundedDate | Literal[""] = ""
) -> HTMLResponse:
    """The day desk by desk: the hour, the person, what for; one key says who came."""
    on = day or clock.today()
    purpose = purpose_by_way(principal, Purpose.FRONT_DESK)
    async with runtime.database.unit() as unit:
        rows = await appointments_of_day.of_day(unit, principal, on)
        desks = await store.desks_of(unit, principal)
        record_listing(unit, principal, purpose, "intake.appointments", [row.application_id for row in rows])
    names = {(desk.caisse, desk.desk): desk.name for desk in desks}
    by_desk: dict[str, list[Any]] = {name: [] for name in names.values()}
    for row in rows:
        by_desk.setdefault(names.get((row.caisse, row.desk), row.desk), []).append(row)
    return page(
        request,
        FOLDER,
        "appointments.html",
        title="Rendez-vous du jour",
        day=on,
        before=on - dt.timedelta(days=1),
        after=on + dt.timedelta(days=1),
        desks=list(by_desk.items()),
        coming=sum(AppointmentState(row.state) in STANDING for row in rows),
        purposes=PURPOSES,
        states=STATES,
        standing={state.value for state in STANDING},
        may_write=bool(principal.roles & WRITERS),
        past=on <= clock.today(),
    )


@router.post("/ui/appointments/{application_id}/{appointment_id}")
async def note_who_came(
    request: Request,
    runtime: RuntimeDependency,
    principal: Writing,
    application_id: UUID,
    appointment_id: UUID,
    change: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Say of one appointment of the day that the person came, or did not."""
    if change not in ("kept", "missed"):
        raise Problem(422, "validation_failed", "Dites si la personne est venue, ou non.")
    body = AppointmentChange.model_validate({"change": change})
    async with runtime.database.unit() as unit:
        await read(unit, application_id, principal)
        row, _ = await store.locked(unit, application_id, appointment_id)
    wrong = await attempt(lambda: post_change(application_id, appointment_id, body, runtime, principal))
    said = " ".join(wrong.values()) if wrong else SAID[body.change]
    return messages.redirect(request, f"/ui/appointments?day={row.day.isoformat()}", Message(said))


@router.get("/ui/applications/{application_id}/appointments", response_class=HTMLResponse)
async def file_appointments(
    request: Request, runtime: RuntimeDependency, principal: AtCaisse, application_id: UUID
) -> HTMLResponse:
    """The appointments of one file, and a new one."""
    return await _file_page(request, runtime, principal, application_id, {}, {})


async def _file_page(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    application_id: UUID,
    errors: Mapping[str, str],
    typed: Mapping[str, str],
) -> HTMLResponse:
    opened = await open_file(runtime, principal, application_id, "intake.appointments")
    async with runtime.database.unit() as unit:
        rows = await store.of_application(unit, application_id)
        desks = [desk for desk in await store.desks_of(unit, principal) if desk.caisse == opened.row.caisse]
    return page(
        request,
        FOLDER,
        "file_appointments.html",
        title="Rendez-vous du dossier",
        status=422 if errors else 200,
        rows=rows,
        desks=[(desk.desk, desk.name) for desk in desks],
        desk_names={desk.desk: desk.name for desk in desks},
        purposes=PURPOSES,
        states=STATES,
        standing={state.value for state in STANDING},
        standby=list(STANDBY.items()),
        errors=dict(errors),
        typed=dict(typed),
        **frame(request, runtime, principal, opened),
    )


@router.post("/ui/applications/{application_id}/appointments")
async def set_appointment(
    request: Request, runtime: RuntimeDependency, principal: Writing, application_id: UUID
) -> Response:
    """Take a slot of a desk of the caisse; the convocation is written at once."""
    given = _given(await request.form(), "desk", "day", "hour", "purpose", "standby")
    wrong = await attempt(
        lambda: post_appointment(application_id, NewAppointment.model_validate(given), runtime, principal)
    )
    if wrong:
        return await _file_page(request, runtime, principal, application_id, wrong, given)
    text = "Le rendez-vous est fixé ; la convocation attend parmi les courriers à poster."
    return messages.redirect(request, f"/ui/applications/{application_id}/appointments", Message(text))


@router.post("/ui/applications/{application_id}/appointments/{appointment_id}")
async def change_appointment(
    request: Request, runtime: RuntimeDependency, principal: Writing, application_id: UUID, appointment_id: UUID
) -> Response:
    """Move an appointment, cancel it, or say whether the person came."""
    form = await request.form()
    given: dict[str, Any] = {"change": str(form.get("change", ""))[:20], "reason": str(form.get("reason", ""))[:20]}
    if given["change"] == "moved":
        given |= {name: text for name, text in _given(form, "desk", "day", "hour").items() if text}
    wrong = await attempt(
        lambda: post_change(application_id, appointment_id, AppointmentChange.model_validate(given), runtime, principal)
    )
    if wrong:
        named = {f"{name}-{appointment_id}" if name else "": text for name, text in wrong.items()}
        typed = {f"{name}-{appointment_id}": str(text) for name, text in given.items()}
        return await _file_page(request, runtime, principal, application_id, named, typed)
    path = f"/ui/applications/{application_id}/appointments"
    return messages.redirect(request, path, Message(SAID[given["change"]]))


def _given(form: FormData, *names: str) -> dict[str, str]:
    return {name: str(form.get(name, "")).strip()[:40] for name in names}
