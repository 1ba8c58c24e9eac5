"""The statutory statement for the ministry, by département: nothing of it leads back to a person."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from services.reporting.api.dependencies import PeriodOfPath
from services.reporting.domain.activity import Activity
from services.reporting.domain.csv_export import BOM, NOT_HELD
from services.reporting.domain.outside import SECRECY, rows, statement
from services.reporting.domain.periods import Period
from services.reporting.store import quarters as store
from services.reporting.store.activity import names
from services.reporting.store.quarters import Frozen
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.csv_cells import escape_formula
from shared.http.problems import not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["trimestres"])
LINES = ("q1_beneficiaries", "q2_admitted", "q3_not_renewed", "q4_filed", "q5_rejected", "q6_age_and_sex")
"""What the statement of 2008 asks for and the base holds; Q7 is said to be not held."""

Office = Annotated[Principal, Depends(require(Role.NATIONAL_OFFICE, Role.AUDITOR))]


class OutwardView(BaseModel):
    """The statement as it leaves. Rows: code, part, label, one cell for each département, total. ``n.d.``: from 1 to
    ``below`` - 1, or withheld with such a cell; other cells are rounded to ``base``."""

    period: str
    below: int
    base: int
    departments: list[str]
    rows: list[list[str | int | None]]
    sources: list[str]


@router.get("/quarters/{period}/statement", summary="L'état trimestriel pour le ministère, par département")
async def outward(runtime: RuntimeDependency, principal: Office, period: PeriodOfPath) -> OutwardView:
    """Made of what the national office accepted, and of nothing else. 404 before anything was."""
    return await outward_view(runtime, principal, period)


@router.get(
    "/quarters/{period}/statement.csv",
    summary="Le même pour un tableur",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def outward_csv(runtime: RuntimeDependency, principal: Office, period: PeriodOfPath) -> Response:
    """UTF-8 with a byte order mark, semicolons."""
    view = await outward_view(runtime, principal, period)
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Ligne", "Ventilation", "Indicateur", *view.departments, "Ensemble"])
    for row in view.rows:
        writer.writerow(["" if cell is None else escape_formula(str(cell)) for cell in row])
    note = f"n.d. : de 1 à {view.below - 1}, ou retenu avec une telle case ; arrondi à {view.base} près"
    writer.writerows([[], [note], *([source] for source in view.sources)])
    name = f"ame-etat-{period.id}.csv"
    return Response(
        (BOM + buffer.getvalue()).encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def outward_view(runtime: Runtime, principal: Principal, period: Period) -> OutwardView:
    """The statement of the accepted rows. Raises 404 when there is none."""
    if principal.caisse is not None:
        raise not_found()
    async with runtime.database.unit() as unit:
        frozen = [one for one in await store.frozen_in_scope(unit, principal, period) if one.state == "accepted"]
    if not frozen:
        raise not_found()
    departments = {caisse.code: caisse.department for caisse in runtime.reference.caisses()}
    places = sorted({departments.get(one.caisse, one.caisse) for one in frozen})
    table = store.frozen_table(period, frozen, whole=False)
    made = statement(counts_of(table, frozen, departments))
    lines = [(line.indicator.code, line.part, line.label) for line in table.lines if line.indicator.code in LINES]
    told = rows(made, places, lines)
    told += [
        [line.indicator.code, "", line.label, *(NOT_HELD for _ in places), NOT_HELD]
        for line in table.lines
        if line.indicator.code == "q7_expenditure"
    ]
    named = names(runtime)
    sources = [f"{named.get(one.caisse, one.caisse)}, révision {one.revision}, {one.sha256}" for one in frozen]
    return OutwardView(
        period=period.id, below=SECRECY.below, base=SECRECY.base, departments=places, rows=told, sources=sources
    )


def counts_of(
    table: Activity, frozen: Sequence[Frozen], departments: Mapping[str, str]
) -> dict[tuple[str, str], dict[str, int]]:
    """By département and line, the true counts of its parts."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for one in frozen:
        place = departments.get(one.caisse, one.caisse)
        for line in table.lines:
            if line.indicator.code in LINES:
                parts = found.setdefault((place, line.indicator.code), {})
                parts[line.part] = parts.get(line.part, 0) + int(table.cells[one.caisse][line.key] or 0)
    return found
