"""Rights that decisions opened, read."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from services.decision import tables
from services.decision.store.read_models import Right
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import not_found


async def ranks_with_right(unit: UnitOfWork, decision_id: UUID | None) -> set[int]:
    """The ranks of those whose right by this decision has not ended."""
    c = tables.entitlements.c
    rows = await unit.rows(sa.select(c.member_rank).where(c.decision_id == decision_id, c.ended_on.is_(None)))
    return {row.member_rank for row in rows}


async def rights_of(unit: UnitOfWork, principal: Principal, application_id: UUID) -> list[Right]:
    """The rights of the members of one application in scope, by rank; none when it was not granted. Raises 404."""
    c, cases = tables.entitlements.c, tables.cases.c
    caisse = await unit.scalar(sa.select(cases.caisse).where(cases.application_id == application_id))
    if caisse is None:
        raise not_found()
    principal.check_scope(caisse)
    rows = await unit.rows(
        sa.select(tables.entitlements).where(c.application_id == application_id).order_by(c.member_rank)
    )
    return [Right.model_validate(row) for row in rows]
