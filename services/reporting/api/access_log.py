"""The log of reads, for auditors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from services.reporting.api.downloads import FILES, FilePart, Kind, download_part
from services.reporting.domain.ods import CellOrDay
from services.reporting.domain.spreadsheets import FileKind, Sheet
from services.reporting.store.access_log import AccessFilter, accesses_in_scope, accesses_of
from services.reporting.store.unusual_reads import unusual_in_scope
from shared.access.access_log import record_access
from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose
from shared.clock import FRANCE
from shared.http.dates import BoundedDate
from shared.http.paging import Page, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["pilotage"])

Auditor = Annotated[Principal, Depends(require(Role.AUDITOR))]
FileAuditor = Annotated[Principal, Depends(require(Role.AUDITOR, Role.SUPERVISOR))]


class Access(BaseModel):
    """One read of persons' files: who, when, why, what. Never a name."""

    model_config = ConfigDict(from_attributes=True)
    event_id: UUID
    occurred_at: dt.datetime
    business_date: dt.date
    caisse: str | None
    actor_role: str
    actor_id: str
    purpose: str
    resource: str
    count: int
    correlation_id: str


class LoggedAccess(Access):
    """One read, with the applications that were read."""

    application_ids: list[UUID]


@router.get("/audit", summary="Qui a consulté ce dossier, quand et pourquoi")
async def audit(
    runtime: RuntimeDependency,
    principal: FileAuditor,
    application: Annotated[UUID, Query()],
    page: PagingQuery,
    purpose: Annotated[Purpose, Depends(read_purpose)],
) -> Page[Access]:
    """The reads of one file, newest first. Leaves an access event itself."""
    async with runtime.database.unit() as unit:
        found, more = await accesses_of(unit, principal, application, page)
        record_access(unit, principal, purpose, "reporting.audit", [application])
    return Page[Access](items=[Access.model_validate(one) for one in found], next=_next(found, more))


@router.get("/access-log", summary="Le journal des consultations")
async def accesses(
    runtime: RuntimeDependency,
    principal: Auditor,
    page: PagingQuery,
    actor: Annotated[str | None, Query(max_length=100)] = None,
    purpose: Annotated[Purpose | None, Query()] = None,
    since: Annotated[BoundedDate | None, Query(description="Premier jour (date de gestion)")] = None,
    until: Annotated[BoundedDate | None, Query(description="Dernier jour, inclus")] = None,
    hour: Annotated[int | None, Query(ge=0, le=23, description="Heure du jour, en France")] = None,
) -> Page[LoggedAccess]:
    """Reads of persons' files by readers of the caisses in scope, newest first."""
    chosen = AccessFilter(actor, purpose, since, until, hour)
    async with runtime.database.unit() as unit:
        found, more = await accesses_in_scope(unit, principal, chosen, page)
    return Page[LoggedAccess](items=[LoggedAccess.model_validate(one) for one in found], next=_next(found, more))


class UnusualRead(BaseModel):
    """Reads that an auditor asks about first. ``kind``: stranger (instruction of a file on which the reader never
    acted), many (more than 60 files in one hour), night (between 22 and 6 hours, or on a Sunday). Not a fault: a
    question."""

    model_config = ConfigDict(from_attributes=True)
    kind: Literal["stranger", "many", "night"]
    actor_id: str
    caisse: str | None
    day: dt.date
    reads: int
    files: int


@router.get("/access-log/unusual", summary="Les consultations inhabituelles")
async def unusual(
    runtime: RuntimeDependency,
    principal: Auditor,
    since: Annotated[BoundedDate, Query(description="Premier jour")],
    until: Annotated[BoundedDate, Query(description="Dernier jour, inclus ; 92 jours au plus")],
) -> list[UnusualRead]:
    """By reader and day, of readers of the caisses in scope. Where nothing is unusual the list is empty."""
    async with runtime.database.unit() as unit:
        return [UnusualRead.model_validate(row) for row in await unusual_in_scope(unit, principal, since, until)]


@router.get(
    "/access-log.{kind}",
    summary="Le journal des consultations pour un tableur",
    response_class=Response,
    responses=FILES,
)
async def accesses_file(
    request: Request,
    runtime: RuntimeDependency,
    principal: Auditor,
    since: Annotated[BoundedDate, Query(description="Premier jour (date de gestion)")],
    until: Annotated[BoundedDate, Query(description="Dernier jour, inclus")],
    kind: Kind,
    part: FilePart,
    actor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """The reads of these days, the newest first, in files of 10 000: days and counts as the spreadsheet knows them."""
    chosen = AccessFilter(actor, None, since, until)
    async with runtime.database.unit() as unit:
        found, more = await accesses_in_scope(unit, principal, chosen, part)
    return reads_download(request, kind, found, more)


def reads_download(request: Request, kind: FileKind, found: Sequence[Any], more: bool) -> Response:
    """Reads as a file, here and at the auditor's page. ``more``: whether others follow."""
    return download_part(request, kind, "consultations", _sheet(found), _next(found, more))


def _sheet(found: Iterable[Any]) -> Sheet:
    heads = ["Jour", "Heure", "Caisse", "Rôle", "Agent", "Motif", "Objet", "Dossiers", "Nombre"]
    rows: list[Sequence[CellOrDay]] = []
    for one in found:
        at = one.occurred_at.astimezone(FRANCE)
        told = (one.caisse, one.actor_role, one.actor_id, one.purpose, one.resource)
        rows.append([at.date(), f"{at:%H:%M:%S}", *told, " ".join(map(str, one.application_ids)), one.count])
    return Sheet("Consultations", heads, rows)


def _next(found: Any, more: bool) -> str | None:
    return encode_cursor(found[-1].occurred_at, found[-1].event_id) if more else None
