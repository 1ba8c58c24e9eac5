"""The log of reads, for auditors."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from services.reporting.store.access_log import AccessFilter, accesses_in_scope, accesses_of
from shared.access.access_log import record_access
from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose
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
) -> Page[LoggedAccess]:
    """Reads of persons' files by readers of the caisses in scope, newest first."""
    chosen = AccessFilter(actor, purpose, since, until)
    async with runtime.database.unit() as unit:
        found, more = await accesses_in_scope(unit, principal, chosen, page)
    return Page[LoggedAccess](items=[LoggedAccess.model_validate(one) for one in found], next=_next(found, more))


def _next(found: Any, more: bool) -> str | None:
    return encode_cursor(found[-1].occurred_at, found[-1].event_id) if more else None
