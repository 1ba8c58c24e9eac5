"""The names of the own caisse's files, for people who already may open them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.dedup.tables import applications, identities
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork

MOST_NAMES = 400
"""Names that begin alike and are looked at one by one."""


async def beginning_with(unit: UnitOfWork, principal: Principal, letters: str) -> Sequence[sa.Row[Any]]:
    """Persons of files in scope whose family name begins with these letters, as written: names, birth, application."""
    i = identities.c
    begins = letters.lower().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    statement = (
        sa.select(i.application_id, i.family_name, i.given_names, i.birth_date)
        .join(applications, applications.c.application_id == i.application_id)
        .where(principal.scope(applications.c.caisse), i.state == "current", FAMILY.like(begins))
        .limit(MOST_NAMES)
    )
    return await unit.rows(statement)


FAMILY = sa.func.lower(identities.c.family_name)


async def names_of(unit: UnitOfWork, principal: Principal, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The applicant of each of these applications that is in scope: names and birth date as written."""
    if not ids:
        return {}
    i = identities.c
    statement = (
        sa.select(i.application_id, i.family_name, i.given_names, i.birth_date)
        .join(applications, applications.c.application_id == i.application_id)
        .where(principal.scope(applications.c.caisse), i.application_id.in_(ids), i.rank == 0, i.state == "current")
    )
    return {row.application_id: dict(row._mapping) for row in await unit.rows(statement)}
