"""The end of an interview: read aloud, see what is missing and whether the person is known, file, print."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.intake.api.applications import record
from services.intake.api.idempotency import once
from services.intake.domain.interview.document import document, without_names
from services.intake.domain.interview.questions import guide, translations
from services.intake.pages.interview import PAGES, Interviewer, Writing, desks_of, in_words, still_wrong
from services.intake.store import drafts
from services.intake.store.applications import read_row
from services.intake.store.drafts import Draft
from shared import clock
from shared.access.access_log import record_access
from shared.access.purposes import Purpose, purpose_by_way
from shared.contract.input_errors import InputError
from shared.contract.reference_data import DepositBody
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
TEMPLATES: Path = PAGES
# Where in the interview a fact of the application was asked for.
STEP_OF = {
    "members": "person",
    "deposit": "request",
    "kind": "request",
    "earlier_rights": "request",
    "papers": "identity",
    "means": "means",
    "address": "contact",
    "earlier_care": "contact",
}


@router.get("/ui/interviews/{draft_id}/check", response_class=HTMLResponse)
async def check(request: Request, runtime: RuntimeDependency, principal: Interviewer, draft_id: UUID) -> HTMLResponse:
    """All answers to read aloud; what is missing and whether the person is known are fetched from their services."""
    async with runtime.database.unit() as unit:
        draft = await drafts.read(unit, principal, draft_id)
    return _check_page(request, draft, desks_of(runtime, principal, draft.caisse), [])


@router.post("/ui/interviews/{draft_id}/filing")
async def file(
    request: Request,
    runtime: RuntimeDependency,
    principal: Writing,
    draft_id: UUID,
    desk: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """File the application once, however often the button is pressed."""
    async with runtime.database.unit() as unit:
        draft = await drafts.read(unit, principal, draft_id)
    if draft.application_id is not None:
        return RedirectResponse(f"/ui/applications/{draft.application_id}/filed", 303)
    open_desks = desks_of(runtime, principal, draft.caisse)
    if still_wrong(draft.answers, clock.today()):
        return _check_page(request, draft, open_desks, [])
    made = _document(draft, next((one for one in open_desks if one.code == desk), open_desks[0]))
    print_ = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()
    try:
        answer = await record(runtime, principal, made, once(principal, f"interview-{draft_id}", print_))
    except Problem as problem:
        if problem.status >= 500 or not problem.errors:
            raise
        return _check_page(request, draft, open_desks, problem.errors)
    application_id = UUID(json.loads(bytes(answer.body))["application_id"])
    async with runtime.database.unit() as unit:
        await drafts.file(unit, draft_id, application_id)
    return RedirectResponse(f"/ui/applications/{application_id}/filed", 303)


@router.get("/ui/applications/{application_id}/filed", response_class=HTMLResponse)
async def filed(
    request: Request, runtime: RuntimeDependency, principal: Interviewer, application_id: UUID
) -> HTMLResponse:
    """The application is filed: its number, what happens by when, the acknowledgement to print."""
    purpose = purpose_by_way(principal, Purpose.FRONT_DESK)
    async with runtime.database.unit() as unit:
        row = await read_row(unit, application_id, principal)
        record_access(unit, principal, purpose, "intake.application", [application_id])
    return page(request, TEMPLATES, "interview_filed.html", title="Demande déposée", row=row)


@router.get("/ui/interviews/{draft_id}/print", response_class=HTMLResponse)
async def filled_sheet(
    request: Request, runtime: RuntimeDependency, principal: Interviewer, draft_id: UUID
) -> HTMLResponse:
    """The guide with the answers, to print and to sign."""
    async with runtime.database.unit() as unit:
        draft = await drafts.read(unit, principal, draft_id)
    return _sheet(request, draft)


@router.get("/ui/interview-sheet", response_class=HTMLResponse)
async def blank_sheet(request: Request, principal: Interviewer) -> HTMLResponse:
    """The same guide, blank: what an interview without a screen needs."""
    return _sheet(request, None)


def _sheet(request: Request, draft: Draft | None) -> HTMLResponse:
    said = draft.answers.answers if draft else {}
    parts = [(step.title, step.lead, in_words(step.questions, said), step.people) for step in guide().steps]
    people = [
        (guide().people.relations.get(one.relation, ""), in_words(guide().people.questions, one.answers))
        for one in (draft.answers.people if draft else [])
    ]
    title = "Guide d'entretien rempli" if draft else "Guide d'entretien"
    return page(
        request,
        TEMPLATES,
        "interview_sheet.html",
        title=title,
        draft=draft,
        parts=parts,
        people=people,
        languages=translations(),
    )


def _document(draft: Draft, desk: DepositBody) -> dict[str, Any]:
    return document(draft.answers, caisse=draft.caisse, desk=desk, today=clock.today())


def _check_page(
    request: Request, draft: Draft, open_desks: Sequence[DepositBody], errors: Sequence[InputError]
) -> HTMLResponse:
    wrong = still_wrong(draft.answers, clock.today())
    made = _document(draft, open_desks[0])
    rows = [(step, in_words(step.questions, draft.answers.answers)) for step in guide().steps if not step.people]
    people = [
        (number, guide().people.relations.get(one.relation, ""), in_words(guide().people.questions, one.answers))
        for number, one in enumerate(draft.answers.people, 1)
    ]
    return page(
        request,
        TEMPLATES,
        "interview_check.html",
        title="Relire et déposer",
        status=422 if request.method == "POST" else 200,
        draft=draft,
        rows=rows,
        people=people,
        wrong=[(step, sentence) for step, found in wrong.items() for sentence in found.values()],
        desks=[(one.code, one.name) for one in open_desks],
        errors=[(_step_of(error.pointer), error.detail) for error in errors],
        question=json.dumps(without_names(made), ensure_ascii=False),
        person=made["members"][0],
    )


def _step_of(pointer: str) -> str:
    """The page of the interview where the fact at ``pointer`` was asked for."""
    parts = pointer.strip("/").split("/")
    if parts[0] == "members" and len(parts) > 1 and parts[1].isdigit():
        if int(parts[1]) > 0:
            return f"people/{parts[1]}"
        return "stay" if parts[2:3] == ["stay"] else "person"
    return STEP_OF.get(parts[0], "person")
