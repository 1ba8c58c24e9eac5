"""Appointments: who comes to which desk on a day, and those of one file, set, moved, kept or missed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from services.intake.api.appointments import AppointmentChange, NewAppointment
from services.intake.domain.appointment import STANDING, AppointmentState
from services.intake.pages.frame import FOLDER, WRITERS, Writing, frame, open_file
from services.intake.store import appointments as store
from services.intake.store import appointments_of_day
from services.intake.store.applications import read
from services.intake.store.appointment_acts import APPOINTMENT, carry_out
from shared import clock
from shared.access import held_acts
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
from shared.web.held_acts import said as noted
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
    "set": "Le rendez-vous est noté ; la convocation sera alors parmi les courriers à poster.",
    "kept": "Noté : la personne est venue.",
    "missed": "Noté : la personne n'est pas venue. Cela n'a aucun effet sur sa demande.",
    "cancelled": "L'annulation du rendez-vous est notée.",
    "moved": "Le déplacement est noté ; une nouvelle convocation sera alors parmi les courriers.",
}


WHAT: Final = {
    "set": "Rendez-vous fixé",
    "kept": "La personne est venue",
    "missed": "La personne n'est pas venue",
    "cancelled": "Rendez-vous annulé",
    "moved": "Rendez-vous déplacé",
}


@router.get("/ui/appointments", response_class=HTMLResponse)
async def day_page(
    request: Request, runtime: RuntimeDependency, principal: AtCaisse, day: BoundedDate | Literal[""] = ""
) -> HTMLResponse:
    """The day desk by desk: the hour, the person, what for; one key says who came."""
    on = day or clock.today()
    purpose = purpose_by_way(principal, Purpose.FRONT_DESK)
    async with runtime.database.unit() as unit:
        # What waits first: what is carried out meanwhile is then seen twice, instead of nowhere.
        held = await held_acts.open_acts(unit, principal, APPOINTMENT)
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
        held=[act for act in held if act.application_id in {row.application_id for row in rows}],
        waits_on={act.subject: act for act in held if act.waits},
        what=_words_of,
        people={row.application_id: row.name for row in rows},
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
    async with runtime.database.unit() as unit:
        await read(unit, application_id, principal)
        row, _ = await store.locked(unit, application_id, appointment_id)
    day = row.day.isoformat()
    said = {"change": change, "appointment_id": str(appointment_id), "on_day": day}
    message, wrong = await _note(runtime, principal, application_id, str(appointment_id), said)
    not_done = Message(" ".join(wrong.values()), kind="bad")
    return messages.redirect(request, f"/ui/appointments?day={day}", message or not_done)


async def _note(
    runtime: Runtime, principal: Principal, application_id: UUID, subject: str, said: Mapping[str, Any]
) -> tuple[Message | None, Mapping[str, str]]:
    """Try an act and note it: what to say of it, or what is wrong by field."""
    new = held_acts.NewAct(
        APPOINTMENT,
        subject,
        principal.caisse or "",
        {**said, "application_id": str(application_id)},
        application_id,
    )
    done: list[Message] = []

    async def act() -> None:
        await held_acts.tried(runtime.database, lambda unit: carry_out(unit, principal, new.said))
        async with runtime.database.unit() as unit:
            held = await held_acts.note(unit, principal, new, runtime.settings.posting_undo_seconds)
        done.append(noted(SAID[new.said["change"]], held))

    wrong = await attempt(act)
    return (done[0] if done else None), wrong


def _words_of(act: held_acts.HeldAct) -> str:
    """An act as its page calls it."""
    return WHAT.get(str(act.said.get("change", "")), "Rendez-vous")


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
        # What waits first: what is carried out meanwhile is then seen twice, instead of nowhere.
        held = await held_acts.open_acts(unit, principal, APPOINTMENT, application_id)
        rows = await store.of_application(unit, application_id)
        desks = [desk for desk in await store.desks_of(unit, principal) if desk.caisse == opened.row.caisse]
    return page(
        request,
        FOLDER,
        "file_appointments.html",
        title="Rendez-vous du dossier",
        status=422 if errors else 200,
        rows=rows,
        held=held,
        waits_on={act.subject: act for act in held if act.waits},
        what=_words_of,
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
    body: list[NewAppointment] = []

    async def read_form() -> None:
        body.append(NewAppointment.model_validate(given))

    wrong = await attempt(read_form)
    message = None
    if not wrong:
        said = body[0].model_dump(mode="json", exclude={"bring"}) | {"change": "set"}
        subject = f"{application_id} {said['desk']} {said['day']} {said['hour']}"
        message, wrong = await _note(runtime, principal, application_id, subject, said)
    if message is None:
        return await _file_page(request, runtime, principal, application_id, wrong, given)
    return messages.redirect(request, f"/ui/applications/{application_id}/appointments", message)


@router.post("/ui/applications/{application_id}/appointments/{appointment_id}")
async def change_appointment(
    request: Request, runtime: RuntimeDependency, principal: Writing, application_id: UUID, appointment_id: UUID
) -> Response:
    """Move an appointment, cancel it, or say whether the person came."""
    form = await request.form()
    given: dict[str, Any] = {"change": str(form.get("change", ""))[:20], "reason": str(form.get("reason", ""))[:20]}
    if given["change"] == "moved":
        given |= {name: text for name, text in _given(form, "desk", "day", "hour").items() if text}
    body: list[AppointmentChange] = []

    async def read_form() -> None:
        body.append(AppointmentChange.model_validate(given))

    wrong = await attempt(read_form)
    message = None
    if not wrong:
        said = body[0].model_dump(mode="json", exclude_none=True) | {"appointment_id": str(appointment_id)}
        message, wrong = await _note(runtime, principal, application_id, str(appointment_id), said)
    if message is None:
        named = {f"{name}-{appointment_id}" if name else "": text for name, text in wrong.items()}
        typed = {f"{name}-{appointment_id}": str(text) for name, text in given.items()}
        return await _file_page(request, runtime, principal, application_id, named, typed)
    return messages.redirect(request, f"/ui/applications/{application_id}/appointments", message)


def _given(form: FormData, *names: str) -> dict[str, str]:
    return {name: str(form.get(name, "")).strip()[:40] for name in names}
