"""The pages of intake: its applications and its imports, by id, state and caisse; no names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.intake.api.dependencies import FileReader
from services.intake.store.applications import find_applications
from shared.access.access_log import record_listing
from shared.access.purposes import Purpose, purpose_by_way, usual_purpose
from shared.contract.scalars import CaisseCode
from shared.http.paging import Paging, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page, part

router = APIRouter(include_in_schema=False)

PAGES = Path(__file__).parent
STATUS = {
    "received": "Reçue",
    "papers_requested": "Pièces demandées",
    "complete": "Complète",
    "granted": "Accordée",
    "refused": "Refusée",
    "lapsed": "Refus implicite",
    "withdrawn": "Retirée",
    "erased": "Effacée",
}
KIND = {"first": "Première demande", "renewal": "Renouvellement"}


@router.get("/ui", response_class=HTMLResponse)
async def applications_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: FileReader,
    paging: PagingQuery,
    status: Annotated[str, Query(max_length=30)] = "",
    caisse: Annotated[CaisseCode | None, Query()] = None,
    reference: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """The applications in scope, newest first; the address tells the filter."""
    async with runtime.database.unit() as unit:
        rows, more = await find_applications(
            unit,
            principal,
            paging,
            status=status if status in STATUS else None,
            caisse=caisse,
            reference=reference.strip() or None,
            named=True,
        )
        ids = [row.application_id for row in rows]
        record_listing(unit, principal, usual_purpose(principal), "intake.applications", ids)
    following = encode_cursor(rows[-1].recorded_at, rows[-1].application_id) if more else ""
    kept = {"status": status if status in STATUS else "", "reference": reference.strip(), "caisse": caisse or ""}
    query = urlencode({name: value for name, value in kept.items() if value})
    return page(
        request,
        PAGES,
        "applications.html",
        title="Demandes",
        rows=rows,
        next=following,
        statuses=STATUS,
        kinds=KIND,
        chosen=status,
        reference=reference.strip(),
        query=f"&{query}" if query else "",
    )


@router.get("/ui/found", response_class=HTMLResponse)
async def found_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: FileReader,
    reference: Annotated[str, Query(max_length=64, min_length=1)],
) -> HTMLResponse:
    """The files of this reference, as a piece of the page of a search."""
    purpose = purpose_by_way(principal, Purpose.FRONT_DESK)
    async with runtime.database.unit() as unit:
        rows, _ = await find_applications(unit, principal, Paging(limit=5), reference=reference.strip(), named=True)
        record_listing(unit, principal, purpose, "intake.applications", [row.application_id for row in rows])
    return part(request, PAGES, "found.html", rows=rows, reference=reference.strip(), statuses=STATUS)
