"""The pages behind a figure: its files at the caisse, and why one of them is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.reporting.api.dependencies import asked_period
from services.reporting.api.files import Code, FileReader, Part, figure_in_scope, reason_of
from services.reporting.domain.activity import Line
from services.reporting.domain.periods import Period
from services.reporting.domain.wording import EVENTS
from services.reporting.store.activity import names
from services.reporting.store.files import page_of_files_in_scope, receptions_in_scope
from shared.access.access_log import record_listing
from shared.access.purposes import usual_purpose
from shared.http.paging import encode_cursor
from shared.http.paging_query import PagingQuery
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent
SHOWN = 100


@router.get("/ui/indicators/{code}/files", response_class=HTMLResponse)
async def files_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: FileReader,
    period: Annotated[Period, Depends(asked_period)],
    code: Code,
    paging: PagingQuery,
    caisse: str | None = None,
    part: Part = "",
) -> HTMLResponse:
    """The files of a figure, page by page."""
    figure = figure_in_scope(runtime, principal, period, code, caisse, part)
    async with runtime.database.unit() as unit:
        found, more = await page_of_files_in_scope(unit, figure, paging.model_copy(update={"limit": SHOWN}))
        ids = [row.application_id for row in found]
        days = await receptions_in_scope(unit, principal, ids)
        record_listing(unit, principal, usual_purpose(principal), "reporting.files", ids)
    kept = {"period": period.id, "caisse": figure.caisse, "part": part}
    return page(
        request,
        PAGES,
        "files.html",
        title=f"{Line(figure.indicator, part).label}, {period.name}",
        figure=figure,
        place=names(runtime).get(figure.caisse, figure.caisse),
        rows=found,
        days=days,
        next=encode_cursor(ids[-1]) if more else None,
        query=f"&{urlencode(kept)}",
        purpose=usual_purpose(principal).value,
        paged=paging.cursor is not None,
    )


@router.get("/ui/indicators/{code}/files/{application_id}", response_class=HTMLResponse)
async def why_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: FileReader,
    period: Annotated[Period, Depends(asked_period)],
    code: Code,
    application_id: UUID,
    caisse: str | None = None,
    part: Part = "",
) -> HTMLResponse:
    """Why one file is counted, event by event."""
    figure = figure_in_scope(runtime, principal, period, code, caisse, part)
    reason = await reason_of(runtime, principal, usual_purpose(principal), figure, application_id)
    return page(
        request,
        PAGES,
        "reason.html",
        title="Pourquoi ce dossier est compté ici",
        figure=figure,
        place=names(runtime).get(figure.caisse, figure.caisse),
        named=names(runtime),
        lines={one.code: one.name for one in (figure.indicator, *figure.lines)},
        line=Line(figure.indicator, part).label,
        reason=reason,
        words=EVENTS,
    )
