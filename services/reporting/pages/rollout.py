"""The page of the roll-out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.reporting.api.quarters import Steering
from services.reporting.api.rollout import rollout_view
from services.reporting.domain.csv_export import format_value
from services.reporting.domain.periods import Period
from services.reporting.domain.rollout import STATES
from services.reporting.pages.quarters import last_quarter
from shared.service.dependencies import RuntimeDependency
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
    return page(request, PAGES, "rollout.html", title=title, view=view, states=STATES, written=format_value)
