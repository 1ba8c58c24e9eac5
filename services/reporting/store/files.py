"""The files behind a figure of one caisse, and the entries that put a file there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.reporting.domain.indicator import Indicator
from services.reporting.domain.periods import Period
from services.reporting.store.activity import parameters
from services.reporting.store.relations import OF_NO_FILE
from services.reporting.store.statement import counted_by, files_statement
from services.reporting.tables import fact_application, fact_event
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Paging, after, cut


@dataclass(frozen=True)
class Figure:
    """One figure of the table: a line of a caisse and a period, and the part of it."""

    indicator: Indicator
    period: Period
    caisse: str
    part: str = ""

    @property
    def lines(self) -> list[Indicator]:
        """The lines whose rows are counted for it, but those that count what is of no file."""
        counted = counted_by(self.indicator, self.period.last_day)
        return [line for line in counted if line.measure.of not in OF_NO_FILE]


async def files_in_scope(
    unit: UnitOfWork, figure: Figure, *, after: UUID | None = None, file: UUID | None = None, most: int = 50
) -> Sequence[sa.Row[Any]]:
    """Files behind the figure, by id, each with what it adds to each line; ``file``: that one alone."""
    if not figure.lines:
        return []
    text = sa.text(files_statement(figure.lines))
    given = parameters(figure.period, figure.caisse, text) | {"after": after, "file": file, "most": most}
    if "part" in text.compile().params:
        given["part"] = figure.part
    return await unit.rows(text, given)


async def page_of_files_in_scope(unit: UnitOfWork, figure: Figure, page: Paging) -> tuple[Sequence[sa.Row[Any]], bool]:
    """The files of one page of a list, and whether more follow. Raises 422 for a cursor that we did not make."""
    last = after(page, UUID)
    found = await files_in_scope(unit, figure, after=last[0] if last else None, most=page.limit + 1)
    return cut(found, page.limit)


async def receptions_in_scope(
    unit: UnitOfWork, principal: Principal, ids: Sequence[UUID]
) -> dict[UUID, dt.date | None]:
    """The day of reception of those of these files that are at a caisse in scope now: what a file is called here."""
    c = fact_application.c
    query = sa.select(c.application_id, c.received_on).where(c.application_id.in_(ids), principal.scope(c.caisse))
    return {row.application_id: row.received_on for row in await unit.rows(query)}


async def entries_of(unit: UnitOfWork, application_id: UUID, until: Any) -> Sequence[sa.Row[Any]]:
    """The entries of one file up to a day, in their order; of a file that the caller found by ``files_in_scope``."""
    c = fact_event.c
    query = sa.select(c.event_id, c.type, c.detail, c.caisse, c.counted_on, c.taken_on)
    query = query.where(c.application_id == application_id, c.counted_on <= until)
    return await unit.rows(query.order_by(c.counted_on, c.taken_at, c.event_id))
