"""The HTTP interface of reporting: indicators, tables, exports, and who read what. Pages are in ``ui.py``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict

from services.reporting.api.dependencies import Reader, asked_period, names, place_of, read_activity
from services.reporting.domain import csv_export
from services.reporting.domain.activity import ALL, Activity, Line
from services.reporting.domain.indicators import BY_CODE, SMALL_CELLS, Indicator, Value
from services.reporting.domain.periods import Period
from services.reporting.pages import activity
from services.reporting.tables import access_log, fact_application
from shared import clock
from shared.access.access_log import record_access
from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Purpose, Role
from shared.contract.facts import CaisseCode
from shared.http.paging import Page, PagingQuery, cut, encode_cursor
from shared.http.problems import not_found
from shared.service.runtime import RuntimeDependency

router = APIRouter(tags=["pilotage"])
router.include_router(activity.router)

Auditor = Annotated[Principal, Depends(require(Role.AUDITOR))]
FileAuditor = Annotated[Principal, Depends(require(Role.AUDITOR, Role.SUPERVISOR))]
WantedPeriod = Annotated[Period, Depends(asked_period)]
Caisse = Annotated[CaisseCode | None, Query(description="Code de la caisse ; absent : celle du jeton, ou toutes")]


class Definition(BaseModel):
    """What an indicator is. ``confidence`` V: from the texts; C: our own definition."""

    code: str
    name: str
    unit: str
    formula: str
    source: str
    confidence: str
    additive: bool


class Figure(BaseModel):
    """One figure. ``part``: motive or kind of letter where the indicator is broken down. null: nothing to measure."""

    code: str
    part: str
    label: str
    unit: str
    value: Value


class Span(BaseModel):
    """The period of the figures. ``over`` false: the period is still running."""

    id: str
    name: str
    first_day: dt.date
    last_day: dt.date
    over: bool


class Figures(BaseModel):
    """The figures of one caisse, or of all (``caisse`` null)."""

    period: Span
    caisse: str | None
    figures: list[Figure]


class Measured(BaseModel):
    """One indicator: its definition and its values in one period."""

    definition: Definition
    period: Span
    caisse: str | None
    figures: list[Figure]


class Column(BaseModel):
    caisse: str | None
    name: str
    figures: list[Figure]


class Table(BaseModel):
    """The activity table: one column per caisse in scope, and the whole where the reader sees all."""

    period: Span
    caisses: list[Column]
    whole: Column | None


class Access(BaseModel):
    """One read of persons' files: who, when, why, what. Never a name."""

    model_config = ConfigDict(from_attributes=True)
    event_id: UUID
    occurred_at: dt.datetime
    business_date: dt.date
    caisse: str | None
    actor_role: str
    actor_id: str
    purpose: str
    resource: str
    count: int
    correlation_id: str


class LoggedAccess(Access):
    application_ids: list[UUID]


def _span(period: Period) -> Span:
    over = period.is_over(clock.today())
    return Span(id=period.id, name=period.name, first_day=period.first_day, last_day=period.last_day, over=over)


def _figures(cells: Mapping[tuple[str, str], Value], lines: list[Line] | tuple[Line, ...]) -> list[Figure]:
    return [
        Figure(
            code=line.indicator.code, part=line.part, label=line.label, unit=line.indicator.unit, value=cells[line.key]
        )
        for line in lines
    ]


def _definition(one: Indicator) -> Definition:
    return Definition(
        code=one.code,
        name=one.name,
        unit=one.unit,
        formula=one.formula,
        source=one.source,
        confidence=one.confidence,
        additive=one.additive,
    )


@router.get("/indicators", summary="Les indicateurs d'une période")
async def indicators(
    runtime: RuntimeDependency, principal: Reader, period: WantedPeriod, caisse: Caisse = None
) -> Figures:
    """All figures of one caisse, or of all for national roles."""
    place = place_of(runtime, principal, caisse)
    table = await read_activity(runtime, period, place)
    return Figures(period=_span(period), caisse=place, figures=_figures(table.cells[place or ALL], table.lines))


@router.get("/indicators/{code}", summary="Un indicateur : définition et valeur")
async def indicator(
    runtime: RuntimeDependency,
    principal: Reader,
    period: WantedPeriod,
    code: Annotated[str, Path(max_length=64)],
    caisse: Caisse = None,
) -> Measured:
    """What the indicator is, how it is worked out, and its value."""
    if code not in BY_CODE:
        raise not_found()
    place = place_of(runtime, principal, caisse)
    table = await read_activity(runtime, period, place)
    figures = _figures(table.cells[place or ALL], table.lines_of(code))
    return Measured(definition=_definition(BY_CODE[code]), period=_span(period), caisse=place, figures=figures)


@router.get("/definitions", summary="Le guide des indicateurs")
async def definitions(_: Reader) -> list[Definition]:
    """Every indicator with its formula and source."""
    return [_definition(one) for one in BY_CODE.values()]


@router.get("/tables/{period}", summary="Le tableau d'activité d'un trimestre ou d'un mois")
async def table(runtime: RuntimeDependency, principal: Reader, period: WantedPeriod) -> Table:
    """Every figure of every caisse in scope."""
    found = await read_activity(runtime, period, place_of(runtime, principal, None))
    return _table(found, names(runtime))


def _table(found: Activity, named: Mapping[str, str]) -> Table:
    columns = [
        Column(caisse=place, name=named.get(place, place), figures=_figures(found.cells[place], found.lines))
        for place in found.caisses
    ]
    whole = None
    if ALL in found.cells:
        whole = Column(caisse=None, name=csv_export.WHOLE, figures=_figures(found.cells[ALL], found.lines))
    return Table(period=_span(found.period), caisses=columns, whole=whole)


@router.get("/exports/{period}.csv", response_class=Response, summary="Le tableau pour un tableur")
async def export(
    runtime: RuntimeDependency,
    principal: Reader,
    period: WantedPeriod,
    outside: Annotated[
        bool, Query(description=f"Pour un destinataire extérieur : de 1 à {SMALL_CELLS.below - 1}, « c » (secret)")
    ] = False,
) -> Response:
    """UTF-8 with a byte order mark, semicolons, decimal commas; a missing value is an empty cell."""
    found = await read_activity(runtime, period, place_of(runtime, principal, None))
    return csv_export.csv_response(found, names(runtime), principal.caisse, outside=outside)


@router.get("/audit", summary="Qui a consulté ce dossier, quand et pourquoi")
async def audit(
    runtime: RuntimeDependency,
    principal: FileAuditor,
    application: Annotated[UUID, Query()],
    page: PagingQuery,
    purpose: Annotated[Purpose, Depends(read_purpose)],
) -> Page[Access]:
    """The reads of one file, newest first. Leaves an access event itself."""
    async with runtime.database.unit() as unit:
        known = sa.select(fact_application.c.caisse).where(fact_application.c.application_id == application)
        row = await unit.one_or_none(known)
        if row is None:
            raise not_found()
        principal.check_scope(*([row.caisse] if row.caisse else []))
        query = _newest(page).where(access_log.c.application_ids.contains([application]))
        found, more = cut(await unit.rows(query), page.limit)
        record_access(unit, principal, purpose, "reporting.audit", [application])
    return Page[Access](items=[Access.model_validate(one) for one in found], next=_next(found, more))


@router.get("/access-log", summary="Le journal des consultations")
async def accesses(
    runtime: RuntimeDependency,
    principal: Auditor,
    page: PagingQuery,
    actor: Annotated[str | None, Query(max_length=100)] = None,
    purpose: Annotated[Purpose | None, Query()] = None,
    since: Annotated[dt.date | None, Query(description="Premier jour (date de gestion)")] = None,
    until: Annotated[dt.date | None, Query(description="Dernier jour, inclus")] = None,
) -> Page[LoggedAccess]:
    """Reads of persons' files by readers of the caisses in scope, newest first."""
    query = _newest(page).where(principal.scope(access_log.c.caisse))
    if actor is not None:
        query = query.where(access_log.c.actor_id == actor)
    if purpose is not None:
        query = query.where(access_log.c.purpose == purpose.value)
    if since is not None:
        query = query.where(access_log.c.business_date >= since)
    if until is not None:
        query = query.where(access_log.c.business_date <= until)
    async with runtime.database.unit() as unit:
        found, more = cut(await unit.rows(query), page.limit)
    return Page[LoggedAccess](items=[LoggedAccess.model_validate(one) for one in found], next=_next(found, more))


def _newest(page: PagingQuery) -> sa.Select[Any]:
    query = sa.select(access_log).order_by(access_log.c.occurred_at.desc(), access_log.c.event_id.desc())
    after = page.after(2)
    if after is not None:
        key = sa.tuple_(access_log.c.occurred_at, access_log.c.event_id)
        query = query.where(
            key < sa.tuple_(sa.cast(after[0], access_log.c.occurred_at.type), sa.cast(after[1], sa.UUID))
        )
    return query.limit(page.limit + 1)


def _next(found: Any, more: bool) -> str | None:
    return encode_cursor(found[-1].occurred_at, found[-1].event_id) if more else None
