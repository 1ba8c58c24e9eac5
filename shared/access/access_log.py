"""An event for every read of a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from shared import clock
from shared.access.principal import Principal
from shared.access.purposes import Purpose
from shared.contract.events import AccessRecorded
from shared.database.unit_of_work import UnitOfWork, emit
from shared.ids import uuid7
from shared.observability import logs

MOST_IDS = 500
"""Files named by one event: more would be no message for the broker."""


def record_access(
    unit: UnitOfWork,
    principal: Principal,
    purpose: Purpose,
    resource: str,
    application_ids: Iterable[UUID],
    *,
    count: int | None = None,
) -> None:
    """Leave the event of a read in the same transaction as the read itself."""
    ids = list(application_ids)
    event = AccessRecorded(
        id=uuid7(),
        occurred_at=dt.datetime.now(dt.UTC),
        business_date=clock.today(),
        caisse=principal.caisse,
        actor=principal.actor,
        purpose=purpose.value,
        resource=resource,
        application_ids=ids[:MOST_IDS],
        count=len(ids) if count is None else count,
        correlation_id=logs.correlation.get(),
    )
    emit(unit, event)


def record_listing(
    unit: UnitOfWork, principal: Principal, purpose: Purpose, resource: str, application_ids: Iterable[UUID]
) -> None:
    """The same for a list that shows what became of files: as many events as it takes to name every one of them. A
    list that shows none leaves nothing."""
    ids = list(dict.fromkeys(application_ids))
    for at in range(0, len(ids), MOST_IDS):
        record_access(unit, principal, purpose, resource, ids[at : at + MOST_IDS])
