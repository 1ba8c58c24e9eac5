"""The first page of a desk: a new interview, those under way, what was filed today."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.intake.domain.interview.questions import guide
from services.intake.pages.interview import PAGES, Interviewer
from services.intake.store import drafts
from services.intake.store.applications import filed_on
from shared import clock
from shared.access.access_log import record_listing
from shared.access.purposes import Purpose, purpose_by_way
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/ui/desk", response_class=HTMLResponse)
async def desk(request: Request, runtime: RuntimeDependency, principal: Interviewer) -> HTMLResponse:
    """What waits at the desk of the caisse, and what it received today."""
    purpose = purpose_by_way(principal, Purpose.FRONT_DESK)
    async with runtime.database.unit() as unit:
        waiting = await drafts.under_way(unit, principal)
        today = await filed_on(unit, principal, clock.today())
        record_listing(unit, principal, purpose, "intake.applications", [row.application_id for row in today])
    return page(
        request, PAGES, "desk.html", title="Accueil du public", waiting=waiting, filed=today, steps=len(guide().steps)
    )
