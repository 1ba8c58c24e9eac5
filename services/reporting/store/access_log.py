"""Who read what: written and read back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.reporting.tables import access_log
from shared.contract import events as ev
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import PagingQuery


def newest(page: PagingQuery) -> sa.Select[Any]:
    query = sa.select(access_log).order_by(access_log.c.occurred_at.desc(), access_log.c.event_id.desc())
    after = page.after(2)
    if after is not None:
        key = sa.tuple_(access_log.c.occurred_at, access_log.c.event_id)
        query = query.where(
            key < sa.tuple_(sa.cast(after[0], access_log.c.occurred_at.type), sa.cast(after[1], sa.UUID))
        )
    return query.limit(page.limit + 1)


async def take_accesses(events: Sequence[ev.AccessRecorded], unit: UnitOfWork) -> None:
    """Write down who read what."""
    rows = [
        {
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
        for event in events
    ]
    await unit.insert_many(access_log, rows, conflict=["event_id"])
