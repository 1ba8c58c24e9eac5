"""The list of imports (imports.html)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.intake.api.dependencies import Anyone
from services.intake.api.imports import get_template, import_detail
from services.intake.pages.applications import PAGES
from services.intake.store.imports import imports_page
from shared.http.paging import encode_cursor
from shared.http.paging_query import PagingQuery
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)

IMPORT_STATE = {"waiting": "En attente", "running": "En cours", "done": "Terminé", "failed": "Interrompu"}


@router.get("/ui/imports/template.csv")
async def template_from_page(principal: Anyone) -> Response:
    """The template of an import, for a person signed in."""
    return await get_template(principal)


@router.get("/ui/imports", response_class=HTMLResponse)
async def imports_list_page(
    request: Request, runtime: RuntimeDependency, principal: Anyone, paging: PagingQuery
) -> HTMLResponse:
    """The imports in scope with their progress."""
    async with runtime.database.unit() as unit:
        rows, more = await imports_page(unit, principal, paging)
    following = encode_cursor(rows[-1].import_id) if more else ""
    return page(
        request,
        PAGES,
        "imports.html",
        title="Imports",
        rows=[import_detail(row) for row in rows],
        next=following,
        states=IMPORT_STATE,
    )
