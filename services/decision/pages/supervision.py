"""The pages of supervision: the samples of a quarter, and the grid of one of them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from services.decision.api import supervision as api
from services.decision.domain.supervision.grid import grid_on, plan_on
from services.decision.domain.wording.labels import DRAWS, REASONS_TO_LOOK, SEVERITIES
from services.decision.pages.frame import FOLDER, supervisor
from services.decision.store import supervision as store
from shared import clock
from shared.access.access_log import record_access, record_listing
from shared.access.principal import Principal
from shared.access.purposes import Purpose
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
Posting = Annotated[Principal, Depends(supervisor)]
ANSWERS = {"yes": "oui", "no": "non", "not_applicable": "sans objet", "cannot_tell": "impossible à dire"}


def last_quarter() -> str:
    """The quarter before the present one, as it is written: 2008-T1."""
    today = clock.today()
    quarter = (today.month - 1) // 3
    return f"{today.year}-T{quarter}" if quarter else f"{today.year - 1}-T4"


@router.get("/ui/supervision", response_class=HTMLResponse)
async def samples_page(
    request: Request, runtime: RuntimeDependency, principal: api.Supervisor, period: str = ""
) -> HTMLResponse:
    """What the plan asks, what was drawn, and what is still to be looked at."""
    chosen = period or last_quarter()
    days = api.days_of(chosen)
    async with runtime.database.unit() as unit:
        found = await store.samples_in_scope(unit, principal, chosen)
        record_listing(
            unit, principal, Purpose.SUPERVISION, "decision.supervision", [row.application_id for row in found]
        )
    plan = plan_on(days[1])
    done = {control.code: sum(row.draw == control.code and row.looks > 0 for row in found) for control in plan.controls}
    return page(
        request,
        FOLDER,
        "supervision.html",
        title=f"Supervision : {chosen}",
        period=chosen,
        plan=plan,
        done=done,
        rows=found,
        draws=DRAWS,
        reasons=REASONS_TO_LOOK,
    )


@router.get("/ui/supervision/samples/{sample_id}", response_class=HTMLResponse)
async def grid_page(
    request: Request, runtime: RuntimeDependency, principal: api.Supervisor, sample_id: UUID
) -> HTMLResponse:
    """The grid of one sample; what another look answered is not on it."""
    async with runtime.database.unit() as unit:
        row = await store.sample_in_scope(unit, principal, sample_id)
        if row is None:
            raise not_found()
        looks = await store.reviews_of(unit, sample_id)
        record_access(unit, principal, Purpose.SUPERVISION, "decision.sample", [row.application_id])
    grid = grid_on(row.decided_on)
    return page(
        request,
        FOLDER,
        "supervision_grid.html",
        title="Grille de supervision",
        row=row,
        items=grid.asked_of(row.outcome),
        answers=ANSWERS,
        severities=SEVERITIES,
        due=len(looks) < 1 + row.second_look and principal.id not in {row.author, *(one.reviewer for one in looks)},
    )


@router.post("/ui/supervision/samples/{sample_id}")
async def answer(request: Request, runtime: RuntimeDependency, principal: Posting, sample_id: UUID) -> Response:
    """One look by form; what does not fit is said on the grid."""
    form = await request.form()
    given = {name.removeprefix("item_"): str(value) for name, value in form.items() if name.startswith("item_")}
    back = f"/ui/supervision/samples/{sample_id}"
    if any(value not in ANSWERS for value in given.values()):
        return messages.redirect(request, back, Message("Choisissez une réponse de la liste pour chaque question."))
    try:
        body = api.NewReview.model_validate({"answers": given})
        shown = await api.review(runtime, principal, sample_id, body, Purpose.SUPERVISION)
    except Problem as problem:
        if problem.status == 404:
            raise
        detail = problem.errors[0].detail if problem.errors else problem.detail
        return messages.redirect(request, back, Message(str(detail)))
    period = api.quarter_of(shown.sample.decided_on)
    return messages.redirect(request, f"/ui/supervision?period={period}", Message("Grille enregistrée."))
