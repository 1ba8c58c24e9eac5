"""Imports in pages: a file checked first, then taken, and the verdict of each of its rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile

from services.intake.api.dependencies import Anyone
from services.intake.api.imports import ImportFailure, Verdict, get_template, import_detail, take_import
from services.intake.domain.csv_import.encodings import Encoding
from services.intake.pages.applications import PAGES
from services.intake.store.imports import imports_page, own_import, refused_rows, rows_page
from shared import clock
from shared.access.principal import Principal, Role
from shared.csv_cells import escape_formula
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

SENDERS = (Role.FRONTEND, Role.AGENT, Role.TECHNICIAN, Role.OPERATOR)
IMPORT_STATE = {"waiting": "en attente", "running": "en cours", "done": "terminé", "failed": "interrompu"}
VERDICTS = {
    Verdict.ACCEPTED: "acceptée",
    Verdict.ALREADY_HERE: "déjà là",
    Verdict.REFUSED: "à corriger",
}
FAILURES = {
    ImportFailure.NONE: "",
    ImportFailure.ATTEMPTS_EXHAUSTED: "Le fichier n'a pas pu être lu jusqu'au bout, après plusieurs essais.",
    ImportFailure.FILE_LOST: "Le fichier n'est plus là : envoyez-le de nouveau.",
    ImportFailure.INTERNAL_ERROR: "Un incident l'a interrompu : envoyez-le de nouveau, il reprendra où il en était.",
}
ENCODINGS = {
    Encoding.UTF_8: "UTF-8",
    Encoding.UTF_16: "UTF-16",
    Encoding.WINDOWS_1252: "Windows (1252)",
    Encoding.LATIN_1: "ISO 8859-1",
    Encoding.LATIN_9: "ISO 8859-15",
    Encoding.DOS: "DOS (850)",
    Encoding.MACINTOSH: "Macintosh",
    Encoding.WINDOWS_1250: "Windows 1250 (Europe centrale)",
    Encoding.WINDOWS_1251: "Windows 1251 (cyrillique)",
    Encoding.WINDOWS_1253: "Windows 1253 (grec)",
    Encoding.WINDOWS_1254: "Windows 1254 (turc)",
    Encoding.WINDOWS_1256: "Windows 1256 (arabe)",
}


def sender(request: Request) -> Principal:
    """Who may send a file by form."""
    return signed_in_as(request, *SENDERS)


@router.get("/ui/imports/template.csv")
async def template_from_page(principal: Anyone) -> Response:
    """The template of an import, for a person signed in."""
    return await get_template(principal)


@router.get("/ui/imports", response_class=HTMLResponse)
async def imports_list_page(
    request: Request, runtime: RuntimeDependency, principal: Anyone, paging: PagingQuery
) -> HTMLResponse:
    """The imports in scope with their progress, and the way to send another."""
    return await _list(request, runtime, principal, paging, {})


@router.post("/ui/imports")
async def send_file(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(sender)],
    paging: PagingQuery,
) -> Response:
    """Take a file in: to check it without recording anything, or to import it."""
    form = await request.form()
    upload, key = form.get("file"), str(form.get("form_key", "")) or uuid4().hex
    check = form.get("act") != "import"
    said = next((one for one in Encoding if one.value == form.get("encoding")), None)
    if not isinstance(upload, UploadFile) or not upload.filename:
        return await _list(request, runtime, principal, paging, {"file": "Fichier : choisissez celui à envoyer."})

    def print_of(sha256: str) -> str:
        return f"page {check} {said} {sha256}"

    try:
        answer = await take_import(runtime, principal, upload, f"page-{key}", print_of, dry_run=check, encoding=said)
    except Problem as problem:
        if problem.code == "file_already_imported":
            place = f"/ui/imports/{problem.extra['import_id']}"
            return messages.redirect(request, place, Message("Ce fichier a déjà été importé : le voici."))
        if problem.status not in (409, 422):
            raise
        lines = [str(line) for line in problem.extra.get("lines", [])]
        names = [("written", str(one["written"])) for one in problem.extra.get("columns", [])]
        return await _list(request, runtime, principal, paging, {"file": problem.detail}, lines, urlencode(names))
    made = json.loads(bytes(answer.body))["import_id"]
    words = "Le fichier est reçu ; rien n'en sera enregistré." if check else "Le fichier est reçu."
    return messages.redirect(request, f"/ui/imports/{made}", Message(words))


@router.get("/ui/imports/{import_id}", response_class=HTMLResponse)
async def import_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Anyone,
    paging: PagingQuery,
    import_id: UUID,
    verdict: Annotated[Verdict | Literal[""] | None, Query()] = None,
) -> HTMLResponse:
    """One import: how far it is, and the verdict of each row beside what is wrong with it."""
    async with runtime.database.unit() as unit:
        row = await own_import(unit, principal, import_id)
        shown = verdict if verdict is not None else Verdict.REFUSED if row.rows_refused else ""
        rows, more = await rows_page(unit, import_id, str(shown) or None, paging)
    one = import_detail(row)
    return page(
        request,
        PAGES,
        "import.html",
        title="Contrôle d'un fichier" if one.dry_run else "Import d'un fichier",
        one=one,
        sent=one.sent_at.astimezone(clock.FRANCE),
        over=one.state in ("done", "failed"),
        state=IMPORT_STATE[one.state],
        failure=FAILURES[one.failure],
        rows=rows,
        verdicts={code.value: words for code, words in VERDICTS.items()},
        chosen=str(shown),
        next=encode_cursor(rows[-1].row) if more else "",
        paged=paging.cursor is not None,
        query=f"&verdict={shown}",
        encodings=[(code.value, words) for code, words in ENCODINGS.items()],
        may_send=bool(principal.roles & set(SENDERS)),
        here=f"{request.scope.get('root_path', '')}/ui/imports/{import_id}",
    )


@router.get("/ui/imports/{import_id}/refused.csv")
async def refused_file(runtime: RuntimeDependency, principal: Anyone, import_id: UUID) -> Response:
    """The rows to mend as a file: the line, its reference, the column, what is wrong, the rule."""
    async with runtime.database.unit() as unit:
        await own_import(unit, principal, import_id)
        rows = await refused_rows(unit, import_id)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["ligne", "reference", "colonne", "erreur", "regle"])
    for row in rows:
        for error in row.errors:
            cells = [row.row, row.reference, error["column"], error["message"], error["rule"]]
            writer.writerow([escape_formula(str(cell)) for cell in cells])
    headers = {"Content-Disposition": f'attachment; filename="a-corriger-{import_id}.csv"', "Cache-Control": "no-store"}
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


async def _list(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    paging: PagingQuery,
    wrong: Mapping[str, str],
    lines: list[str] | None = None,
    names: str = "",
) -> HTMLResponse:
    async with runtime.database.unit() as unit:
        rows, more = await imports_page(unit, principal, paging)
    shown: list[dict[str, Any]] = [
        {"one": import_detail(row), "sent": row.sent_at.astimezone(clock.FRANCE)} for row in rows
    ]
    return page(
        request,
        PAGES,
        "imports.html",
        title="Imports",
        status=422 if wrong else 200,
        rows=shown,
        next=encode_cursor(rows[-1].import_id) if more else "",
        states=IMPORT_STATE,
        errors=dict(wrong),
        lines=lines or [],
        names=names,
        encodings=[(code.value, words) for code, words in ENCODINGS.items()],
        may_send=bool(principal.roles & set(SENDERS)),
    )
