"""The quality of a quarter, by draw; and how many files a sample needs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.reporting.api.dependencies import WantedPeriod
from services.reporting.api.quarters import Steering
from services.reporting.domain.periods import Period
from services.reporting.domain.sampling import interval, kappa, sample_size
from services.reporting.store.reviews import quality_in_scope
from shared.access.principal import Principal
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["supervision"])


class Share(BaseModel):
    """A share in percent, and its interval at 95 %."""

    share: float
    low: float
    high: float


class Quality(BaseModel):
    """One draw of one caisse. ``conformity``: yes over yes and no. ``estimate``: of files without fault among all, by
    the random draw alone, null for the others, which are never extrapolated. ``kappa``: of the second looks, on whether
    a file has a fault."""

    caisse: str
    draw: str
    drawn: int
    listed: int
    reviewed: int
    without_fault: int
    with_effect: int
    conformity: float | None
    estimate: Share | None
    second_looks: int
    disagreements: int
    kappa: float | None


class SampleSize(BaseModel):
    """How many files to draw at random for an interval of plus or minus ``margin`` points."""

    margin: float
    population: int | None
    files: int


@router.get("/supervision/quality", summary="Ce que la supervision a trouvé dans un trimestre")
async def quality(runtime: RuntimeDependency, principal: Steering, period: WantedPeriod) -> list[Quality]:
    """By caisse and draw. What was drawn and not looked at yet is in ``drawn`` alone."""
    return await quality_view(runtime, principal, period)


async def quality_view(runtime: Runtime, principal: Principal, period: Period) -> list[Quality]:
    """What the route and the page show."""
    async with runtime.database.unit() as unit:
        rows = await quality_in_scope(unit, principal, period)
    found = []
    for row in rows:
        estimate = interval(row.without_fault, row.reviewed, row.listed) if row.draw == "random" else None
        answered = row.yes + row.no
        found.append(
            Quality(
                **{name: getattr(row, name) for name in Quality.model_fields if hasattr(row, name)},
                conformity=round(100 * row.yes / answered, 1) if answered else None,
                estimate=Share(share=estimate.share, low=estimate.low, high=estimate.high) if estimate else None,
                kappa=kappa(row.both_clean, row.both_faulty, row.first_only, row.second_only),
            )
        )
    return found


@router.get("/supervision/sample-size", summary="Combien de dossiers tirer")
async def size(
    _: Steering,
    margin: Annotated[float, Query(ge=0.5, le=50, description="Demi-largeur voulue, en points")] = 5.0,
    population: Annotated[int | None, Query(ge=1, le=10_000_000, description="Décisions du trimestre")] = None,
) -> SampleSize:
    """At 95 %, for the share that needs the most files."""
    return SampleSize(margin=margin, population=population, files=sample_size(margin, population))
