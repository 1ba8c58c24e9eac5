"""Papers whose bytes are kept: which file, which hash, which media type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.tables import papers
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import not_found


async def insert_paper(unit: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Note the bytes of one paper, which are in the file store already."""
    await unit.insert_many(papers, [dict(row)])


async def paper_of(unit: UnitOfWork, application_id: UUID, paper_id: UUID) -> sa.Row[Any]:
    """The paper of an application whose scope was checked. Raises 404 when it has no bytes under this id."""
    columns = papers.c
    row = await unit.one_or_none(
        sa.select(papers).where(columns.paper_id == paper_id, columns.application_id == application_id)
    )
    if row is None:
        raise not_found()
    return row
