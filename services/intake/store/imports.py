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


LARGEST_ATTEMPTS = 5
"""Processes that may die over the same lines of a file before its import is given up."""

_ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(hashtext('imports'), hashtext(:caisse || :sha256))")


async def resumed(unit: UnitOfWork, caisse: str | None, sha256: str) -> UUID | None:
    """The failed import of the very same file, set to go on after its last committed row; None when there is none.

    Raises 409 when the file is or was imported: sent twice it would double every application in it.
    """
    await unit.execute(_ONE_AT_A_TIME, {"caisse": caisse or "", "sha256": sha256})
    table = imports.c
    same = sa.select(table.import_id, table.state).where(
        table.sha256 == sha256, table.caisse.is_not_distinct_from(caisse), ~table.dry_run, ~table.superseded
    )
    earlier = await unit.one_or_none(same)
    if earlier is None:
        return None
    if earlier.state == "failed":
        again = {
            "state": "waiting",
            "attempts": 0,
            "failure": "",
            "report_kept": True,
            "changed_at": dt.datetime.now(dt.UTC),
        }
        await unit.execute(sa.update(imports).where(table.import_id == earlier.import_id).values(**again))
        await unit.execute(sa.text(f"NOTIFY {CHANNEL}"))
        return UUID(str(earlier.import_id))
    raise Problem(
        409,
        "file_already_imported",
        "Ce fichier a déjà été importé.",
        title="Import déjà reçu",
        headers={"Location": f"/imports/{earlier.import_id}"},
        import_id=str(earlier.import_id),
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


MOST_REFUSED = 100_000
"""Rows to mend that one file holds: who has more of them has another trouble."""


async def refused_rows(unit: UnitOfWork, import_id: UUID) -> Sequence[sa.Row[Any]]:
    """All rows to mend of one import whose scope was checked, in the order of the file."""
    c = import_rows.c
    query = sa.select(c.row, c.reference, c.errors).where(c.import_id == import_id, c.verdict == "refused")
    return await unit.rows(query.order_by(c.row).limit(MOST_REFUSED))


# An earlier application is looked for where it was filed; one of the same import counts as soon as it is accepted.
CITED = sa.text(
    "SELECT wanted.caisse, wanted.reference, found.application_id "
    "FROM json_to_recordset(CAST(:wanted AS json)) AS wanted(caisse text, reference text) "
    "CROSS JOIN LATERAL (SELECT application_id FROM applications WHERE filed_caisse = wanted.caisse "
    "  AND applications.reference = wanted.reference ORDER BY recorded_at DESC LIMIT 1) AS found"
)
ADVANCE = sa.text(
    "UPDATE imports SET position = :position, state = :state, rows_accepted = rows_accepted + :accepted, "
    "rows_refused = rows_refused + :refused, rows_already_here = rows_already_here + :already_here, "
    "applications = applications + :applications, attempts = 0, changed_at = :now "
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


async def begin_attempt(runtime: Runtime, row: sa.Row[Any]) -> int:
    """Count one more process that reads this import; returns how many have since its last committed row."""
    begun = sa.update(imports).where(imports.c.import_id == row.import_id).values(attempts=imports.c.attempts + 1)
    async with runtime.database.unit() as unit:
        return int(await unit.scalar(begun.returning(imports.c.attempts)))


async def fail(runtime: Runtime, row: sa.Row[Any], failure: str) -> None:
    """Set an import aside. ``failure``: a stable code that says why."""
    failed = sa.update(imports).where(imports.c.import_id == row.import_id)
    async with runtime.database.unit() as unit:
        await unit.execute(failed.values(state="failed", failure=failure, changed_at=dt.datetime.now(dt.UTC)))


_OVER = sa.text(
    "SELECT import_id FROM imports WHERE imports.readings_kept AND imports.changed_at < :before "
    "AND imports.state IN ('done', 'failed') FOR UPDATE SKIP LOCKED"
)


async def forget_readings(unit: UnitOfWork, before: dt.datetime) -> None:
    """Forget what the cells of workbooks were understood to say, of imports that ended before this."""
    over = [row.import_id for row in await unit.rows(_OVER, {"before": before})]
    if over:
        await unit.execute(sa.update(import_rows).where(import_rows.c.import_id.in_(over)).values(understood=[]))
        await unit.execute(sa.update(imports).where(imports.c.import_id.in_(over)).values(readings_kept=False))


async def still_open(unit: UnitOfWork, names: Sequence[str]) -> set[str]:
    """Those of these imports, by id, whose file is still to be read."""
    return {row.name for row in await unit.rows(_STILL_OPEN, {"names": list(names)})}


_STILL_OPEN = sa.text(
    "SELECT import_id::text AS name FROM imports WHERE state IN ('waiting', 'running') "
    "AND import_id::text = ANY(CAST(:names AS text[]))"
)
