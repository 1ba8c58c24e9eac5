"""The page of one indicator month by month."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from services.reporting.api.dependencies import Reader, asked_period, caisse_in_scope
from services.reporting.api.months import months_view, shown_lines
from services.reporting.domain.csv_export import format_value
from services.reporting.domain.periods import Period
from shared.access.principal import Role
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent
SHEET_ROLES = {Role.DIRECTOR, Role.SUPERVISOR, Role.AUDITOR}


@router.get("/ui/months", response_class=HTMLResponse)
async def months_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Reader,
    period: Annotated[Period, Depends(asked_period)],
    code: Annotated[str, Query(max_length=64)] = "received",
) -> HTMLResponse:
    """Bars by month of the caisse or of the whole, a small picture for each caisse, and the table of the same cells."""
    view = await months_view(runtime, period, code, caisse_in_scope(runtime, principal, None))
    return page(
        request,
        PAGES,
        "months.html",
        title=f"{view.label}, mois par mois",
        view=view,
        period=period,
        lines=shown_lines(period),
        sheet=principal.caisse is not None and bool(principal.roles & SHEET_ROLES),
        written=format_value,
    )
