"""The roll-out: the dated state of each caisse, and adoption measured from what happened."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter
from pydantic import BaseModel

from services.reporting.api.dependencies import WantedPeriod
from services.reporting.api.quarters import Steering
from services.reporting.domain.periods import Period
from services.reporting.domain.rollout import checklist, place_on, share
from services.reporting.store.activity import names
from services.reporting.store.adoption import adoption_in_scope, on_time_in_scope
from shared.access.principal import Principal
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["déploiement"])
QUARTERS = 4


class Adoption(BaseModel):
    """One caisse. Shares in percent, null of nothing: decisions told by a letter of the catalogue, signals judged
    within five days, and of the last four quarters those whose table left in time."""

    caisse: str
    name: str
    state: str
    since: dt.date | None
    reference: str
    confidence: str
    base_since: dt.date | None
    decisions: int
    told_by_catalogue: float | None
    signals: int
    signals_in_time: float | None
    quarters_in_time: float | None


class Rollout(BaseModel):
    """The roll-out at the end of a period, and what a caisse that prepares goes through."""

    period: str
    checklist: list[str]
    caisses: list[Adoption]


@router.get("/rollout", summary="Le déploiement et l'adoption, par caisse")
async def rollout(runtime: RuntimeDependency, principal: Steering, period: WantedPeriod) -> Rollout:
    """States are those of the last day of the period."""
    return await rollout_view(runtime, principal, period)


async def rollout_view(runtime: Runtime, principal: Principal, period: Period) -> Rollout:
    """What the route and the page show."""
    last = [period]
    while len(last) < QUARTERS:
        last.append(last[-1].previous)
    async with runtime.database.unit() as unit:
        lived = {row.caisse: row for row in await adoption_in_scope(unit, principal, period)}
        in_time = await on_time_in_scope(unit, principal, last)
    named = names(runtime)
    found = []
    for caisse in sorted(named) if principal.caisse is None else [principal.caisse]:
        place, row = place_on(caisse, period.last_day), lived.get(caisse)
        found.append(
            Adoption(
                caisse=caisse,
                name=named.get(caisse, caisse),
                state=place.state,
                since=place.since,
                reference=place.reference,
                confidence=place.confidence,
                base_since=place.base_since,
                decisions=row.decided if row else 0,
                told_by_catalogue=share(row.told, row.decided) if row else None,
                signals=row.raised if row else 0,
                signals_in_time=share(row.in_time, row.raised) if row else None,
                quarters_in_time=share(in_time.get(caisse, 0), QUARTERS),
            )
        )
    return Rollout(period=period.id, checklist=list(checklist()), caisses=found)
