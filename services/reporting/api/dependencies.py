"""What routes and pages share: who may read figures, of which caisse and period, and reading them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from services.reporting.domain.periods import Period, UnknownPeriod, quarter_of
from services.reporting.domain.periods import period as read_period
from shared import clock
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.contract.input_errors import InputError
from shared.contract.scalars import CaisseCode
from shared.http.problems import Problem, not_found
from shared.service.runtime import Runtime


def asked_period(period: str | None = None) -> Period:
    """The period of the request, in its query; the current quarter when none is named."""
    if period is None or period == "":
        return quarter_of(clock.today())
    try:
        return read_period(period)
    except UnknownPeriod:
        detail = "Période illisible : un trimestre (2008-T1) ou un mois (2008-03)."
        error = InputError("/period", "period_unknown", detail)
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error]) from None


WantedPeriod = Annotated[Period, Depends(asked_period)]


def period_of_path(period: str) -> Period:
    """The period that the path of the request names."""
    return asked_period(period)


PeriodOfPath = Annotated[Period, Depends(period_of_path)]
Caisse = Annotated[CaisseCode | None, Query(description="Code de la caisse ; absent : celle du jeton, ou toutes")]

Reader = Annotated[
    Principal,
    Depends(
        require(
            Role.AGENT,
            Role.TECHNICIAN,
            Role.SUPERVISOR,
            Role.AUDITOR,
            Role.OPERATOR,
            Role.DIRECTOR,
            Role.NATIONAL_OFFICE,
        )
    ),
]


def caisse_in_scope(runtime: Runtime, principal: Principal, caisse: str | None) -> str | None:
    """The caisse whose figures are asked for: the one named, else the token's; None for all. 404 out of scope."""
    if caisse is None:
        return principal.caisse
    principal.check_scope(caisse)
    if runtime.reference.caisse(caisse) is None:
        raise not_found()
    return caisse
