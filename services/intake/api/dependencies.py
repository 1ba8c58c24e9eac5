"""What the routes of intake share: reading a JSON body, the roles, one act on one application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from services.intake.api.idempotency import StoredResponse, answered_once, once
from services.intake.api.problems import domain_problems
from services.intake.domain.application import ActionContext, Application
from services.intake.domain.document import DOCUMENT_BYTES, parse
from services.intake.store.acting import action_context
from services.intake.store.applications import read, save
from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose
from shared.contract.events import ApplicationEvent
from shared.database.unit_of_work import UnitOfWork
from shared.http.idempotency_keys import fingerprint
from shared.http.problems import Problem
from shared.service.runtime import Runtime

WRITERS = (Role.FRONTEND, Role.AGENT, Role.TECHNICIAN)
Writer = Annotated[Principal, Depends(require(*WRITERS))]
FileReader = Annotated[Principal, Depends(require(*WRITERS, Role.SUPERVISOR, Role.AUDITOR))]
Anyone = Annotated[Principal, Depends(require(*Role))]
Mover = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR))]
ReadPurpose = Annotated[Purpose, Depends(read_purpose)]


async def json_document(request: Request, *media_types: str) -> tuple[dict[str, Any], bytes]:
    """The JSON object of the body and its bytes. Raises 415, 413 or 400."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    accepted = media_types or ("application/json",)
    if given not in accepted:
        raise Problem(415, "media_type", f"Types admis : {', '.join(accepted)}.", title="Type de contenu non admis")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > DOCUMENT_BYTES:
            break
    with domain_problems():
        return parse(body), body


class ApplicationReceipt(BaseModel):
    """What a writer is told of an application: ids and codes."""

    application_id: UUID
    caisse: str
    reference: str
    state: str
    version: int


def receipt_of(file: Application) -> dict[str, Any]:
    """What a writer is told of a file: ids and codes."""
    return {
        "application_id": str(file.application_id),
        "caisse": file.caisse,
        "reference": file.reference,
        "state": file.state.value,
        "version": file.version,
    }


def answer_for(file: Application, status: int = 200) -> StoredResponse:
    """The response that shows an application, with its location and version."""
    return StoredResponse(status, f"/applications/{file.application_id}", file.version, receipt_of(file))


Act = Callable[[Application, ActionContext], tuple[Application, list[ApplicationEvent]]]


async def perform(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    application_id: UUID,
    key: str | None,
    body: bytes,
    act: Act,
) -> Response:
    """One act on one file, in one transaction that holds its row."""

    async def work(unit: UnitOfWork) -> StoredResponse:
        before = await read(unit, application_id, principal, lock=True)
        after, events = act(before, action_context(principal))
        await save(unit, before, after, events)
        return answer_for(after)

    return await answered_once(runtime, once(principal, key, fingerprint(request, body)), work)
