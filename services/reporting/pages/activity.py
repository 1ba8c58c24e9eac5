"""The pages of reporting: the activity table of a period, and the guide of indicators."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.reporting.api.dependencies import Reader, asked_period, caisse_in_scope, period_of_path
from services.reporting.api.documents import SheetReader, guide_document, sheet_document
from services.reporting.api.exports import csv_response
from services.reporting.api.indicators import guide_response
from services.reporting.domain.activity import ALL
from services.reporting.domain.charts import charts_of
from services.reporting.domain.csv_export import WHOLE, written
from services.reporting.domain.indicators import CATALOGUE
from services.reporting.domain.periods import Period, quarters
from services.reporting.store.activity import first_arrival, names, read_activity
from shared import clock
from shared.access.principal import Role
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent
DRILLING = {Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR}
"""Who may follow a figure to its files."""


@router.get("/ui", response_class=HTMLResponse)
async def activity_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Reader,
    period: Annotated[Period, Depends(asked_period)],
    caisse: str | None = None,
) -> HTMLResponse:
    """The table of one period, one row per indicator, one column per caisse; of one column, the quarter before."""
    place = caisse_in_scope(runtime, principal, caisse or None)
    table = await read_activity(runtime, period, place)
    column = ALL if place is None else place
    before = await read_activity(runtime, period.previous, place)
    named = names(runtime)
    columns = [(one, WHOLE if one == ALL else named.get(one, one)) for one in table.cells]
    today = clock.today()
    first = await first_arrival(runtime)
    return page(
        request,
        PAGES,
        "activity.html",
        title=f"Activité du {period.name}",
        table=table,
        columns=columns,
        column=column,
        column_name=dict(columns)[column],
        before=before,
        charts=charts_of(table, column, named),
        caisses=sorted(named.items()) if principal.caisse is None else [],
        caisse=place or "",
        written=written,
        drill=bool(principal.roles & DRILLING),
        period=period,
        over=period.is_over(today),
        choices=quarters(min(first or today, today), today),
    )


@router.get("/ui/definitions", response_class=HTMLResponse)
async def definitions_page(request: Request, _: Reader) -> HTMLResponse:
    """The guide: what each figure is."""
    return page(request, PAGES, "definitions.html", title="Guide des indicateurs", indicators=CATALOGUE)


@router.get("/ui/guide.csv", response_class=Response)
async def guide_from_page(_: Reader) -> Response:
    """The guide as a file, for a person signed in."""
    return guide_response()


@router.get("/ui/guide.pdf", response_class=Response)
async def guide_document_from_page(_: Reader) -> Response:
    """The guide to print, for a person signed in."""
    return await guide_document()


@router.get("/ui/monthly-sheets/{period}", response_class=Response)
async def sheet_from_page(
    runtime: RuntimeDependency, principal: SheetReader, period: Annotated[Period, Depends(period_of_path)]
) -> Response:
    """The monthly sheet of the caisse to print, for a person signed in."""
    return await sheet_document(runtime, principal, period, None)


@router.get("/ui/exports/{period}.csv", response_class=Response)
async def export_from_page(
    runtime: RuntimeDependency, principal: Reader, period: Annotated[Period, Depends(asked_period)]
) -> Response:
    """The file of the table that the page shows, for a person signed in."""
    table = await read_activity(runtime, period, caisse_in_scope(runtime, principal, None))
    return csv_response(table, names(runtime), principal.caisse)
