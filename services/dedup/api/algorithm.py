"""The algorithm and the retention rules, published."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from services.dedup.api.dependencies import Anyone, Controller
from services.dedup.domain.pairs import algorithm_description
from services.dedup.search import common_base
from services.dedup.store import retention
from shared import clock
from shared.retention.table import table_in_force
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["base commune"])


@router.get("/algorithms")
async def show_algorithms(runtime: RuntimeDependency, principal: Anyone) -> dict[str, Any]:
    """How two records are compared: features, weights, thresholds, what they were learned from and how right they
    are."""
    base = common_base.of(runtime)
    return algorithm_description.description(base.model, base.version, base.thresholds)


@router.get("/retention")
async def show_retention(runtime: RuntimeDependency, principal: Controller) -> dict[str, Any]:
    """How long applications are remembered, by outcome, on whose authority, and what was forgotten on each day."""
    async with runtime.database.unit() as unit:
        return await retention.read_rules(unit, table_in_force(), clock.today())
