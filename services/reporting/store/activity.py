"""The figures of one period, of one instant, so that table, export and gauges are the same figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa

from services.reporting.domain.activity import Activity, Row, activity
from services.reporting.domain.indicator import Indicator
from services.reporting.domain.periods import Period
from services.reporting.store.statement import counted_by, statement_of, statement_on
from services.reporting.tables import fact_stay
from shared.contract.legal_values import legal_value
from shared.database.unit_of_work import UnitOfWork
from shared.service.runtime import Runtime


def names(runtime: Runtime) -> dict[str, str]:
    """The names of the caisses, by code."""
    return {caisse.code: caisse.name for caisse in runtime.reference.caisses()}


async def read_activity(runtime: Runtime, period: Period, caisse: str | None) -> Activity:
    """The table of a period as it stands: of one caisse, or of all and the whole."""
    async with runtime.database.unit() as unit:
        rows = await rows_in_scope(unit, period, caisse)
    return activity(period, rows, [caisse] if caisse is not None else names(runtime), whole=caisse is None)


async def rows_in_scope(unit: UnitOfWork, period: Period, caisse: str | None) -> list[Row]:
    """What the statement of a period returns for one caisse, or for all."""
    return as_rows(await unit.rows(statement(period), parameters(period, caisse)))


async def read_line(runtime: Runtime, period: Period, caisse: str | None, line: Indicator) -> Activity:
    """The table of a period with the figures of one line, and of those that it follows from, alone: no other cell
    of it says anything."""
    text = sa.text(statement_of(counted_by(line, period.last_day)))
    async with runtime.database.unit() as unit:
        rows = as_rows(await unit.rows(text, parameters(period, caisse, text)))
    return activity(period, rows, [caisse] if caisse is not None else names(runtime), whole=caisse is None)


def statement(period: Period) -> sa.TextClause:
    """The statement of a period."""
    return _statement_on(period.last_day)


@cache
def _statement_on(day: dt.date) -> sa.TextClause:
    return sa.text(statement_on(day))


def parameters(period: Period, caisse: str | None, of: sa.TextClause | None = None) -> dict[str, Any]:
    """The parameters that the statement of the period, or ``of``, asks for."""
    given = {
        "since": period.first_day,
        "until": period.last_day,
        "caisse": caisse,
        "transmission_days": legal_value("deposit.transmission", period.first_day),
        "transmission_kinds": legal_value("deposit.transmission_of", period.first_day),
        "adult_age": legal_value("adult_age", period.last_day),
    }
    used = (statement(period) if of is None else of).compile().params
    return {name: value for name, value in given.items() if name in used}


def as_rows(rows: Iterable[sa.Row[Any]]) -> list[Row]:
    """What the statement returned."""
    return [Row(row.caisse, row.part, row.figures) for row in rows]


async def first_arrival(runtime: Runtime) -> dt.date | None:
    """The day of the first arrival known here, in any caisse; None before there is one."""
    async with runtime.database.unit() as unit:
        first: dt.date | None = await unit.scalar(sa.select(sa.func.min(fact_stay.c.arrived_on)))
    return first
