"""Imports: a CSV or a workbook is taken in to disk, checked as a whole at once, and read by the worker; its verdicts
row by row."""

from __future__ import annotations

import datetime as dt
import hashlib
from asyncio import Semaphore
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from services.intake.api.backpressure import Backpressure
from services.intake.api.dependencies import Anyone
from services.intake.api.idempotency import StoredResponse, answered_once, once
from services.intake.api.problems import domain_problems
from services.intake.domain.csv_import.column_names import questions
from services.intake.domain.csv_import.columns import template
from services.intake.domain.csv_import.encodings import Encoding, Suspicion, encoding_of, suspicion
from services.intake.domain.csv_import.header import Correspondence, FileRejected
from services.intake.domain.csv_import.lines import printable
from services.intake.domain.input_errors import InvalidApplication
from services.intake.store.column_names import own_columns
from services.intake.store.file_store import import_store
from services.intake.store.import_files import opened
from services.intake.store.imports import imports_page, insert_import, own_import, resumed, rows_page
from services.intake.store.workbooks import WORKBOOKS, is_workbook, kind_of, read_workbook
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.contract.input_errors import InputError
from shared.database.unit_of_work import UnitOfWork
from shared.http.idempotency_keys import KeyHeader, fingerprint
from shared.http.paging import Page, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem
from shared.http.upload_forms import form
from shared.ids import uuid7
from shared.observability import logs
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["imports"])

LARGEST_IMPORT_BYTES = 200_000_000
FORM_OVERHEAD = 64 * 1024
CHUNK = 256 * 1024

Importer = Annotated[Principal, Depends(require(Role.FRONTEND, Role.AGENT, Role.TECHNICIAN, Role.OPERATOR))]


class Verdict(StrEnum):
    """What became of a row."""

    ACCEPTED = "accepted"
    ALREADY_HERE = "already_here"
    REFUSED = "refused"


class ImportFailure(StrEnum):
    """What ended an import that failed; empty for one that did not."""

    NONE = ""
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    FILE_LOST = "file_lost"
    INTERNAL_ERROR = "internal_error"


class ImportDetail(BaseModel):
    """How far an import has come. ``lines`` counts the header; ``progress`` goes from 0 to 1.

    ``encoding`` is ``xlsx`` or ``ods`` for a workbook, and ``sheet`` the sheet that was read of it.
    ``failure``: why a failed import ended. The same file sent again goes on after its last committed row.
    """

    model_config = ConfigDict(from_attributes=True)
    import_id: UUID
    caisse: str | None
    state: str
    dry_run: bool
    encoding: str
    delimiter: str
    sheet: str
    size: int
    lines: int
    position: int
    progress: float
    rows_accepted: int
    rows_refused: int
    rows_already_here: int
    applications: int
    failure: ImportFailure
    sent_at: dt.datetime
    changed_at: dt.datetime


class RowErrorView(BaseModel):
    """What is wrong in one column of a row."""

    column: str
    code: str
    message: str
    rule: str


class ReadingView(BaseModel):
    """How a cell of a workbook that is no text was understood."""

    column: str
    kind: str
    value: str
    told: str


class ImportRowView(BaseModel):
    """The verdict of one line of the file. ``application_id`` where it was recorded (a dry run records nothing).

    ``understood``: of a workbook, what its numbers, dates and logical values were read as; kept for some days.
    """

    model_config = ConfigDict(from_attributes=True)
    row: int
    reference: str
    verdict: Verdict
    application_id: UUID | None
    errors: list[RowErrorView]
    understood: list[ReadingView]


@router.post(
    "/imports",
    dependencies=[Backpressure],
    status_code=202,
    summary="Importer un fichier de demandes, CSV ou classeur",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary", "description": "CSV, XLSX, ODS"}},
                    }
                }
            },
        }
    },
)
async def post_import(
    request: Request,
    runtime: RuntimeDependency,
    principal: Importer,
    key: KeyHeader,
    dry_run: Annotated[bool, Query(description="Contrôler sans enregistrer")] = False,
    encoding: Annotated[Encoding | None, Query(description="Encodage du fichier, quand il est mal deviné")] = None,
) -> Response:
    """Take the file in: 202 and Location. Rejected at once when the file as a whole cannot be read."""
    async with form(request, LARGEST_IMPORT_BYTES + FORM_OVERHEAD) as fields:
        upload = fields.get("file")
        with domain_problems():
            if not isinstance(upload, UploadFile):
                raise InvalidApplication([InputError("/file", "missing", "Fichier absent du formulaire.")])

        def print_of(sha256: str) -> str:
            return fingerprint(request, sha256.encode())

        return await take_import(runtime, principal, upload, key, print_of, dry_run=dry_run, encoding=encoding)


async def take_import(
    runtime: Runtime,
    principal: Principal,
    upload: UploadFile,
    key: str | None,
    print_of: Callable[[str], str],
    *,
    dry_run: bool,
    encoding: Encoding | None,
) -> Response:
    """Take a file in, once for this key, whichever door it came through; ``print_of`` its hash tells the request."""
    import_id, store = uuid7(), import_store(runtime)
    async with runtime.database.unit() as unit:
        own = await own_columns(unit, principal)
    with store.incoming() as file, store.incoming() as rows:
        taken = await run_in_threadpool(_copy, upload, file, encoding, own)
        if taken["encoding"] in WORKBOOKS:
            async with _one_workbook(runtime):
                taken |= await run_in_threadpool(_unpack, taken["encoding"], file, rows, own)
            file = rows
        now = dt.datetime.now(dt.UTC)
        row = {
            "import_id": import_id,
            "caisse": principal.caisse,
            "columns": own,
            "readings_kept": taken["encoding"] in WORKBOOKS,
            "actor_role": principal.actor.role,
            "actor_id": principal.id,
            "correlation_id": logs.correlation.get(),
            **taken,
            "dry_run": dry_run,
            "state": "waiting",
            "position": 1,
            "rows_accepted": 0,
            "rows_refused": 0,
            "rows_already_here": 0,
            "applications": 0,
            "failure": "",
            "sent_at": now,
            "changed_at": now,
        }

        async def work(unit: UnitOfWork) -> StoredResponse:
            earlier = None if dry_run else await resumed(unit, principal.caisse, taken["sha256"])
            if earlier is None:
                await insert_import(unit, row)
            known_id = earlier or import_id
            # Once nothing refuses it, and before anybody can read it; a crash before the commit leaves it to the
            # next sweep.
            await run_in_threadpool(store.put, Path(file.name), str(known_id))
            answer = {"import_id": str(known_id), "state": "waiting"}
            return StoredResponse(202, f"/imports/{known_id}", None, answer)

        return await answered_once(runtime, once(principal, key, print_of(taken["sha256"])), work)


def _check_encoding(found: Suspicion | None) -> None:
    """Ask the sender before anything is taken: in the wrong encoding, every accent would be another letter."""
    if found is None:
        return
    detail = (
        f"Les accents se liraient mal : le fichier semble écrit en {ENCODING_NAMES[found.encoding]}. "
        "Enregistrez-le en UTF-8, ou confirmez l'encodage par le paramètre encoding."
    )
    lines = [printable(line.strip())[:300] for line in found.lines]
    title = "Encodage du fichier à confirmer"
    raise Problem(422, "encoding_suspect", detail, title=title, suspected=found.encoding, lines=lines)


ENCODING_NAMES = {
    "cp850": "cp850 (DOS)",
    "mac_roman": "Mac Roman (Macintosh)",
    "iso8859-15": "ISO 8859-15",
    "cp1250": "Windows 1250 (Europe centrale)",
    "cp1251": "Windows 1251 (cyrillique)",
    "cp1253": "Windows 1253 (grec)",
    "cp1254": "Windows 1254 (turc)",
    "cp1256": "Windows 1256 (arabe)",
    "utf-8 twice": "UTF-8 deux fois",
}


def _copy(upload: UploadFile, file: IO[bytes], said: Encoding | None, own: Correspondence) -> dict[str, Any]:
    """Copy the file, hash it, find its encoding unless it is said, read its header and count its lines.

    Raises 422 for a file that cannot be read, or that seems to be written in another encoding.
    """
    digest, size, start = hashlib.sha256(), 0, b""

    def chunks() -> Iterator[bytes]:
        nonlocal size, start
        while chunk := upload.file.read(CHUNK):
            size += len(chunk)
            start = start or chunk[:8]
            digest.update(chunk)
            file.write(chunk)
            yield chunk

    encoding = encoding_of(chunks())
    file.flush()
    with _unreadable_as_problems():
        if is_workbook(start):
            encoding = kind_of(Path(file.name))
            read: dict[str, Any] = {}
        else:
            read = _read_csv(Path(file.name), encoding if said is None else said.value, own, sure=said is not None)
    return {"sha256": digest.hexdigest(), "size": size, "encoding": encoding, "sheet": "", **read}


def _read_csv(path: Path, encoding: str, own: Correspondence, *, sure: bool) -> dict[str, Any]:
    with opened(path, encoding, own) as (lines, header):
        count = header.number + sum(1 for _ in lines)
    if not sure:
        with opened(path, encoding, own) as (lines, header):
            _check_encoding(suspicion(lines, encoding))
    return {"encoding": encoding, "delimiter": header.delimiter, "lines": count}


def _unpack(kind: str, file: IO[bytes], rows: IO[bytes], own: Correspondence) -> dict[str, Any]:
    """Write the rows of a workbook to their file, which is what is kept of it. Raises 422."""
    with _unreadable_as_problems():
        sheet = read_workbook(Path(file.name), kind, Path(rows.name), dict(own))
    return {"delimiter": "", "lines": sheet.last, "sheet": printable(sheet.name)}


def _one_workbook(runtime: Runtime) -> Semaphore:
    """One workbook at a time: each may need much memory for a moment."""
    one: Semaphore = runtime.state.setdefault("workbooks", Semaphore(1))
    return one


@contextmanager
def _unreadable_as_problems() -> Iterator[None]:
    """Say what refuses a whole file as a problem document; unknown names come with what they may mean."""
    title = "Fichier d'import illisible"
    try:
        yield
    except FileRejected as rejected:
        told: dict[str, Any] = {}
        if rejected.unknown:
            told["columns"] = questions(rejected.unknown, rejected.taken)
        raise Problem(422, rejected.code, str(rejected), title=title, **told) from None
    except UnicodeError:
        raise Problem(422, "no_header", "Le fichier ne se décode pas.", title=title) from None


@router.get(
    "/imports/template.csv",
    summary="Modèle de fichier d'import",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def get_template(principal: Anyone) -> Response:
    """The columns, and one example row."""
    headers = {"Content-Disposition": 'attachment; filename="modele-import.csv"'}
    return Response("\ufeff" + template(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/imports", response_model=Page[ImportDetail], summary="Lister les imports")
async def list_imports(runtime: RuntimeDependency, principal: Anyone, page: PagingQuery) -> Page[ImportDetail]:
    """The imports sent in the caisse of the token, newest first."""
    async with runtime.database.unit() as unit:
        rows, more = await imports_page(unit, principal, page)
    following = encode_cursor(rows[-1].import_id) if more else None
    return Page[ImportDetail](items=[import_detail(row) for row in rows], next=following)


def import_detail(row: Any) -> ImportDetail:
    """A row of imports, with how far it has come."""
    done = 1.0 if row.state == "done" else (row.position - 1) / max(1, row.lines - 1)
    return ImportDetail(**{**row._mapping, "progress": round(done, 4)})


@router.get("/imports/{import_id}", response_model=ImportDetail, summary="Suivre un import")
async def get_import(runtime: RuntimeDependency, principal: Anyone, import_id: UUID) -> ImportDetail:
    """One import and how far it is."""
    async with runtime.database.unit() as unit:
        return import_detail(await own_import(unit, principal, import_id))


@router.get("/imports/{import_id}/rows", response_model=Page[ImportRowView], summary="Lire les verdicts d'un import")
async def list_rows(
    runtime: RuntimeDependency,
    principal: Anyone,
    import_id: UUID,
    page: PagingQuery,
    verdict: Annotated[Verdict | None, Query()] = None,
) -> Page[ImportRowView]:
    """The verdict of each line, in the order of the file. Reasons name columns and codes, never a person."""
    async with runtime.database.unit() as unit:
        await own_import(unit, principal, import_id)
        rows, more = await rows_page(unit, import_id, None if verdict is None else verdict.value, page)
    following = encode_cursor(rows[-1].row) if more else None
    return Page[ImportRowView](items=[ImportRowView.model_validate(row) for row in rows], next=following)
