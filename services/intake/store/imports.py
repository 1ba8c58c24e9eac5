"""Imports and their rows: next to work on, position, verdicts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.tables import import_rows, imports
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Paging, after, cut, line_number
from shared.http.problems import Problem, not_found
from shared.service.runtime import Runtime

CHANNEL = "ame_imports"


async def refuse_same_file(unit: UnitOfWork, principal: Principal, sha256: str) -> None:
    """The same file sent twice would double every application in it."""
    table = imports.c
    earlier = await unit.scalar(
        sa.select(table.import_id)
        .where(table.sha256 == sha256, table.dry_run.is_(False), table.state != "failed", principal.scope(table.caisse))
        .limit(1)
    )
    if earlier is not None:
        raise Problem(
            409,
            "file_already_imported",
            "Ce fichier a déjà été importé.",
            title="Import déjà reçu",
            headers={"Location": f"/imports/{earlier}"},
            import_id=str(earlier),
        )


async def imports_page(unit: UnitOfWork, principal: Principal, page: Paging) -> tuple[Sequence[sa.Row[Any]], bool]:
    """Rows of a page of imports in scope, newest first, and whether more follow."""
    statement = sa.select(imports).where(principal.scope(imports.c.caisse))
    if key := after(page, UUID):
        statement = statement.where(imports.c.import_id < key[0])
    return cut(await unit.rows(statement.order_by(imports.c.import_id.desc()).limit(page.limit + 1)), page.limit)


async def own_import(unit: UnitOfWork, principal: Principal, import_id: UUID) -> sa.Row[Any]:
    """The import of this id in the caller's scope. Raises a 404 problem."""
    own = sa.select(imports).where(imports.c.import_id == import_id, principal.scope(imports.c.caisse))
    row = await unit.one_or_none(own)
    if row is None:
        raise not_found()
    return row


async def insert_import(unit: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Note a file that was taken in, and wake the worker."""
    await unit.insert_many(imports, [dict(row)])
    await unit.execute(sa.text(f"NOTIFY {CHANNEL}"))


async def rows_page(
    unit: UnitOfWork, import_id: UUID, verdict: str | None, page: Paging
) -> tuple[Sequence[sa.Row[Any]], bool]:
    """A page of the verdicts of one import, in the order of the file, and whether more follow."""
    table = import_rows.c
    statement = sa.select(import_rows).where(table.import_id == import_id)
    if verdict is not None:
        statement = statement.where(table.verdict == verdict)
    if key := after(page, line_number):
        statement = statement.where(table.row > key[0])
    return cut(await unit.rows(statement.order_by(table.row).limit(page.limit + 1)), page.limit)


# An earlier application is looked for where it was filed; one of the same import counts as soon as it is accepted.
CITED = sa.text(
    "SELECT wanted.caisse, wanted.reference, found.application_id "
    "FROM json_to_recordset(CAST(:wanted AS json)) AS wanted(caisse text, reference text) "
    "CROSS JOIN LATERAL (SELECT application_id FROM applications WHERE filed_caisse = wanted.caisse "
    "  AND applications.reference = wanted.reference ORDER BY recorded_at DESC LIMIT 1) AS found"
)
ADVANCE = sa.text(
    "UPDATE imports SET position = :position, state = :state, rows_accepted = rows_accepted + :accepted, "
    "rows_refused = rows_refused + :refused, applications = applications + :applications, changed_at = :now "
    "WHERE import_id = :import_id AND position = :from_position AND state IN ('waiting', 'running')"
)


class LostLeadership(RuntimeError):
    """Another instance has moved this import on: ours has lost the lead."""


async def next_import(runtime: Runtime) -> sa.Row[Any] | None:
    """The oldest import that is not finished."""
    # Spelled out, as in the index of what is open: the planner cannot know it of parameters.
    open_ = sa.select(imports).where(sa.text("imports.state IN ('waiting', 'running')"))
    async with runtime.database.unit() as unit:
        return await unit.one_or_none(open_.order_by(imports.c.sent_at, imports.c.import_id).limit(1))


async def fail(runtime: Runtime, row: sa.Row[Any]) -> None:
    """Mark an import as failed."""
    failed = sa.update(imports).where(imports.c.import_id == row.import_id)
    async with runtime.database.unit() as unit:
        await unit.execute(failed.values(state="failed", changed_at=dt.datetime.now(dt.UTC)))


async def still_open(unit: UnitOfWork, names: Sequence[str]) -> set[str]:
    """Those of these imports, by id, whose file is still to be read."""
    return {row.name for row in await unit.rows(_STILL_OPEN, {"names": list(names)})}


_STILL_OPEN = sa.text(
    "SELECT import_id::text AS name FROM imports WHERE state IN ('waiting', 'running') "
    "AND import_id::text = ANY(CAST(:names AS text[]))"
)
