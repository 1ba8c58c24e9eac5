"""How far the learned score and the classical one agree: figures by day, nobody's pair."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from services.dedup.api.dependencies import Controller
from services.dedup.store import agreement
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["calibration"])


@router.get("/agreements")
async def list_agreements(runtime: RuntimeDependency, principal: Controller) -> dict[str, Any]:
    """By day, latest first: pairs that both algorithms see, or one alone, and what people found of the latter."""
    async with runtime.database.unit() as unit:
        return await agreement.listed(unit)
