"""Files of persons looked for at once, for supervisors: sent, followed, and answered side by side with their rows."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import IO, Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from services.dedup.api.dependencies import WhyRead
from services.dedup.domain.bulk_check import (
    BOM,
    FileRejected,
    Header,
    answer_header,
    answer_row,
    file_named,
    header_of,
    rows_of,
)
from services.dedup.store import access_history, bulk_checks
from shared.access.access_log import record_access
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose
from shared.contract.input_errors import InputError
from shared.http.idempotency_keys import KeyHeader, fingerprint, hashed, key_reused
from shared.http.paging import Page, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem
from shared.http.upload_forms import form
from shared.ids import uuid7
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["base commune"])

LARGEST_FILE = 30_000_000
FORM_OVERHEAD = 64 * 1024
Supervisor = Annotated[Principal, Depends(require(Role.SUPERVISOR))]


class BulkCheck(BaseModel):
    """How far a file has come, and how many of its persons were found. ``progress`` goes from 0 to 1."""

    model_config = ConfigDict(from_attributes=True)
    check_id: UUID
    caisse: str
    state: str
    purpose: str
    rows: int
    rows_done: int
    progress: float
    same_person: int
    to_examine: int
    silent: int
    refused: int
    sent_at: dt.datetime
    changed_at: dt.datetime


@router.post(
    "/bulk-checks",
    status_code=202,
    summary="Chercher les personnes d'un fichier",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary", "description": "CSV"}},
                    }
                }
            },
        }
    },
)
async def post_bulk_check(
    request: Request,
    runtime: RuntimeDependency,
    principal: Supervisor,
    purpose: WhyRead,
    response: Response,
    key: KeyHeader,
) -> BulkCheck:
    """Take a file of persons in: 202 and Location. Each row names a file of the caisse; 429 over the day's quota.

    The same file under the same key is taken once, for as long as it is kept: seven days.
    """

    def print_of(sha256: str) -> str:
        return fingerprint(request, sha256.encode())

    async with form(request, LARGEST_FILE + FORM_OVERHEAD) as fields:
        upload = fields.get("file")
        if not isinstance(upload, UploadFile):
            error = InputError("/file", "missing", "Fichier absent du formulaire.")
            raise Problem(422, "validation_failed", "1 champ à corriger.", errors=[error])
        row = await take_file(runtime, principal, purpose, upload, key, print_of)
    response.headers["Location"] = f"/bulk-checks/{row.check_id}"
    return row


async def take_file(
    runtime: Runtime,
    principal: Principal,
    purpose: Purpose,
    upload: UploadFile,
    key: str | None,
    print_of: Callable[[str], str],
) -> BulkCheck:
    """Take a file in, once for this key, whichever door it came through; ``print_of`` its hash tells the request.

    Raises 403, 409, 422 or 429.
    """
    if principal.caisse is None:
        detail = "Chaque ligne nomme un dossier de votre caisse : il faut un poste dans une caisse."
        raise Problem(403, "caisse_required", detail, title="Jeton sans caisse")
    with _unreadable_as_problems():
        header, rows, sha256 = await run_in_threadpool(_read, upload.file)
    sent = bulk_checks.Sent(header.written, header.columns, rows, hashed(key), print_of(sha256))
    async with runtime.database.unit() as unit:
        earlier = await bulk_checks.sent_before(unit, principal, sent.key)
        if earlier is not None and earlier.fingerprint != sent.fingerprint:
            raise key_reused()
        check_id = earlier.check_id if earlier is not None else uuid7()
        if earlier is None:
            await bulk_checks.file(unit, principal, purpose, check_id, sent)
        return bulk_check(await bulk_checks.own_check(unit, principal, check_id))


def _read(file: IO[bytes]) -> tuple[Header, list[tuple[int, list[str], UUID | None]], str]:
    """Header and rows of a file in UTF-8 or Windows-1252, and the hash of its bytes. Raises FileRejected."""
    content = file.read(LARGEST_FILE + 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    lines = text.replace("\r\n", "\n").split("\n")
    if not text.strip() or "\0" in text:
        raise FileRejected(
            "empty_file" if not text.strip() else "no_header", "Le fichier est vide, ou n'est pas un CSV."
        )
    header = header_of(lines[0])
    rows = [(number, cells, file_named(cells, header.columns)) for number, cells in rows_of(lines[1:], header)]
    return header, rows, hashlib.sha256(content).hexdigest()


@contextmanager
def _unreadable_as_problems() -> Iterator[None]:
    try:
        yield
    except FileRejected as rejected:
        raise Problem(422, rejected.code, str(rejected), title="Fichier illisible") from None


@router.get("/bulk-checks", summary="Lister les fichiers de personnes")
async def list_bulk_checks(runtime: RuntimeDependency, principal: Supervisor, page: PagingQuery) -> Page[BulkCheck]:
    """The files sent in the caisse of the token, the newest first."""
    async with runtime.database.unit() as unit:
        rows, more = await bulk_checks.checks_page(unit, principal, page)
    following = encode_cursor(rows[-1].check_id) if more else None
    return Page[BulkCheck](items=[bulk_check(row) for row in rows], next=following)


@router.get("/bulk-checks/{check_id}", summary="Suivre un fichier de personnes")
async def show_bulk_check(runtime: RuntimeDependency, principal: Supervisor, check_id: UUID) -> BulkCheck:
    """One file and how far it is."""
    async with runtime.database.unit() as unit:
        return bulk_check(await bulk_checks.own_check(unit, principal, check_id))


def bulk_check(row: Any) -> BulkCheck:
    """A file as it is shown."""
    done = 1.0 if row.state == "done" else row.rows_done / max(1, row.rows)
    return BulkCheck(**{**row._mapping, "progress": round(done, 4)})


@router.get(
    "/bulk-checks/{check_id}/answer.csv",
    summary="Lire la réponse, ligne à ligne",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def read_answer(
    runtime: RuntimeDependency, principal: Supervisor, purpose: WhyRead, check_id: UUID
) -> StreamingResponse:
    """The rows as they were sent, each beside its level and coded reasons; 409 while it is under way."""
    return await answer(runtime, principal, purpose, check_id)


async def answer(runtime: Runtime, principal: Principal, purpose: Purpose, check_id: UUID) -> StreamingResponse:
    """The answer as a file. Every file found was told as read when it was found; who fetches the answer is told too."""
    async with runtime.database.unit() as unit:
        check = await bulk_checks.own_check(unit, principal, check_id)
        if check.state in ("waiting", "running"):
            raise Problem(
                409, "check_under_way", "Les personnes sont encore cherchées.", title="Réponse pas encore prête"
            )
        found = await bulk_checks.files_found(unit, check_id)
        if check.agent == principal.id:
            record_access(unit, principal, purpose, "dedup.bulk_check_answer", found[:FIRST_NAMED], count=len(found))
        else:  # somebody else's reading: of each file, as in any list
            for at in range(0, len(found), FIRST_NAMED):
                part = found[at : at + FIRST_NAMED]
                await access_history.record_read(unit, principal, purpose, "dedup.bulk_check_answer", part)
    headers = {"Content-Disposition": f'attachment; filename="reponse-{check_id}.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(runtime, check), media_type="text/csv; charset=utf-8", headers=headers)


FIRST_NAMED = 500


async def _lines(runtime: Runtime, check: Any) -> AsyncIterator[bytes]:
    yield _csv([answer_header(check.written)], BOM)
    width = len(check.written)
    async for rows in bulk_checks.pages_of(runtime.database, check.check_id):
        lines = [answer_row(row.row, row.cells, width, row.verdict, row.found, row.code) for row in rows]
        yield await run_in_threadpool(_csv, lines)


def _csv(lines: list[list[str]], begin: str = "") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(lines)
    return (begin + text.getvalue()).encode()
