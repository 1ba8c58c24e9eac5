"""Every erasable row of one file deleted."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from services.intake.tables import appointments, import_rows, papers, status_view, versions
from shared.access import held_acts
from shared.contract import events
from shared.database.unit_of_work import UnitOfWork
from shared.messaging import corrections

# Sent or not: the erasure, which is written after this, is all that is still to be told.
_FORGET_TOLD = sa.text("DELETE FROM outbox WHERE topic = :topic AND key = :key")
# A parked message of a consumer has no facts of ours, but one that the broker refused has.
_FORGET_PARKED = sa.text(
    "UPDATE parked SET body = NULL, state = 'discarded', resolved_at = now(), "
    "resolved_by = 'erasure' WHERE consumer = 'relay' AND topic = :topic AND key = :key"
)


_FORGET_KEY = sa.text("UPDATE applications SET figures_key = '' WHERE application_id = :id")
# The answer is given again to whoever repeats the request, without what could name the file to its sender.
_FORGET_REFERENCES = sa.text(
    "UPDATE requests SET answer = jsonb_set(answer, '{body,reference}', '\"\"') WHERE application_id = :id"
)


async def forget(unit: UnitOfWork, application_id: UUID) -> list[str]:
    """Delete every erasable row of the file; returns the hashes that no other file refers to any more."""
    hashes = {
        row.sha256
        for row in await unit.rows(sa.select(papers.c.sha256).where(papers.c.application_id == application_id))
    }
    for table in (versions, papers, status_view, import_rows, appointments):
        await unit.execute(sa.delete(table).where(table.c.application_id == application_id))
    await held_acts.erase(unit, [application_id])
    await unit.execute(_FORGET_KEY, {"id": application_id})
    topic = {"topic": events.APPLICATION, "key": str(application_id)}
    await unit.execute(_FORGET_TOLD, topic)
    await unit.execute(_FORGET_PARKED, topic)
    await corrections.erase(unit, [str(application_id)])
    await unit.execute(_FORGET_REFERENCES, {"id": application_id})
    shared = await unit.rows(sa.select(papers.c.sha256).where(papers.c.sha256.in_(hashes))) if hashes else []
    return sorted(hashes - {row.sha256 for row in shared})
