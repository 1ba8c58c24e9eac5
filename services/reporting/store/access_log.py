"""Who read what: written and read back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.reporting.store import access_chain
from services.reporting.tables import access_log, fact_application
from shared.access.principal import Principal
from shared.access.purposes import Purpose
from shared.clock import FRANCE
from shared.contract import events as ev
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Paging, after, cut, instant
from shared.http.problems import not_found


@dataclass(frozen=True)
class AccessFilter:
    """Which reads a list shows; what is None does not restrict it. ``until`` is the last day, included; ``hour`` one
    hour of the day, as clocks in France show it."""

    actor: str | None = None
    purpose: Purpose | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    hour: int | None = None

    def narrows(self) -> list[sa.ColumnElement[bool]]:
        """What a read must be, to be on the list."""
        c = access_log.c
        hour = sa.extract("hour", c.occurred_at.op("AT TIME ZONE")(FRANCE.key))
        told = [
            None if self.actor is None else c.actor_id == self.actor,
            None if self.purpose is None else c.purpose == self.purpose.value,
            None if self.since is None else c.business_date >= self.since,
            None if self.until is None else c.business_date <= self.until,
            None if self.hour is None else hour == self.hour,
        ]
        return [one for one in told if one is not None]


async def accesses_of(
    unit: UnitOfWork,
    principal: Principal,
    application_id: UUID,
    page: Paging,
    chosen: AccessFilter = AccessFilter(),
) -> tuple[Sequence[sa.Row[Any]], bool]:
    """The reads of one file in scope, newest first, and whether more follow. Raises 404 for any other file."""
    newest = _newest(page)  # a cursor that was forged is refused before any file is looked for
    known = sa.select(fact_application.c.caisse).where(fact_application.c.application_id == application_id)
    row = await unit.one_or_none(known)
    if row is None:
        raise not_found()
    principal.check_scope(*([row.caisse] if row.caisse else []))
    query = newest.where(access_log.c.application_ids.contains([application_id]), *chosen.narrows())
    return cut(await unit.rows(query), page.limit)


async def accesses_in_scope(
    unit: UnitOfWork, principal: Principal, chosen: AccessFilter, page: Paging
) -> tuple[Sequence[sa.Row[Any]], bool]:
    """Reads by readers of the caisses in scope, newest first, and whether more follow."""
    query = _newest(page).where(principal.scope(access_log.c.caisse), *chosen.narrows())
    return cut(await unit.rows(query), page.limit)


def _newest(page: Paging) -> sa.Select[Any]:
    query = sa.select(access_log).order_by(access_log.c.occurred_at.desc(), access_log.c.event_id.desc())
    if last := after(page, instant, UUID):
        place = sa.tuple_(sa.literal(last[0], access_log.c.occurred_at.type), sa.literal(last[1], sa.UUID))
        query = query.where(sa.tuple_(access_log.c.occurred_at, access_log.c.event_id) < place)
    return query.limit(page.limit + 1)


async def take_accesses(events: Sequence[ev.AccessRecorded], unit: UnitOfWork) -> None:
    """Write down who read what, each entry chained to the one before it."""
    await access_chain.append(unit, [row_of(event) for event in events], access_chain.today())


def row_of(event: ev.AccessRecorded) -> dict[str, Any]:
    """An entry of the log, before it has its place."""
    return {
        "event_id": event.id,
        "occurred_at": event.occurred_at,
        "business_date": event.business_date,
        "caisse": event.caisse,
        "actor_role": event.actor.role,
        "actor_id": event.actor.id,
        "purpose": event.purpose,
        "resource": event.resource,
        "application_ids": event.application_ids,
        "count": event.count,
        "correlation_id": event.correlation_id,
    }
