"""What is missing from an application that is not filed yet: what the request for papers would ask afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from services.decision.api.law import MOST_BYTES, outcome_of
from services.decision.domain.wording import labels
from services.decision.pages.frame import open_case
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose, purpose_by_way
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page, part
from shared.web.sign_in import signed_in_as

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parent
DESK = (Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR)
Asking = Annotated[Principal, Depends(require(*DESK))]


def at_the_desk_by_form(request: Request) -> Principal:
    """Who may ask before filing."""
    return signed_in_as(request, *DESK)


@router.post("/ui/missing", response_class=HTMLResponse)
async def missing(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(at_the_desk_by_form)],
    question: Annotated[str, Form(max_length=MOST_BYTES)],
    back: Annotated[str, Form(max_length=200)] = "",
    fragment: bool = False,
) -> HTMLResponse:
    """The papers that would be asked for, the ceiling, and what the rules would propose: nothing is stored."""
    outcome, problem = None, None
    try:
        outcome = outcome_of(runtime, question.encode())
    except Problem as found:
        if found.status >= 500:
            raise
        problem = found
    shown: dict[str, Any] = {"outcome": outcome, "problem": problem, "back": back if back.startswith("/") else ""}
    if fragment:
        return part(request, FOLDER, "missing_part.html", **shown)
    return page(request, FOLDER, "missing.html", title="Ce qui manque", **shown)


@router.get("/ui/cases/{application_id}/missing", response_class=HTMLResponse)
async def missing_of_case(
    request: Request, runtime: RuntimeDependency, principal: Asking, application_id: UUID, fragment: bool = False
) -> HTMLResponse:
    """What a filed application still lacks, and until when; while nobody has heard of it here, the page asks again."""
    purpose = purpose_by_way(principal, Purpose.FRONT_DESK)
    try:
        opened = await open_case(runtime, principal, application_id, purpose)
    except Problem as unknown:
        if unknown.status != 404:
            raise
        opened = None
    here = f"{request.scope.get('root_path', '')}/ui/cases/{application_id}/missing"
    shown: dict[str, Any] = {"case": opened.view if opened else None, "here": here, "labels": labels.REQUESTED}
    if opened is not None:
        running = [one for one in opened.view.requests if one.ended_on is None]
        asked = running[-1] if running else None
        open_items = [*(asked.open_items if asked else []), *opened.view.missing]
        lacking = {(item.code, item.member_rank): item for item in open_items}
        shown |= {"names": opened.names, "asked": asked, "lacking": list(lacking.values())}
    if fragment:
        return part(request, FOLDER, "missing_of_case_part.html", **shown)
    return page(request, FOLDER, "missing_of_case.html", title="Ce qui manque au dossier", **shown)
