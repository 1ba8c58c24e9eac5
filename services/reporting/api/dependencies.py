"""What routes and pages share: who may read figures, of which caisse and period, and reading them."""

from __future__ import annotations

from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends

from services.reporting.domain.activity import Activity, activity
from services.reporting.domain.periods import Period, UnknownPeriod, quarter_of
from services.reporting.domain.periods import period as read_period
from services.reporting.metrics import as_rows, parameters
from services.reporting.store.activity import ACTIVITY
from shared import clock
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.http.problems import Problem, not_found
from shared.http.validation_errors import FieldError
from shared.service.runtime import Runtime

Reader = Annotated[
    Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR, Role.OPERATOR))
]
_STATEMENT = sa.text(ACTIVITY)


def asked_period(period: str | None = None) -> Period:
    """The period of the request, in its path or query; the current quarter when none is named."""
    if period is None or period == "":
        return quarter_of(clock.today())
    try:
        return read_period(period)
    except UnknownPeriod:
        detail = "Période illisible : un trimestre (2008-T1) ou un mois (2008-03)."
        error = FieldError("/period", "period_unknown", detail)
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error]) from None


def place_of(runtime: Runtime, principal: Principal, caisse: str | None) -> str | None:
    """The caisse whose figures are asked for: the one named, else the token's; None for all. 404 out of scope."""
    if caisse is None:
        return principal.caisse
    principal.check_scope(caisse)
    if runtime.reference.caisse(caisse) is None:
        raise not_found()
    return caisse


def names(runtime: Runtime) -> dict[str, str]:
    """The names of the caisses, by code."""
    return {caisse.code: caisse.name for caisse in runtime.reference.caisses()}


async def read_activity(runtime: Runtime, period: Period, caisse: str | None) -> Activity:
    """The table of a period: of one caisse, or of all and the whole."""
    async with runtime.database.unit() as unit:
        rows = as_rows(await unit.rows(_STATEMENT, parameters(period, caisse)))
    if caisse is not None:
        return activity(period, [row for row in rows if row.caisse is not None], [caisse], whole=False)
    return activity(period, rows, names(runtime))
