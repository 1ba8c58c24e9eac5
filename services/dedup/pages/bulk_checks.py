"""A file of persons looked for at once, in pages: sent, followed, its answer fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile

from services.dedup.api.bulk_checks import Supervisor, answer, bulk_check, take_file
from services.dedup.domain.bulk_check import COLUMNS, MOST_ROWS
from services.dedup.store import bulk_checks
from shared import clock
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose, purpose_by_way
from shared.http.paging import encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page
from shared.web.sign_in import signed_in_as

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent
STATES = {"waiting": "en attente", "running": "en cours", "done": "terminé", "failed": "interrompu"}


def sender(request: Request) -> Principal:
    """The supervisor of a posted form."""
    return signed_in_as(request, Role.SUPERVISOR)


@router.get("/ui/bulk-checks", response_class=HTMLResponse)
async def bulk_checks_page(
    request: Request, runtime: RuntimeDependency, principal: Supervisor, paging: PagingQuery
) -> HTMLResponse:
    """The files of persons of the caisse, how far each is, and the way to send another."""
    return await _list(request, runtime, principal, paging, "")


@router.post("/ui/bulk-checks")
async def send_file(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(sender)],
    paging: PagingQuery,
) -> Response:
    """Take a file of persons in."""
    form = await request.form()
    upload, key = form.get("file"), str(form.get("form_key", "")) or uuid4().hex
    if not isinstance(upload, UploadFile) or not upload.filename:
        return await _list(request, runtime, principal, paging, "Fichier : choisissez celui à envoyer.")
    purpose = purpose_by_way(principal, Purpose.SUPERVISION)
    try:
        await take_file(runtime, principal, purpose, upload, f"page-{key}", lambda sha256: f"page {sha256}")
    except Problem as problem:
        if problem.status not in (403, 409, 422, 429):
            raise
        return await _list(request, runtime, principal, paging, problem.detail)
    return messages.redirect(request, "/ui/bulk-checks", Message("Le fichier est reçu : les personnes sont cherchées."))


@router.get("/ui/bulk-checks/{check_id}/answer.csv")
async def answer_from_page(runtime: RuntimeDependency, principal: Supervisor, check_id: UUID) -> Response:
    """The answer, for a person signed in."""
    return await answer(runtime, principal, purpose_by_way(principal, Purpose.SUPERVISION), check_id)


async def _list(
    request: Request, runtime: Runtime, principal: Principal, paging: PagingQuery, wrong: str
) -> HTMLResponse:
    async with runtime.database.unit() as unit:
        rows, more = await bulk_checks.checks_page(unit, principal, paging)
    shown = [{"one": bulk_check(row), "sent": row.sent_at.astimezone(clock.FRANCE)} for row in rows]
    return page(
        request,
        PAGES,
        "bulk_checks.html",
        title="Vérifier un fichier de personnes",
        status=422 if wrong else 200,
        rows=shown,
        states=STATES,
        next=encode_cursor(rows[-1].check_id) if more else "",
        errors={"file": wrong} if wrong else {},
        columns=[french[0].replace("_", " ") for french in COLUMNS.values()],
        most=f"{MOST_ROWS:,}".replace(",", " "),
        under_way=any(row.state in ("waiting", "running") for row in rows),
        may_send=principal.caisse is not None,
    )
