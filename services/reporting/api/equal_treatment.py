"""Equal treatment: funnels of standardised ratios, and persons whom one caisse refused and another admitted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from services.reporting.api.dependencies import WantedPeriod
from services.reporting.domain.equal_treatment import MEASURES, Funnel, Point, Verdict, funnel, signals
from services.reporting.domain.motives import MOTIVES
from services.reporting.domain.periods import Period
from services.reporting.store.equal_treatment import groups_of, repeats_in_scope
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.contract.input_errors import InputError
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["égalité de traitement"])

Steering = Annotated[Principal, Depends(require(Role.SUPERVISOR, Role.AUDITOR, Role.DIRECTOR, Role.NATIONAL_OFFICE))]
WORDS = "Hors des limites : regarder les dossiers. Données, composition, organisation, procédure, puis personnes."


class PointView(BaseModel):
    """One caisse: what it did (``observed``) and what its files would have brought at the national rates
    (``expected``). ``verdict``: too_few (under 100 decisions), inside, watch (outside 95 %), outside (99.8 %).
    ``signal``: outside on the same side in two quarters running."""

    model_config = ConfigDict(from_attributes=True)
    caisse: str
    decisions: int
    observed: int
    expected: float
    ratio: float
    limits95: tuple[float, float]
    limits998: tuple[float, float]
    verdict: Verdict
    signal: bool


class FunnelView(BaseModel):
    """One measure. ``phi``: how much more the caisses differ than by chance. Points in the order of codes: no rank."""

    measure: str
    label: str
    phi: float
    points: list[PointView]


class EqualTreatment(BaseModel):
    """All measures of one quarter."""

    period: str
    advice: str
    funnels: list[FunnelView]


class Repeat(BaseModel):
    """Persons refused at ``first_caisse``, admitted at ``second_caisse`` within a year. Both readings: the person
    shopped, or the first caisse erred. ``same_household``: nothing that we hold had changed. ``first_overturned``:
    the refusal fell later; ``second_withdrawn``: the admission did. For a reader of one caisse null is 1 to 10, or a
    part that leaves 1 to 10, and what is shown is rounded to 5."""

    model_config = ConfigDict(from_attributes=True)
    first_caisse: str
    second_caisse: str
    persons: int | None
    same_household: int | None
    first_overturned: int | None
    second_withdrawn: int | None


@router.get("/equal-treatment", summary="Égalité de traitement : rapports standardisés d'un trimestre")
async def equal_treatment(runtime: RuntimeDependency, principal: Steering, period: WantedPeriod) -> EqualTreatment:
    """A reader of one caisse sees its own points beside the national limits; nobody sees a ranking."""
    async with runtime.database.unit() as unit:
        return await view_of(unit, principal, period)


@router.get("/equal-treatment/repeats", summary="Refusé ici, admis là : les deux lectures")
async def repeats(runtime: RuntimeDependency, principal: Steering, period: WantedPeriod) -> list[Repeat]:
    """By the two caisses; a reader of one caisse sees the lines in which it is one of them, without small counts."""
    async with runtime.database.unit() as unit:
        return [Repeat.model_validate(row) for row in await repeats_in_scope(unit, principal, period)]


async def view_of(unit: UnitOfWork, principal: Principal, period: Period) -> EqualTreatment:
    """The funnels of a quarter. Raises 422 for a month: a point needs a quarter."""
    if period.months != 3:
        error = InputError("/period", "not_a_quarter", "L'égalité de traitement se mesure par trimestre.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    before, now = await groups_of(unit, period.previous), await groups_of(unit, period)
    motives = sorted({name for group in now for name in group.counts if name.startswith("refused:")})
    found = []
    for measure in (*MEASURES, *motives):
        motive = measure.partition(":")[2]
        label = MEASURES.get(measure) or f"Refus : {MOTIVES.get(motive, 'autre motif')}"
        two = [funnel(groups, measure) for groups in (before, now)]
        found.append(_shown(principal, label, two[-1], signals(two)))
    return EqualTreatment(period=period.id, advice=WORDS, funnels=found)


def _shown(principal: Principal, label: str, one: Funnel, signalled: set[str]) -> FunnelView:
    points = [_point(point, point.caisse in signalled) for point in one.points if principal.sees(point.caisse)]
    return FunnelView(measure=one.measure, label=label, phi=round(one.phi, 3), points=points)


def _point(one: Point, signal: bool) -> PointView:
    told = {name: getattr(one, name) for name in ("caisse", "decisions", "observed", "limits95", "limits998")}
    return PointView(
        **told, expected=round(one.expected, 3), ratio=round(one.ratio, 4), verdict=one.verdict, signal=signal
    )
