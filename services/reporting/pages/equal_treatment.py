"""The page of equal treatment: a funnel for each measure, and beside it the table of the same cells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.reporting.api.equal_treatment import Steering, view_of
from services.reporting.domain.csv_export import MASKED
from services.reporting.domain.periods import Period, quarters
from services.reporting.domain.wording import VERDICTS
from services.reporting.pages.quarters import last_quarter
from services.reporting.store.activity import first_arrival, names
from services.reporting.store.equal_treatment import repeats_in_scope
from shared import clock
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent


def decimal(number: float) -> str:
    """Two decimals, as French writes them."""
    return f"{number:.2f}".replace(".", ",")


@router.get("/ui/equal-treatment", response_class=HTMLResponse)
async def equal_treatment_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Steering,
    period: Annotated[Period, Depends(last_quarter)],
) -> HTMLResponse:
    """The funnels of one quarter, and who was refused here and admitted there."""
    async with runtime.database.unit() as unit:
        view = await view_of(unit, principal, period)
        repeats = await repeats_in_scope(unit, principal, period)
    today = clock.today()
    first = await first_arrival(runtime)
    return page(
        request,
        PAGES,
        "equal_treatment.html",
        title=f"Égalité de traitement : {period.name}",
        view=view,
        repeats=repeats,
        named=names(runtime),
        period=period,
        choices=quarters(min(first or today, today), today),
        masked=principal.caisse is not None,
        shown=lambda count: MASKED if count is None else count,
        decimal=decimal,
        verdicts=VERDICTS,
    )
