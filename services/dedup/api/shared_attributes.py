"""The interface of shared signals: what many applicants have in common, for supervision. Counts; never a score on a
person."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict

from services.dedup.domain.shared_attributes import MARK_BYTES, AttributeKind
from services.dedup.store import access_history, shared_attributes
from services.dedup.store.shared_attributes import FEWEST, PlaceCode
from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose
from shared.http.dates import BoundedDate
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["signaux partagés"])

Supervision = Annotated[Principal, Depends(require(Role.SUPERVISOR, Role.AUDITOR))]
Supervisor = Annotated[Principal, Depends(require(Role.SUPERVISOR))]
MarkPath = Annotated[str, Path(pattern=rf"^[0-9a-f]{{{2 * MARK_BYTES}}}$")]


class KnownBody(BaseModel):
    """What the place is known to be."""

    model_config = ConfigDict(extra="forbid")

    code: PlaceCode


@router.get("/shared-signals")
async def list_shared(
    runtime: RuntimeDependency,
    principal: Supervision,
    kind: Annotated[AttributeKind | None, Query()] = None,
    least: Annotated[int, Query(ge=FEWEST, le=1000)] = 5,
    since: Annotated[BoundedDate | None, Query()] = None,
    known: Annotated[bool, Query()] = False,
) -> dict[str, Any]:
    """Addresses, telephones and hosts (as opaque marks) that at least ``least`` applicants gave, with counts and
    dates."""
    async with runtime.database.unit() as unit:
        items = await shared_attributes.shared(
            unit,
            principal,
            shared_attributes.key_of(runtime.settings),
            kind=kind,
            least=least,
            since=since,
            known=known,
        )
    return {"items": items}


@router.get("/shared-signals/{kind}/{mark}")
async def show_shared(
    runtime: RuntimeDependency,
    principal: Supervision,
    purpose: Annotated[Purpose, Depends(read_purpose)],
    kind: AttributeKind,
    mark: MarkPath,
) -> dict[str, Any]:
    """The caisse's own files behind one mark: ids, codes and dates. Leaves an access event."""
    async with runtime.database.unit() as unit:
        key = shared_attributes.key_of(runtime.settings)
        items = await shared_attributes.own_files(unit, principal, key, kind, bytes.fromhex(mark))
        await access_history.record_read(
            unit, principal, purpose, "dedup.shared_signal", [item["application_id"] for item in items]
        )
    return {"kind": kind, "mark": mark, "items": items}


@router.put("/shared-signals/{kind}/{mark}/known-place", status_code=204)
async def know_place(
    runtime: RuntimeDependency, principal: Supervisor, kind: AttributeKind, mark: MarkPath, body: KnownBody
) -> Response:
    """Say that this is a hotel, a shelter, a domiciliation body: shared by nature, it leaves the list."""
    async with runtime.database.unit() as unit:
        key = shared_attributes.key_of(runtime.settings)
        await shared_attributes.know(unit, principal, key, kind, bytes.fromhex(mark), body.code)
    return Response(status_code=204)


@router.delete("/shared-signals/{kind}/{mark}/known-place", status_code=204)
async def forget_place(
    runtime: RuntimeDependency, principal: Supervisor, kind: AttributeKind, mark: MarkPath
) -> Response:
    """Take that back: it is in the list again."""
    async with runtime.database.unit() as unit:
        key = shared_attributes.key_of(runtime.settings)
        await shared_attributes.unknow(unit, principal, key, kind, bytes.fromhex(mark))
    return Response(status_code=204)
