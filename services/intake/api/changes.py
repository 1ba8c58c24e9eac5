"""The feed of changes: what became of the applications of a caisse, in order, for programs that keep their own list."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from services.intake.api.dependencies import FileReader, ReadPurpose
from services.intake.store import changes as store
from shared.access.access_log import record_listing
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["changements"])

LARGEST_POSITION = 2**53 - 1  # what every JSON reader can hold
Position = Annotated[int, Query(ge=0, le=LARGEST_POSITION)]


class ChangedStatus(StrEnum):
    """What an application has become: what lists show, or that it now belongs to another caisse."""

    RECEIVED = "received"
    PAPERS_REQUESTED = "papers_requested"
    COMPLETE = "complete"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"
    TRANSFERRED = "transferred"


class Change(BaseModel):
    """One change of one application: ids, a code and dates. ``id`` is the same however often it is told."""

    model_config = ConfigDict(from_attributes=True)
    position: int
    id: UUID
    application_id: UUID
    caisse: str
    status: ChangedStatus
    occurred_at: dt.datetime
    business_date: dt.date


class ChangesPage(BaseModel):
    """The next changes. ``next`` is what to give as ``after`` the next time, ``more`` whether to ask at once."""

    items: list[Change]
    next: int
    more: bool


@router.get("/changes", summary="Suivre les changements de statut")
async def list_changes(
    runtime: RuntimeDependency,
    principal: FileReader,
    purpose: ReadPurpose,
    after: Position | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> ChangesPage:
    """What changed after a position, in order, none left out: ids, codes and dates. Leaves an access event.

    Without ``after``: from the oldest one kept. A position is a number that only grows; keep `next` with what you did.
    """
    await store.number(runtime.database)
    async with runtime.database.unit() as unit:
        rows, more = await store.page_of(unit, principal, after, limit)
        record_listing(unit, principal, purpose, "intake.changes", [row.application_id for row in rows])
    return ChangesPage(
        items=[Change.model_validate(row) for row in rows], next=rows[-1].position if rows else after or 0, more=more
    )
