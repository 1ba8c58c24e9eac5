"""What is missing from an application that is not filed yet: what the request for papers would ask afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from services.decision.api.law import MOST_BYTES, outcome_of
from shared.access.principal import Principal, Role
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page, part
from shared.web.sign_in import signed_in_as

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parent


def at_the_desk(request: Request) -> Principal:
    """Who may ask before filing."""
    return signed_in_as(request, Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR)


@router.post("/ui/missing", response_class=HTMLResponse)
async def missing(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(at_the_desk)],
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
