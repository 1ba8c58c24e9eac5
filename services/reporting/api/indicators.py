"""The HTTP interface of reporting: indicators, their definitions, the activity table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel

from services.reporting.api.dependencies import Caisse, PeriodOfPath, Reader, WantedPeriod, caisse_in_scope
from services.reporting.domain import csv_export
from services.reporting.domain.activity import ALL, Activity, Line
from services.reporting.domain.csv_export import guide_text
from services.reporting.domain.definitions import history
from services.reporting.domain.indicator import Indicator, Value
from services.reporting.domain.indicators import BY_CODE, CATALOGUE
from services.reporting.domain.periods import Period
from services.reporting.store.activity import names, read_activity
from shared import clock
from shared.http.problems import not_found
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["pilotage"])


class Definition(BaseModel):
    """What an indicator is. ``confidence`` V: from the texts; S: second hand; M: unchecked; C: our own definition.

    ``line``: its number in the lists of AME; ``held`` false: the base does not hold this figure; ``version`` and
    ``valid_from``: which version of the definition this is, and for periods that end from when on.
    """

    code: str
    name: str
    section: str
    line: str
    unit: str
    formula: str
    source: str
    confidence: str
    additive: bool
    held: bool
    version: int
    valid_from: dt.date
    events: list[str]
    exclusions: str
    example: str
    does_not_say: str


class Figure(BaseModel):
    """One figure. ``part``: motive or kind of letter where the indicator is broken down. null: nothing to measure;
    with ``held`` false, nothing that the base knows: never a zero."""

    code: str
    part: str
    label: str
    unit: str
    value: Value
    held: bool = True


class PeriodView(BaseModel):
    """The period of the figures. ``over`` false: the period is still running."""

    id: str
    name: str
    first_day: dt.date
    last_day: dt.date
    over: bool


class Figures(BaseModel):
    """The figures of one caisse, or of all (``caisse`` null)."""

    period: PeriodView
    caisse: str | None
    figures: list[Figure]


class IndicatorView(BaseModel):
    """One indicator: its definition and its values in one period."""

    definition: Definition
    period: PeriodView
    caisse: str | None
    figures: list[Figure]


class Column(BaseModel):
    """The figures of one caisse; ``caisse`` None: of all."""

    caisse: str | None
    name: str
    figures: list[Figure]


class Table(BaseModel):
    """The activity table: one column per caisse in scope, and the whole where the reader sees all."""

    period: PeriodView
    caisses: list[Column]
    whole: Column | None


def span(period: Period) -> PeriodView:
    """The period as it is shown."""
    over = period.is_over(clock.today())
    return PeriodView(id=period.id, name=period.name, first_day=period.first_day, last_day=period.last_day, over=over)


def _figures(cells: Mapping[tuple[str, str], Value], lines: list[Line] | tuple[Line, ...]) -> list[Figure]:
    return [
        Figure(
            code=line.indicator.code,
            part=line.part,
            label=line.label,
            unit=line.indicator.unit,
            value=cells[line.key],
            held=line.indicator.held,
        )
        for line in lines
    ]


def _definition(one: Indicator) -> Definition:
    return Definition(**one.model_dump(include=set(Definition.model_fields)))


@router.get("/indicators", summary="Les indicateurs d'une période")
async def indicators(
    runtime: RuntimeDependency, principal: Reader, period: WantedPeriod, caisse: Caisse = None
) -> Figures:
    """All figures of one caisse, or of all for national roles."""
    place = caisse_in_scope(runtime, principal, caisse)
    table = await read_activity(runtime, period, place)
    return Figures(period=span(period), caisse=place, figures=_figures(table.cells[place or ALL], table.lines))


@router.get("/indicators/{code}", summary="Un indicateur : définition et valeur")
async def indicator(
    runtime: RuntimeDependency,
    principal: Reader,
    period: WantedPeriod,
    code: Annotated[str, Path(max_length=64)],
    caisse: Caisse = None,
) -> IndicatorView:
    """What the indicator is, how it is worked out, and its value."""
    if code not in BY_CODE:
        raise not_found()
    place = caisse_in_scope(runtime, principal, caisse)
    table = await read_activity(runtime, period, place)
    figures = _figures(table.cells[place or ALL], table.lines_of(code))
    return IndicatorView(definition=_definition(BY_CODE[code]), period=span(period), caisse=place, figures=figures)


@router.get("/definitions", summary="Le guide des indicateurs")
async def definitions(_: Reader) -> list[Definition]:
    """Every indicator with its formula, source, exclusions, an example, and what it does not say."""
    return [_definition(one) for one in CATALOGUE]


@router.get("/definitions/{code}", summary="Toutes les versions d'une définition")
async def definition_history(_: Reader, code: Annotated[str, Path(max_length=64)]) -> list[Definition]:
    """The versions of one definition, the oldest first. 404 for a code that no line has."""
    found = history(code)
    if not found:
        raise not_found()
    return [_definition(one) for one in found]


@router.get(
    "/guide.csv",
    summary="Le guide des indicateurs pour un tableur",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def guide(_: Reader) -> Response:
    """UTF-8 with a byte order mark, semicolons; one line a definition."""
    return guide_response()


def guide_response() -> Response:
    """The guide as a download."""
    return Response(
        guide_text(CATALOGUE).encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="guide-des-indicateurs.csv"'},
    )


@router.get("/tables/{period}", summary="Le tableau d'activité d'un trimestre ou d'un mois")
async def table(runtime: RuntimeDependency, principal: Reader, period: PeriodOfPath) -> Table:
    """Every figure of every caisse in scope."""
    found = await read_activity(runtime, period, caisse_in_scope(runtime, principal, None))
    return _table(found, names(runtime))


def _table(found: Activity, named: Mapping[str, str]) -> Table:
    columns = [
        Column(caisse=place, name=named.get(place, place), figures=_figures(found.cells[place], found.lines))
        for place in found.caisses
    ]
    whole = None
    if ALL in found.cells:
        whole = Column(caisse=None, name=csv_export.WHOLE, figures=_figures(found.cells[ALL], found.lines))
    return Table(period=span(found.period), caisses=columns, whole=whole)
