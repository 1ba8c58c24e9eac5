"""Routes of operators: erasing a file, and telling events again for a service that rebuilds itself."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.intake.api.dependencies import answer_for
from services.intake.api.idempotency import StoredResponse, answered_once, once
from services.intake.domain.application import ErasureGround
from services.intake.store.acting import action_context
from services.intake.store.applications import read, save
from services.intake.store.erasure import forget
from services.intake.store.file_store import paper_store
from services.intake.store.papers import drop_unreferenced
from services.intake.store.re_emissions import insert_re_emission, own_re_emission
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.contract.scalars import CaisseCode
from shared.database.unit_of_work import UnitOfWork
from shared.http.idempotency_keys import KeyHeader, fingerprint
from shared.ids import uuid7
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["exploitation"])

Operator = Annotated[Principal, Depends(require(Role.OPERATOR))]


class Erasure(BaseModel):
    """On which legal ground a file is erased."""

    model_config = ConfigDict(extra="forbid")
    legal_ground: ErasureGround


class ReEmission(BaseModel):
    """What to tell again: everything, one caisse, or some applications."""

    model_config = ConfigDict(extra="forbid")
    caisse: CaisseCode | None = None
    application_ids: Annotated[list[UUID], Field(min_length=1, max_length=10_000)] | None = None


class ReEmissionView(BaseModel):
    """A re-emission and how far it is."""

    model_config = ConfigDict(from_attributes=True)
    re_emission_id: UUID
    caisse: str | None
    state: str
    applications: int
    events: int
    asked_at: dt.datetime
    changed_at: dt.datetime


@router.post("/applications/{application_id}/erasure", summary="Effacer une demande")
async def erase(
    request: Request,
    runtime: RuntimeDependency,
    principal: Operator,
    application_id: UUID,
    body: Erasure,
    key: KeyHeader,
) -> Response:
    """Forget facts, papers, bytes and references; ids, codes and dates of what happened remain. Told to all
    services."""
    gone: list[str] = []

    async def work(unit: UnitOfWork) -> StoredResponse:
        before = await read(unit, application_id, principal, lock=True)
        after, events_ = before.erase(body.legal_ground, action_context(principal))
        await save(unit, before, after, events_)
        gone[:] = await forget(unit, application_id)
        return answer_for(after)

    raw = body.model_dump_json().encode()
    response = await answered_once(runtime, once(principal, key, fingerprint(request, raw)), work)
    # Another file may have come to refer to the same bytes; what a crash leaves here, the next sweep deletes.
    for sha256 in gone:
        async with runtime.database.unit() as unit:
            await drop_unreferenced(unit, paper_store(runtime), sha256)
    return response


@router.post("/admin/re-emissions", status_code=202, summary="Réémettre des événements")
async def post_re_emission(
    request: Request, runtime: RuntimeDependency, principal: Operator, body: ReEmission, key: KeyHeader
) -> Response:
    """Tell the events of applications again, each with its own id and sequence, for a service that cleared its
    inbox."""
    re_emission_id, now = uuid7(), dt.datetime.now(dt.UTC)
    if body.caisse is not None:
        principal.check_scope(body.caisse)

    async def work(unit: UnitOfWork) -> StoredResponse:
        row: dict[str, Any] = {
            "re_emission_id": re_emission_id,
            "caisse": body.caisse or principal.caisse,
            "application_ids": None if body.application_ids is None else [str(one) for one in body.application_ids],
            "state": "waiting",
            "applications": 0,
            "events": 0,
            "actor_id": principal.id,
            "asked_at": now,
            "changed_at": now,
        }
        await insert_re_emission(unit, row)
        answer = {"re_emission_id": str(re_emission_id), "state": "waiting"}
        return StoredResponse(202, f"/admin/re-emissions/{re_emission_id}", None, answer)

    raw = body.model_dump_json().encode()
    return await answered_once(runtime, once(principal, key, fingerprint(request, raw)), work)


@router.get("/admin/re-emissions/{re_emission_id}", response_model=ReEmissionView, summary="Suivre une réémission")
async def get_re_emission(runtime: RuntimeDependency, principal: Operator, re_emission_id: UUID) -> ReEmissionView:
    """One re-emission and how far it is."""
    async with runtime.database.unit() as unit:
        return ReEmissionView.model_validate(await own_re_emission(unit, principal, re_emission_id))
