"""Imports: a CSV is taken in to disk, checked as a whole at once, and read by the worker; its verdicts row by row."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
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
from services.intake.api.idempotency import KeyHeader, StoredResponse, answered_once, fingerprint, once
from services.intake.api.problems import domain_problems
from services.intake.api.upload_forms import form
from services.intake.domain.csv_import.columns import template
from services.intake.domain.csv_import.encodings import Encoding, Suspicion, encoding_of, suspicion
from services.intake.domain.csv_import.lines import FileRejected, printable
from services.intake.domain.input_errors import InvalidApplication
from services.intake.store.file_store import import_store
from services.intake.store.import_files import opened
from services.intake.store.imports import imports_page, insert_import, own_import, resumed, rows_page
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.contract.input_errors import InputError
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Page, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem
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

    ``failure``: why a failed import ended. The same file sent again goes on after its last committed row.
    """

    model_config = ConfigDict(from_attributes=True)
    import_id: UUID
    caisse: str | None
    state: str
    dry_run: bool
    encoding: str
    delimiter: str
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


class ImportRowView(BaseModel):
    """The verdict of one line of the file. ``application_id`` where it was recorded (a dry run records nothing)."""

    model_config = ConfigDict(from_attributes=True)
    row: int
    reference: str
    verdict: Verdict
    application_id: UUID | None
    errors: list[RowErrorView]


@router.post(
    "/imports",
    dependencies=[Backpressure],
    status_code=202,
    summary="Importer un fichier CSV de demandes",
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
    with store.incoming() as file:
        taken = await run_in_threadpool(_copy, upload, file, encoding)
        now = dt.datetime.now(dt.UTC)
        row = {
            "import_id": import_id,
            "caisse": principal.caisse,
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
    "utf-8 twice": "UTF-8 deux fois",
}


def _copy(upload: UploadFile, file: IO[bytes], said: Encoding | None) -> dict[str, Any]:
    """Copy the file, hash it, find its encoding unless it is said, read its header and count its lines.

    Raises 422 for a file that cannot be read, or that seems to be written in another encoding.
    """
    digest, size = hashlib.sha256(), 0

    def chunks() -> Iterator[bytes]:
        nonlocal size
        while chunk := upload.file.read(CHUNK):
            size += len(chunk)
            digest.update(chunk)
            file.write(chunk)
            yield chunk

    encoding = encoding_of(chunks())
    file.flush()
    if said is not None:
        encoding = said.value
    try:
        with opened(Path(file.name), encoding) as (lines, header):
            count = header.number + sum(1 for _ in lines)
        if said is None:
            with opened(Path(file.name), encoding) as (lines, header):
                _check_encoding(suspicion(lines, encoding))
    except FileRejected as rejected:
        raise Problem(422, rejected.code, str(rejected), title="Fichier d'import illisible") from None
    except UnicodeError:
        raise Problem(422, "no_header", "Le fichier ne se décode pas.", title="Fichier d'import illisible") from None
    return {
        "sha256": digest.hexdigest(),
        "size": size,
        "encoding": encoding,
        "delimiter": header.delimiter,
        "lines": count,
    }


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
