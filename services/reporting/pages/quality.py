"""The page of what supervision found: by draw, with intervals, and never more than the random draw can say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.reporting.api.quality import quality_view
from services.reporting.api.quarters import Steering
from services.reporting.domain.csv_export import format_value
from services.reporting.domain.indicators import PARTS
from services.reporting.domain.periods import Period, quarters
from services.reporting.pages.quarters import last_quarter
from services.reporting.store.activity import first_arrival, names
from shared import clock
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent


@router.get("/ui/quality", response_class=HTMLResponse)
async def quality_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Steering,
    period: Annotated[Period, Depends(last_quarter)],
) -> HTMLResponse:
    """The grids of a quarter, counted."""
    found = await quality_view(runtime, principal, period)
    today = clock.today()
    first = await first_arrival(runtime)
    return page(
        request,
        PAGES,
        "quality.html",
        title=f"Ce que la supervision a trouvé : {period.name}",
        rows=found,
        named=names(runtime),
        draws=PARTS["draw"],
        period=period,
        choices=quarters(min(first or today, today), today),
        written=format_value,
    )
