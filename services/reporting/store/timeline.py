"""What reporting knows of one file: the rows of its four topics, and its latest reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.reporting.tables import access_log, fact_application, fact_decision, fact_event, fact_letter, fact_signal
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import not_found

READS = 50


@dataclass(frozen=True)
class KnownFile:
    """The rows of one file."""

    file: sa.Row[Any]
    decisions: Sequence[sa.Row[Any]]
    signals: Sequence[sa.Row[Any]]
    letters: Sequence[sa.Row[Any]]
    events: Sequence[sa.Row[Any]]


async def file_in_scope(unit: UnitOfWork, principal: Principal, application_id: UUID) -> KnownFile:
    """A file of the own caisse. Raises 404 for one that is unknown here or of another caisse."""
    own = fact_application.c
    file = await unit.one_or_none(
        sa.select(fact_application).where(own.application_id == application_id, principal.scope(own.caisse))
    )
    if file is None:
        raise not_found()
    found = [
        await unit.rows(sa.select(table).where(table.c.application_id == application_id))
        for table in (fact_decision, fact_signal, fact_letter, fact_event)
    ]
    return KnownFile(file, *found)


async def latest_reads_in_scope(unit: UnitOfWork, application_id: UUID) -> Sequence[sa.Row[Any]]:
    """The latest reads of a file that was read in scope: when, by whom, why; the last first."""
    c = access_log.c
    query = sa.select(c.occurred_at, c.business_date, c.actor_id, c.actor_role, c.caisse, c.purpose)
    query = query.where(c.application_ids.contains([application_id]))
    return await unit.rows(query.order_by(c.occurred_at.desc(), c.event_id.desc()).limit(READS))
