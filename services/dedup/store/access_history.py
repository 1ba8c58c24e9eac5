"""Who read what through this service: told on the access topic, and kept beside the person's history until it is
forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from services.dedup.tables import readings
from shared import clock
from shared.access.access_log import record_access
from shared.access.principal import Principal
from shared.access.purposes import Purpose
from shared.database.unit_of_work import UnitOfWork


async def record_read(
    unit: UnitOfWork, principal: Principal, purpose: Purpose, resource: str, application_ids: Iterable[UUID]
) -> None:
    """Leave the event of a read and its lines in the history, in the same transaction as the read itself."""
    ids = list(dict.fromkeys(application_ids))
    record_access(unit, principal, purpose, resource, ids)
    actor = principal.actor
    rows = [
        {
            "application_id": one,
            "reader": actor.id,
            "role": actor.role,
            "caisse": principal.caisse,
            "purpose": purpose.value,
            "resource": resource,
            "read_on": clock.today(),
        }
        for one in ids
    ]
    await unit.insert_many(readings, rows)
