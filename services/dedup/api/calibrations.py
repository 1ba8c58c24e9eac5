"""The interface of calibration: reports on how right the scores are, and the acceptance that makes a new version."""

from __future__ import annotations

from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.dedup.domain.pairs.levels import Thresholds
from services.dedup.search import common_base
from services.dedup.store import model_versions
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["calibration"])

Reader = Annotated[Principal, Depends(require(Role.SUPERVISOR, Role.AUDITOR))]
Supervisor = Annotated[Principal, Depends(require(Role.SUPERVISOR))]


class AcceptanceBody(BaseModel):
    """The thresholds from now on, as proposed or otherwise, and why."""

    model_config = ConfigDict(extra="forbid")

    same_person: Annotated[float, Field(ge=0.5, lt=1.0)]
    to_examine: Annotated[float, Field(gt=0.0, lt=1.0)]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.to_examine > self.same_person:
            raise ValueError("to_examine doit être au plus égal à same_person")
        return self


@router.post("/calibrations", status_code=201)
async def make_report(runtime: RuntimeDependency, principal: Supervisor) -> dict[str, Any]:
    """Make a report from the judgements given so far: a reliability table and proposed thresholds. Changes nothing."""
    async with runtime.database.unit() as unit:
        return await model_versions.calibrate(unit, common_base.of(runtime).model, principal.id)


@router.get("/calibrations")
async def list_reports(runtime: RuntimeDependency, principal: Reader) -> dict[str, Any]:
    """Reports and the versions that were accepted, latest first."""
    async with runtime.database.unit() as unit:
        return await model_versions.listed(unit)


@router.get("/calibrations/{calibration_id}")
async def show_report(runtime: RuntimeDependency, principal: Reader, calibration_id: UUID) -> dict[str, Any]:
    """One report."""
    async with runtime.database.unit() as unit:
        return await model_versions.read_calibration(unit, calibration_id)


@router.post("/calibrations/{calibration_id}/acceptance", status_code=201)
async def accept_report(
    runtime: RuntimeDependency, principal: Supervisor, calibration_id: UUID, body: AcceptanceBody
) -> dict[str, Any]:
    """Make a new version with these thresholds, by a supervisor of all caisses. Earlier signals keep their version."""
    if principal.caisse is not None:
        raise Problem(403, "forbidden", "Les seuils valent pour toutes les caisses : il faut un superviseur national.")
    thresholds = Thresholds(body.same_person, body.to_examine)
    async with runtime.database.unit() as unit:
        made = await model_versions.accept(unit, calibration_id, thresholds, principal.id, body.reason)
    await common_base.of(runtime).follow_versions()
    return made
