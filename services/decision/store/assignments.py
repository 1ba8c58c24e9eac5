"""Cases given to somebody together: written once as one act, so that it is taken back as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from services.decision.tables import reassignments
from shared import clock
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.ids import uuid7


@dataclass(frozen=True)
class Move:
    """One case that changed hands: who followed it before; None: nobody."""

    application_id: UUID
    before: str | None


@dataclass(frozen=True)
class Batch:
    """What was moved together, to whom, and whether it was taken back."""

    batch_id: UUID
    caisse: str
    agent: str | None
    moves: Sequence[Move]
    undone: bool


async def write_batch(
    unit: UnitOfWork,
    principal: Principal,
    caisse: str,
    agent: str | None,
    reason: str,
    moves: Sequence[Move],
    undoes: UUID | None = None,
) -> UUID:
    """Write down one act on several cases. ``undoes``: the act that this one takes back."""
    batch_id = uuid7()
    row = {
        "batch_id": batch_id,
        "caisse": caisse,
        "done_on": clock.today(),
        "done_by": principal.id,
        "agent": agent,
        "reason": reason,
        "moves": [{"application_id": str(one.application_id), "before": one.before} for one in moves],
        "undoes": undoes,
    }
    await unit.insert_many(reassignments, [row])
    return batch_id


async def batch_in_scope(unit: UnitOfWork, principal: Principal, batch_id: UUID) -> Batch | None:
    """One act in scope, locked so that it is taken back once; None when there is none."""
    await unit.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": str(batch_id)})
    c = reassignments.c
    row = await unit.one_or_none(sa.select(reassignments).where(c.batch_id == batch_id, principal.scope(c.caisse)))
    if row is None:
        return None
    undone = await unit.one_or_none(sa.select(c.batch_id).where(c.undoes == batch_id))
    moves = [Move(UUID(one["application_id"]), one["before"]) for one in row.moves]
    return Batch(row.batch_id, row.caisse, row.agent, moves, undone is not None)
