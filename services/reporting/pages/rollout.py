"""The page of the roll-out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import HTMLResponse

from services.reporting.api.quarters import CaisseOfPath, Steering
from services.reporting.api.rollout import NewStep, Preparing, rollout_view, step
from services.reporting.domain.csv_export import format_value
from services.reporting.domain.periods import Period, quarter_of
from services.reporting.domain.rollout import STATES
from services.reporting.pages.quarters import last_quarter
from shared import clock
from shared.access.principal import Role
from shared.service.dependencies import RuntimeDependency
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent


@router.get("/ui/rollout", response_class=HTMLResponse)
async def rollout_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Steering,
    period: Annotated[Period, Depends(last_quarter)],
) -> HTMLResponse:
    """Where each caisse is, and how far the arrangement is lived there."""
    view = await rollout_view(runtime, principal, period)
    title = f"Déploiement : {period.name}"
    prepares = bool(principal.roles & {Role.SUPERVISOR, Role.DIRECTOR}) and principal.caisse is not None
    mine = view.caisses[0] if prepares else None
    return page(request, PAGES, "rollout.html", title=title, view=view, mine=mine, states=STATES, written=format_value)


@router.post("/ui/rollout/{caisse}/checklist/{item}")
async def step_by_form(
    request: Request,
    runtime: RuntimeDependency,
    principal: Preparing,
    caisse: CaisseOfPath,
    item: Annotated[str, PathParameter(max_length=64)],
) -> Response:
    """An item is done, or not after all."""
    done = bool((await request.form()).get("done"))
    await step(runtime, principal, caisse, item, NewStep(done=done))
    place = f"/ui/rollout?period={quarter_of(clock.today()).id}"
    return messages.redirect(request, place, Message("Noté." if done else "Repris."))
