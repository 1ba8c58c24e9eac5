"""The roll-out: the dated state of each caisse, and adoption measured from what happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict

from services.reporting.api.dependencies import WantedPeriod
from services.reporting.api.quarters import CaisseOfPath, Steering
from services.reporting.domain.periods import Period
from services.reporting.domain.quarters import due_quarters
from services.reporting.domain.rollout import checklist, place_on, share
from services.reporting.store.activity import names
from services.reporting.store.adoption import adoption_in_scope, on_time_in_scope
from services.reporting.store.rollout import done_in_scope, put_step
from shared import clock
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.http.problems import not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["déploiement"])
QUARTERS = 4
Preparing = Annotated[Principal, Depends(require(Role.SUPERVISOR, Role.DIRECTOR))]


class ChecklistItem(BaseModel):
    """One thing that a caisse that prepares goes through."""

    code: str
    words: str


class NewStep(BaseModel):
    """Whether the item is done; false takes it back."""

    model_config = ConfigDict(extra="forbid")
    done: bool


class Adoption(BaseModel):
    """One caisse. Shares in percent, null of nothing: decisions told by a letter of the catalogue and decisions with
    findings of the rules, signals judged within five days, and of the last four quarters whose table was due by today
    those whose table left in time. ``prepared``: what it has done of the checklist, and on which day."""

    caisse: str
    name: str
    state: str
    since: dt.date | None
    reference: str
    confidence: str
    base_since: dt.date | None
    decisions: int
    told_by_catalogue: float | None
    with_findings: float | None
    signals: int
    signals_in_time: float | None
    quarters_in_time: float | None
    prepared: dict[str, dt.date]


class Rollout(BaseModel):
    """The roll-out at the end of a period, and what a caisse that prepares goes through."""

    period: str
    checklist: list[ChecklistItem]
    caisses: list[Adoption]


@router.get("/rollout", summary="Le déploiement et l'adoption, par caisse")
async def rollout(runtime: RuntimeDependency, principal: Steering, period: WantedPeriod) -> Rollout:
    """States are those of the last day of the period."""
    return await rollout_view(runtime, principal, period)


@router.put("/rollout/{caisse}/checklist/{item}", summary="Avant d'appliquer : un point est fait, ou ne l'est plus")
async def step(
    runtime: RuntimeDependency,
    principal: Preparing,
    caisse: CaisseOfPath,
    item: Annotated[str, Path(max_length=64, description="Le code du point de la liste")],
    given: NewStep,
) -> dict[str, dt.date]:
    """Returns what the caisse has done. 404 for an item that the list has not."""
    if item not in checklist() or runtime.reference.caisse(caisse) is None:
        raise not_found()
    async with runtime.database.unit() as unit:
        await put_step(unit, principal, caisse, item, given.done)
        return dict((await done_in_scope(unit, principal, clock.today())).get(caisse, {}))


async def rollout_view(runtime: Runtime, principal: Principal, period: Period) -> Rollout:
    """What the route and the page show."""
    last = due_quarters(period, clock.today(), QUARTERS)
    async with runtime.database.unit() as unit:
        lived = {row.caisse: row for row in await adoption_in_scope(unit, principal, period)}
        in_time = await on_time_in_scope(unit, principal, last)
        prepared: Mapping[str, Mapping[str, dt.date]] = await done_in_scope(unit, principal, period.last_day)
    named = names(runtime)
    found = []
    for caisse in sorted(named) if principal.caisse is None else [principal.caisse]:
        done = prepared.get(caisse, {})
        place, row = place_on(caisse, period.last_day, list(done.values())), lived.get(caisse)
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
                with_findings=share(row.grounded, row.decided) if row else None,
                signals=row.raised if row else 0,
                signals_in_time=share(row.in_time, row.raised) if row else None,
                quarters_in_time=share(in_time.get(caisse, 0), len(last)),
                prepared=dict(done),
            )
        )
    items = [ChecklistItem(code=code, words=words) for code, words in checklist().items()]
    return Rollout(period=period.id, checklist=items, caisses=found)
