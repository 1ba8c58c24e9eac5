"""One indicator month by month: of each caisse in scope, and of the whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from services.reporting.api.dependencies import Caisse, Reader, WantedPeriod, caisse_in_scope
from services.reporting.domain.activity import ALL, Activity
from services.reporting.domain.csv_export import WHOLE
from services.reporting.domain.definitions import lines_on
from services.reporting.domain.indicator import Indicator, Value
from services.reporting.domain.periods import Period, months_up_to
from services.reporting.store.activity import names, read_line
from shared.http.problems import not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["pilotage"])
SHOWN = 12


class MonthName(BaseModel):
    """A month: its id and its name."""

    id: str
    name: str


class Series(BaseModel):
    """The values of one caisse, or of all (``caisse`` null), in the order of the months. null: nothing to measure."""

    caisse: str | None
    name: str
    values: list[Value]


class Months(BaseModel):
    """Twelve months of one indicator that is not broken down."""

    code: str
    label: str
    unit: str
    months: list[MonthName]
    series: list[Series]


@router.get("/indicators/{code}/months", summary="Un indicateur, mois par mois")
async def months(
    runtime: RuntimeDependency,
    principal: Reader,
    period: WantedPeriod,
    code: Annotated[str, Path(max_length=64)],
    caisse: Caisse = None,
) -> Months:
    """The twelve months up to the end of the period, as the base stands now. 404 for a line that is not held, not known
    or broken down."""
    return await months_view(runtime, period, code, caisse_in_scope(runtime, principal, caisse))


async def months_view(runtime: Runtime, period: Period, code: str, caisse: str | None) -> Months:
    """What the route and the page show."""
    line = next((one for one in shown_lines(period) if one.code == code), None)
    if line is None:
        raise not_found()
    wanted = months_up_to(period, SHOWN)
    tables = [await read_line(runtime, month, caisse, line) for month in wanted]
    named = names(runtime)
    places = [caisse] if caisse is not None else [ALL, *sorted(named)]
    return Months(
        code=line.code,
        label=line.name,
        unit=line.unit,
        months=[MonthName(id=month.id, name=month.name) for month in wanted],
        series=[
            Series(
                caisse=place or None,
                name=WHOLE if place == ALL else named.get(place, place),
                values=[_value(table, place, code) for table in tables],
            )
            for place in places
        ],
    )


def shown_lines(period: Period) -> list[Indicator]:
    """The lines that have a figure for each month: held, and not broken down."""
    return [one for one in lines_on(period.last_day) if one.held and not one.breakdown]


def _value(table: Activity, place: str, code: str) -> Value:
    """None before the line was asked for."""
    return table.cells[place].get((code, "")) if place in table.cells else None
