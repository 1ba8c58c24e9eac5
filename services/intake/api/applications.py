"""The HTTP interface of intake: applications here; papers, imports and operations in their own files."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from services.intake.api import request_schemas, sandbox
from services.intake.api.backpressure import Backpressure
from services.intake.api.dependencies import (
    Anyone,
    ApplicationReceipt,
    FileReader,
    Mover,
    ReadPurpose,
    Writer,
    answer_for,
    json_document,
    perform,
)
from services.intake.api.idempotency import IdempotentRequest, StoredResponse, answered_once, once
from services.intake.domain.application import ActionContext, Application, TransferReason, WithdrawalReason, submit
from services.intake.domain.csv_import.references import REFERENCE
from services.intake.domain.input_errors import InvalidApplication
from services.intake.domain.protected_place import without_place
from services.intake.store.acting import action_context
from services.intake.store.applications import (
    NewApplication,
    ReferenceTableLookup,
    find_applications,
    holders,
    insert,
    read_row,
    read_with_view,
)
from shared.access.access_log import record_access, record_listing
from shared.access.principal import Principal
from shared.contract.events import ApplicationEvent
from shared.contract.facts import ApplicationFacts
from shared.contract.input_errors import InputError
from shared.contract.scalars import CaisseCode
from shared.database.unit_of_work import UnitOfWork
from shared.http.idempotency_keys import KeyHeader, RequiredKey, fingerprint
from shared.http.paging import Page, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.preconditions import Version, etag
from shared.http.problems import Problem
from shared.ids import uuid7
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["demandes"])

MERGE_PATCH = "application/merge-patch+json"
ENVELOPE = frozenset({"caisse", "reference"})


class Status(StrEnum):
    """What lists show of an application: the last thing known of it here."""

    RECEIVED = "received"
    PAPERS_REQUESTED = "papers_requested"
    COMPLETE = "complete"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


class ApplicationSummary(BaseModel):
    """One application in a list: ids, codes and dates."""

    model_config = ConfigDict(from_attributes=True)
    application_id: UUID
    caisse: str
    reference: str
    state: str
    status: str
    version: int
    kind: str
    channel: str
    deposited_on: dt.date
    received_on: dt.date
    import_id: UUID | None


class ApplicationDetail(ApplicationSummary):
    """One application with its facts."""

    facts: ApplicationFacts | None


class ApplicationStatus(BaseModel):
    """What the other services told of the application, and how fresh it is (eventually consistent)."""

    application_id: UUID
    caisse: str
    state: str
    status: str
    version: int
    as_of: dt.datetime
    identity: dict[str, Any]
    decision: dict[str, Any]
    letters: dict[str, Any]


class Withdrawal(BaseModel):
    """Why an application is withdrawn."""

    model_config = ConfigDict(extra="forbid")
    reason: WithdrawalReason


class Transfer(BaseModel):
    """To which caisse an application goes, and why."""

    model_config = ConfigDict(extra="forbid")
    to_caisse: CaisseCode
    reason: TransferReason


@router.post(
    "/applications",
    status_code=202,
    dependencies=[Backpressure],
    summary="Déposer une demande",
    response_model=ApplicationReceipt,
    openapi_extra=request_schemas.body("NewApplication"),
)
async def post_application(
    request: Request, runtime: RuntimeDependency, principal: Writer, key: RequiredKey
) -> Response:
    """Record an application: 202, Location, ETag. The same key with the same body gives the same answer."""
    document, body = await json_document(request)
    return await record(runtime, principal, document, once(principal, key, fingerprint(request, body)))


async def record(
    runtime: Runtime, principal: Principal, document: dict[str, Any], the_once: IdempotentRequest
) -> Response:
    """Record the application of a document, once for this key, whichever door it came through."""

    async def work(unit: UnitOfWork) -> StoredResponse:
        caisse, reference, facts = _opened(document, principal)
        codes, by = ReferenceTableLookup(runtime.reference), action_context(principal)
        new: list[NewApplication] = []
        for application_id, name, told in sandbox.documents(caisse, reference, facts, uuid7(), by.today):
            file, (event,) = submit(
                told, application_id=application_id, caisse=caisse, reference=name, known=codes, by=by
            )
            new.append((file, event))
        if len(await insert(unit, new)) < len(new):
            await _raise_reference_in_use(unit, caisse, reference)
        return answer_for(file, 202)

    asked = document.get("reference")
    async with sandbox.as_it_says(principal.caisse or "", asked if isinstance(asked, str) else ""):
        return await answered_once(runtime, the_once, work, mostly_new=True)


async def _raise_reference_in_use(unit: UnitOfWork, caisse: str, reference: str) -> None:
    """Raise 409 with the file that holds the reference: a renewal takes a new one."""
    (filed,) = (await holders(unit, [(caisse, reference)])).values()
    detail = "Votre caisse emploie déjà cette référence : complétez ce dossier, ou prenez une nouvelle référence."
    raise Problem(
        409,
        "reference_in_use",
        detail,
        title="Référence déjà employée",
        headers={"Location": f"/applications/{filed.application_id}"},
        application_id=str(filed.application_id),
    )


def _opened(document: dict[str, Any], principal: Principal) -> tuple[str, str, dict[str, Any]]:
    """The caisse, the reference and the facts of a posted document. Raises InvalidApplication."""
    facts = {name: value for name, value in document.items() if name not in ENVELOPE}
    caisse, reference = document.get("caisse", principal.caisse), document.get("reference", "")
    errors = []
    if not isinstance(caisse, str):
        errors.append(InputError("/caisse", "missing", "Caisse absente."))
    elif not principal.sees(caisse):
        errors.append(InputError("/caisse", "caisse_out_of_scope", "Caisse hors de votre périmètre."))
    if not isinstance(reference, str) or (reference and not REFERENCE.fullmatch(reference)):
        errors.append(InputError("/reference", "wrong_format", "Référence : 64 lettres, chiffres ou _ . : - au plus."))
    if errors:
        raise InvalidApplication(errors)
    return str(caisse), str(reference), facts


@router.patch(
    "/applications/{application_id}",
    dependencies=[Backpressure],
    summary="Modifier les faits d'une demande (JSON Merge Patch)",
    response_model=ApplicationReceipt,
    openapi_extra=request_schemas.body("AmendedApplication", MERGE_PATCH),
)
async def patch_application(
    request: Request,
    runtime: RuntimeDependency,
    principal: Writer,
    application_id: UUID,
    version: Version,
    key: KeyHeader,
) -> Response:
    """Amend the facts: If-Match is required; 412 when the file changed meanwhile; no new version when nothing
    changes."""
    patch, body = await json_document(request, MERGE_PATCH, "application/json")

    def act(file: Application, by_: ActionContext) -> tuple[Application, list[ApplicationEvent]]:
        file.expect(version)
        return file.amend(patch, ReferenceTableLookup(runtime.reference), by_)

    return await perform(request, runtime, principal, application_id, key, body, act)


@router.post(
    "/applications/{application_id}/withdrawal",
    dependencies=[Backpressure],
    summary="Retirer une demande",
    response_model=ApplicationReceipt,
)
async def withdraw(
    request: Request,
    runtime: RuntimeDependency,
    principal: Writer,
    application_id: UUID,
    body: Withdrawal,
    key: KeyHeader,
) -> Response:
    """The applicant gives up; refused once decided."""
    raw = body.model_dump_json().encode()
    return await perform(
        request, runtime, principal, application_id, key, raw, lambda file, by_: file.withdraw(body.reason, by_)
    )


@router.post(
    "/applications/{application_id}/transfer",
    dependencies=[Backpressure],
    summary="Transmettre à la caisse compétente",
    response_model=ApplicationReceipt,
)
async def transfer(
    request: Request, runtime: RuntimeDependency, principal: Mover, application_id: UUID, body: Transfer, key: KeyHeader
) -> Response:
    """Hand the file over: from then on only the new caisse sees it."""
    codes = ReferenceTableLookup(runtime.reference)
    raw = body.model_dump_json().encode()
    return await perform(
        request,
        runtime,
        principal,
        application_id,
        key,
        raw,
        lambda file, by_: file.transfer(body.to_caisse, body.reason, codes, by_),
    )


@router.get("/applications", response_model=Page[ApplicationSummary], summary="Lister les demandes")
async def list_applications(
    runtime: RuntimeDependency,
    principal: Anyone,
    purpose: ReadPurpose,
    page: PagingQuery,
    caisse: Annotated[CaisseCode | None, Query()] = None,
    status: Annotated[Status | None, Query()] = None,
    reference: Annotated[str | None, Query(pattern=REFERENCE.pattern, max_length=64)] = None,
) -> Page[ApplicationSummary]:
    """Applications of the caisses in scope, newest first: ids, codes and dates, no names. Leaves an access event."""
    async with runtime.database.unit() as unit:
        rows, more = await find_applications(unit, principal, page, caisse=caisse, status=status, reference=reference)
        record_listing(unit, principal, purpose, "intake.applications", [row.application_id for row in rows])
    following = encode_cursor(rows[-1].recorded_at, rows[-1].application_id) if more else None
    return Page[ApplicationSummary](items=[ApplicationSummary.model_validate(row) for row in rows], next=following)


@router.get("/applications/{application_id}", response_model=ApplicationDetail, summary="Lire une demande")
async def get_application(
    runtime: RuntimeDependency, principal: FileReader, application_id: UUID, purpose: ReadPurpose
) -> Response:
    """The facts of one application. Leaves an access event with the purpose.

    Of a protected household, address and desk are receipt_of to its caisse and to supervisors only.
    """
    async with runtime.database.unit() as unit:
        row = await read_row(unit, application_id, principal)
        record_access(unit, principal, purpose, "intake.application", [application_id])
    receipt_of = ApplicationDetail.model_validate(row)
    if receipt_of.facts and receipt_of.facts.address.protected_location and not principal.sees_place_of(row.caisse):
        receipt_of = receipt_of.model_copy(update={"facts": without_place(receipt_of.facts)})
    return JSONResponse(receipt_of.model_dump(mode="json"), headers={"ETag": etag(row.version)})


@router.get("/applications/{application_id}/status", response_model=ApplicationStatus, summary="Suivre une demande")
async def get_status(
    runtime: RuntimeDependency, principal: Anyone, application_id: UUID, purpose: ReadPurpose
) -> ApplicationStatus:
    """Where the application stands in all services, in codes and dates, as of the last event received.

    It shows the outcome, so it leaves an access event as the file itself does.
    """
    async with runtime.database.unit() as unit:
        row, views = await read_with_view(unit, application_id, principal)
        record_access(unit, principal, purpose, "intake.status", [application_id])
    by_topic = {view.topic.split(".")[1]: view.told for view in views}
    return ApplicationStatus(
        application_id=row.application_id,
        caisse=row.caisse,
        state=row.state,
        status=row.status,
        version=row.version,
        as_of=max([row.changed_at, *(view.as_of for view in views)]),
        identity=by_topic.get("identity", {}),
        decision=by_topic.get("decision", {}),
        letters=by_topic.get("letter", {}),
    )
