"""Papers whose bytes are kept: which file, which hash, which media type."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.store.file_store import FileStore
from services.intake.tables import papers
from shared.database.advisory_lock import hold
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import not_found


async def insert_paper(unit: UnitOfWork, store: FileStore, source: Path, row: Mapping[str, Any]) -> None:
    """Keep the bytes of one paper and note them, in the transaction of the act that was accepted.

    The lock on their hash lasts until it commits: who counts references meanwhile waits, and finds this one.
    """
    await hold(unit, _lock(row["sha256"]))
    await asyncio.to_thread(store.put, source, row["sha256"])
    await unit.insert_many(papers, [dict(row)])


async def drop_unreferenced(unit: UnitOfWork, store: FileStore, sha256: str) -> bool:
    """Delete these bytes if no file refers to them; nobody can refer to them anew meanwhile."""
    await hold(unit, _lock(sha256))
    if await unit.scalar(sa.select(papers.c.paper_id).where(papers.c.sha256 == sha256).limit(1)) is not None:
        return False
    await asyncio.to_thread(store.delete, sha256)
    return True


async def unreferenced(unit: UnitOfWork, hashes: Sequence[str]) -> list[str]:
    """Those of the hashes that no file refers to now."""
    return [row.sha256 for row in await unit.rows(_UNREFERENCED, {"hashes": list(hashes)})]


async def paper_of(unit: UnitOfWork, application_id: UUID, paper_id: UUID) -> sa.Row[Any]:
    """The paper of an application whose scope was checked. Raises 404 when it has no bytes under this id."""
    columns = papers.c
    row = await unit.one_or_none(
        sa.select(papers).where(columns.paper_id == paper_id, columns.application_id == application_id)
    )
    if row is None:
        raise not_found()
    return row


async def stored_papers(unit: UnitOfWork, application_id: UUID) -> dict[UUID, sa.Row[Any]]:
    """The papers of an application, whose scope was checked, that have bytes here, with their hash and media type."""
    columns = papers.c
    query = sa.select(columns.paper_id, columns.sha256, columns.media_type)
    rows = await unit.rows(query.where(columns.application_id == application_id))
    return {row.paper_id: row for row in rows}


def _lock(sha256: str) -> str:
    return f"paper {sha256}"


_UNREFERENCED = sa.text(
    "SELECT sha256 FROM unnest(CAST(:hashes AS text[])) AS stored(sha256) "
    "WHERE NOT EXISTS (SELECT FROM papers WHERE papers.sha256 = stored.sha256)"
)
