"""The facts of a file as they were: at one version, and from the deposit to today."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.tables import acts, versions
from shared.contract.facts import ApplicationFacts
from shared.database.unit_of_work import UnitOfWork

MOST = 200
"""Versions of one file that a page shows."""


async def facts_at(unit: UnitOfWork, application_id: UUID, version: int) -> ApplicationFacts | None:
    """The facts that a reader of this version saw, of a file whose scope was checked; None once erased."""
    columns = versions.c
    row = await unit.one_or_none(
        sa.select(columns.facts)
        .where(columns.application_id == application_id, columns.version <= version)
        .order_by(columns.version.desc())
        .limit(1)
    )
    return None if row is None else ApplicationFacts.model_validate(row.facts)


async def history_of(unit: UnitOfWork, application_id: UUID) -> Sequence[sa.Row[Any]]:
    """The latest versions of a file whose scope was checked, in their order, each with the day and the role of its
    act."""
    same = (acts.c.application_id == versions.c.application_id) & (acts.c.version == versions.c.version)
    latest = await unit.rows(
        sa.select(versions.c.version, versions.c.facts, acts.c.business_date, acts.c.actor_role)
        .join(acts, same)
        .where(versions.c.application_id == application_id)
        .order_by(versions.c.version.desc())
        .limit(MOST)
    )
    return latest[::-1]
