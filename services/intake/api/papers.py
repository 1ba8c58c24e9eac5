"""Papers of a file: their metadata, their bytes, and reading them again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from services.intake.api import request_schemas
from services.intake.api.backpressure import Backpressure
from services.intake.api.dependencies import (
    ApplicationReceipt,
    FileReader,
    ReadPurpose,
    Writer,
    answer_for,
    json_document,
    receipt_of,
)
from services.intake.api.idempotency import StoredResponse, answered_once, once
from services.intake.api.problems import domain_problems
from services.intake.domain.document import unknown_fields
from services.intake.domain.input_errors import InvalidApplication, form_errors
from services.intake.domain.papers import LARGEST_PAPER_BYTES, MediaType, PaperRejected, UploadCheck, is_heic
from services.intake.store.acting import action_context
from services.intake.store.applications import read, save
from services.intake.store.file_store import paper_store
from services.intake.store.paper_pictures import UnreadablePaper, as_jpeg
from services.intake.store.papers import insert_paper, paper_of
from shared import clock
from shared.access.access_log import record_access
from shared.access.principal import Principal
from shared.contract.facts import Paper
from shared.contract.input_errors import InputError, pointer_of
from shared.database.unit_of_work import UnitOfWork
from shared.http.idempotency_keys import KeyHeader, fingerprint
from shared.http.problems import Problem
from shared.http.upload_forms import form
from shared.ids import uuid7
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["pièces"])

CHUNK = 64 * 1024
FORM_OVERHEAD = 64 * 1024
EXTENSION = {MediaType.PDF: "pdf", MediaType.JPEG: "jpg", MediaType.PNG: "png"}
PAPERS = TypeAdapter(Annotated[list[Paper], Field(min_length=1, max_length=50)])

BYTES = {"type": "string", "format": "binary"}
FORM_BODY = {
    "type": "object",
    "required": ["paper", "file"],
    "properties": {
        "paper": {"type": "string", "description": "Métadonnées de la pièce, en JSON"},
        "file": {
            "type": "string",
            "format": "binary",
            "description": "PDF, JPEG, PNG ou HEIC (gardé en JPEG), 10 Mo au plus",
        },
    },
}


class ReceivedPaper(BaseModel):
    """One paper as it was received: the id it was given, and the hash of its bytes."""

    paper_id: UUID
    kind: str
    sha256: str | None


class ReceivedPapers(ApplicationReceipt):
    """What became of the application, and of each paper."""

    papers: list[ReceivedPaper]


def papers_from(items: Any, assigned: dict[str, Any] | None = None) -> list[Paper]:
    """The papers that a request declares, each with a new id; received today unless said. Raises InvalidApplication."""
    if not isinstance(items, list):
        raise InvalidApplication([InputError("/papers", "wrong_type", "Une liste de pièces est attendue.")])
    errors, prepared = [], []
    for at, item in enumerate(items):
        if not isinstance(item, dict):
            prepared.append(item)
            continue
        errors += list(unknown_fields(item, Paper, ("papers", at)))
        for name in ("paper_id", "sha256"):
            if item.get(name) is not None:
                message = "Valeur attribuée par le service."
                errors.append(InputError(f"/papers/{at}/{name}", "server_assigned", message))
        received = {"received_on": clock.today().isoformat()}
        prepared.append({**received, **item, "paper_id": str(uuid7()), "sha256": None, **(assigned or {})})
    try:
        found = PAPERS.validate_json(json.dumps(prepared), strict=True)
    except ValidationError as invalid:
        moved = [replace(one, pointer=f"/papers{one.pointer}") for one in form_errors(invalid)]
        raise InvalidApplication([*errors, *moved]) from None
    if errors:
        raise InvalidApplication(errors)
    return found


@router.post(
    "/applications/{application_id}/papers",
    dependencies=[Backpressure],
    summary="Verser des pièces",
    status_code=201,
    response_model=ReceivedPapers,
    openapi_extra=request_schemas.body("NewPapers", form=FORM_BODY),
)
async def post_papers(
    request: Request, runtime: RuntimeDependency, principal: Writer, application_id: UUID, key: KeyHeader
) -> Response:
    """Metadata of one or several papers as JSON, or one paper with its bytes as a form."""
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await _post_file(request, runtime, principal, application_id, key)
    document, body = await json_document(request)
    with domain_problems():
        if unknown := [name for name in document if name != "papers"]:
            raise InvalidApplication(
                [InputError(pointer_of([unknown[0][:64]]), "unknown_field", "Champ inconnu du contrat.")]
            )
        papers = papers_from(document.get("papers"))

    async def work(unit: UnitOfWork) -> StoredResponse:
        return await _receive(unit, application_id, principal, papers)

    return await answered_once(runtime, once(principal, key, fingerprint(request, body)), work)


async def _receive(unit: UnitOfWork, application_id: UUID, principal: Any, papers: list[Paper]) -> StoredResponse:
    before = await read(unit, application_id, principal, lock=True)
    after, events = before.receive_papers(papers, action_context(principal))
    await save(unit, before, after, events)
    answer = answer_for(after, 201)
    listed = [{"paper_id": str(paper.paper_id), "kind": paper.kind.value, "sha256": paper.sha256} for paper in papers]
    return StoredResponse(answer.status, answer.location, answer.version, {**receipt_of(after), "papers": listed})


async def _post_file(
    request: Request, runtime: Runtime, principal: Any, application_id: UUID, key: str | None
) -> Response:
    """Take the bytes in, then the paper. They reach the store once the act is accepted, and before its event is told;
    those of a refused act are gone with the request."""
    async with runtime.database.unit() as unit:
        await read(unit, application_id, principal)  # nothing is taken in for a file out of reach
    async with form(request, LARGEST_PAPER_BYTES + FORM_OVERHEAD) as fields:
        with domain_problems():
            item = _metadata(fields.get("paper"))
        print_ = fingerprint(request, json.dumps(item, sort_keys=True).encode())
        return await store_file(runtime, principal, application_id, fields.get("file"), item, key, print_)


async def store_file(
    runtime: Runtime,
    principal: Principal,
    application_id: UUID,
    upload: object,
    item: dict[str, Any],
    key: str | None,
    print_: str,
) -> Response:
    """Take one paper with its bytes into a file, once for this key, whichever door it came through."""
    store = paper_store(runtime)
    with domain_problems(), store.incoming() as file:
        if not isinstance(upload, UploadFile):
            raise InvalidApplication([InputError("/file", "missing", "Fichier absent du formulaire.")])
        digest, media_type, size = await _taken(upload, file)
        papers = papers_from([item], {"sha256": digest})

        async def work(unit: UnitOfWork) -> StoredResponse:
            answer = await _receive(unit, application_id, principal, papers)
            row = {
                "paper_id": papers[0].paper_id,
                "application_id": application_id,
                "sha256": digest,
                "media_type": media_type.value,
                "size": size,
                "stored_at": dt.datetime.now(dt.UTC),
            }
            await insert_paper(unit, store, Path(file.name), row)
            return answer

        return await answered_once(runtime, once(principal, key, f"{print_}{digest}"), work)


def _metadata(text: Any) -> Any:
    try:
        item = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        item = None
    if not isinstance(item, dict):
        raise InvalidApplication(
            [InputError("/paper", "malformed", "Métadonnées de la pièce absentes ou illisibles (objet JSON).")]
        )
    return item


async def _taken(upload: UploadFile, file: IO[bytes]) -> tuple[str, MediaType, int]:
    """Copy the bytes to ``file``, a photograph of a telephone as JPEG: (sha256, media type, size). PaperRejected."""
    receipt = await run_in_threadpool(_copy, upload, file)
    if not is_heic(receipt.head):
        digest, media_type = receipt.close(upload.content_type or "")
        return digest, media_type, receipt.size
    file.seek(0)
    try:
        picture = await as_jpeg(await run_in_threadpool(file.read))
    except UnreadablePaper:
        detail = "La photographie HEIC ne se lit pas : reprenez-la, ou enregistrez-la en JPEG."
        raise PaperRejected("paper_unreadable", detail) from None
    converted = UploadCheck()
    converted.take(picture)
    file.seek(0)
    file.truncate()
    file.write(picture)
    file.flush()
    digest, media_type = converted.close()
    return digest, media_type, converted.size


def _copy(upload: UploadFile, file: IO[bytes]) -> UploadCheck:
    receipt = UploadCheck()
    while chunk := upload.file.read(CHUNK):
        receipt.take(chunk)
        file.write(chunk)
    file.flush()
    return receipt


@router.get(
    "/applications/{application_id}/papers/{paper_id}",
    summary="Lire le fichier d'une pièce",
    response_class=Response,
    responses={200: {"content": {kind.value: {"schema": BYTES} for kind in MediaType}}},
)
async def get_paper(
    runtime: RuntimeDependency, principal: FileReader, application_id: UUID, paper_id: UUID, purpose: ReadPurpose
) -> Response:
    """The bytes of one paper, as a download. Leaves an access event with the purpose."""
    async with runtime.database.unit() as unit:
        row = await readable_paper(unit, principal, application_id, paper_id)
        record_access(unit, principal, purpose, "intake.paper", [application_id])
    content = content_of(runtime, row)
    headers = {
        "Content-Disposition": f'attachment; filename="piece-{paper_id}.{EXTENSION[MediaType(row.media_type)]}"',
        "Content-Length": str(row.size),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_chunks(content), media_type=row.media_type, headers=headers)


async def readable_paper(unit: UnitOfWork, principal: Principal, application_id: UUID, paper_id: UUID) -> Any:
    """The paper of a file in scope. Raises 404, and 403 where the household's place is for other eyes."""
    file = await read(unit, application_id, principal)
    if file.facts and file.facts.address.protected_location and not principal.sees_place_of(file.caisse):
        detail = "Le lieu de ce foyer est protégé : ses pièces se lisent dans sa caisse, ou par un superviseur."
        raise Problem(403, "protected_location", detail, title="Lieu protégé")
    return await paper_of(unit, application_id, paper_id)


def content_of(runtime: Runtime, row: Any) -> IO[bytes]:
    """The bytes of a paper, open. Raises 503 when the store cannot give them."""
    try:
        return paper_store(runtime).open(row.sha256)
    except FileNotFoundError:
        raise Problem(503, "unavailable", "Le fichier de la pièce est momentanément inaccessible.") from None


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
