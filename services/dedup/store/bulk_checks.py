"""Files of persons looked for at once: their rows, how far each has come, and what was found."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.action_context import SYSTEM
from services.dedup.tables import bulk_check_rows, bulk_checks
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose
from shared.contract.events import BulkCheckEnded
from shared.database.bulk import as_json
from shared.database.unit_of_work import Database, UnitOfWork
from shared.http.paging import Paging, after, cut
from shared.http.problems import Problem, not_found
from shared.observability import logs

CHANNEL: Final = "ame_bulk_checks"
ROWS_PER_DAY: Final = int(os.environ.get("AME_DEDUP_BULK_ROWS_PER_DAY", "200000"))
"""Persons that a supervisor may have looked for in files in a day (UTC); checks at the counter have their own limit."""
MOST_ATTEMPTS: Final = 5
"""Processes that may die over the same rows before a file is given up."""
PAGE: Final = 2_000
_AT_ONCE: Final = 5_000
_c = bulk_checks.c

_ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(hashtext('bulk_checks'), hashtext(:agent))")
_TODAY = sa.text("SELECT coalesce(sum(rows), 0) FROM bulk_checks WHERE agent = :agent AND sent_at >= :midnight")
_ADVANCE = sa.text(
    "UPDATE bulk_checks SET position = :position, rows_done = rows_done + :done, state = :state, attempts = 0, "
    "same_person = same_person + :same_person, to_examine = to_examine + :to_examine, silent = silent + :silent, "
    "refused = refused + :refused, changed_at = :now WHERE check_id = :check_id AND position = :from_position "
    "AND state IN ('waiting', 'running') RETURNING rows, rows_done, same_person, to_examine, silent, refused"
)
_FAIL = sa.text(
    "UPDATE bulk_checks SET state = 'failed', changed_at = :now WHERE check_id = :check_id "
    "AND state IN ('waiting', 'running') RETURNING rows, rows_done, same_person, to_examine, silent, refused"
)
# The bounds are for the planner: of a table just filled it knows nothing, and would join each with all of the file.
_ANSWER = sa.text(
    "UPDATE bulk_check_rows SET verdict = told.verdict, code = told.code, found = told.found, "
    "found_applications = told.found_applications FROM json_to_recordset(CAST(:told AS json)) AS told"
    "(row integer, verdict text, code text, found jsonb, found_applications uuid[]) "
    "WHERE bulk_check_rows.check_id = :check_id AND bulk_check_rows.row = told.row AND bulk_check_rows.verdict = '' "
    "AND bulk_check_rows.row > :after AND bulk_check_rows.row <= :last"
)
_OWN = sa.text(
    "SELECT application_id, array_remove(array_agg(seq), NULL) AS seqs FROM applications LEFT JOIN identities "
    "USING (application_id) WHERE application_id = ANY(:ids) AND caisse = :caisse AND outcome <> 'erased' "
    "AND (identities.state = 'current' OR identities.state IS NULL) GROUP BY application_id"
)
_OVER = sa.text("DELETE FROM bulk_checks WHERE changed_at < :before AND state IN ('done', 'failed') RETURNING check_id")


@dataclass(frozen=True)
class Sent:
    """A file as it was sent: its columns as written and as understood, its rows, and which request it came with.

    ``key``: the hash of the idempotency key, if any; ``fingerprint``: what tells one request from another.
    """

    written: Sequence[str]
    columns: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str], UUID | None]]
    key: str | None
    fingerprint: str


class LostLeadership(RuntimeError):
    """Another instance has moved this file on: ours has lost the lead."""


async def sent_before(unit: UnitOfWork, principal: Principal, key: str | None) -> sa.Row[Any] | None:
    """The file that this supervisor sent under this key, if any. Until the transaction ends she sends no other."""
    await unit.execute(_ONE_AT_A_TIME, {"agent": principal.id})
    if key is None:
        return None
    own = sa.select(bulk_checks).where(principal.scope(_c.caisse), _c.agent == principal.id, _c.key == key)
    return await unit.one_or_none(own)


async def file(unit: UnitOfWork, principal: Principal, purpose: Purpose, check_id: UUID, sent: Sent) -> None:
    """Note a file and its rows, and wake the job; ``sent_before`` has answered that it is a new one.

    Raises 429 where the day's quota of this supervisor is used up.
    """
    now, rows = dt.datetime.now(dt.UTC), sent.rows
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    used = await unit.scalar(_TODAY, {"agent": principal.id, "midnight": midnight})
    if used + len(rows) > ROWS_PER_DAY:
        wait = int((midnight + dt.timedelta(days=1) - now).total_seconds()) + 1
        detail = f"Limite de {ROWS_PER_DAY} personnes par jour : il en reste {max(0, ROWS_PER_DAY - used)} aujourd'hui."
        raise Problem(429, "too_many_checks", detail, title="Trop de recherches", headers={"Retry-After": str(wait)})
    values = {
        "check_id": check_id,
        "caisse": principal.caisse,
        "agent": principal.id,
        "role": principal.actor.role,
        "purpose": purpose.value,
        "correlation_id": logs.correlation.get(),
        "written": list(sent.written),
        "columns": list(sent.columns),
        "key": sent.key,
        "fingerprint": sent.fingerprint,
        "state": "waiting",
        "rows": len(rows),
        "sent_at": now,
        "changed_at": now,
    }
    await unit.execute(sa.insert(bulk_checks).values(values))
    for at in range(0, len(rows), _AT_ONCE):
        part = [
            {"check_id": check_id, "row": number, "cells": cells, "application_id": named}
            for number, cells, named in rows[at : at + _AT_ONCE]
        ]
        await unit.execute(_ROWS, {"rows": as_json(part)})
    await unit.execute(sa.text(f"NOTIFY {CHANNEL}"))


_ROWS = sa.text(
    "INSERT INTO bulk_check_rows (check_id, row, cells, application_id) SELECT check_id, row, cells, application_id "
    "FROM json_to_recordset(CAST(:rows AS json)) AS rows(check_id uuid, row integer, cells text[], application_id uuid)"
)


async def own_check(unit: UnitOfWork, principal: Principal, check_id: UUID) -> sa.Row[Any]:
    """The file of this id in the caller's caisse. Raises a 404 problem."""
    row = await unit.one_or_none(sa.select(bulk_checks).where(_c.check_id == check_id, principal.scope(_c.caisse)))
    if row is None:
        raise not_found()
    return row


async def checks_page(unit: UnitOfWork, principal: Principal, page: Paging) -> tuple[Sequence[sa.Row[Any]], bool]:
    """Files of the caller's caisse, the newest first, and whether more follow."""
    statement = sa.select(bulk_checks).where(principal.scope(_c.caisse))
    if key := after(page, UUID):
        statement = statement.where(_c.check_id < key[0])
    return cut(await unit.rows(statement.order_by(_c.check_id.desc()).limit(page.limit + 1)), page.limit)


async def next_check(unit: UnitOfWork) -> sa.Row[Any] | None:
    """The oldest file that is not finished."""
    open_ = sa.select(bulk_checks).where(sa.text("bulk_checks.state IN ('waiting', 'running')"))
    return await unit.one_or_none(open_.order_by(_c.sent_at, _c.check_id).limit(1))


async def begin_attempt(unit: UnitOfWork, check_id: UUID) -> int:
    """Count one more process that reads this file; returns how many have since its last committed rows."""
    begun = sa.update(bulk_checks).where(_c.check_id == check_id).values(attempts=_c.attempts + 1)
    return int(await unit.scalar(begun.returning(_c.attempts)))


async def fail(unit: UnitOfWork, check: sa.Row[Any]) -> None:
    """Set a file aside, with what it has committed, and tell that it ended."""
    counts = await unit.one_or_none(_FAIL, {"check_id": check.check_id, "now": dt.datetime.now(dt.UTC)})
    if counts is not None:
        _tell_end(unit, check, "failed", counts)


def _tell_end(unit: UnitOfWork, check: sa.Row[Any], state: str, counts: sa.Row[Any]) -> None:
    told = {"check_id": check.check_id, "state": state, **counts._mapping}
    whose = {"caisse": check.caisse, "actor": SYSTEM, "correlation_id": check.correlation_id}
    unit.emit(BulkCheckEnded.new(application_id=check.check_id, **whose, **told))


async def rows_after(unit: UnitOfWork, check_id: UUID, position: int, most: int) -> Sequence[sa.Row[Any]]:
    """The next rows of a file whose scope was checked, in its order."""
    r = bulk_check_rows.c
    query = sa.select(bulk_check_rows).where(r.check_id == check_id, r.row > position)
    return await unit.rows(query.order_by(r.row).limit(most))


async def own_files(unit: UnitOfWork, caisse: str, ids: Iterable[UUID]) -> dict[UUID, set[int]]:
    """Of these files those that the caisse holds, with the identities of their household."""
    wanted = list(set(ids))
    rows = await unit.rows(_OWN, {"ids": wanted, "caisse": caisse}) if wanted else []
    return {row.application_id: set(row.seqs) for row in rows}


async def answer(
    unit: UnitOfWork, check: sa.Row[Any], told: Sequence[Mapping[str, Any]], counts: Mapping[str, int], *, last: bool
) -> None:
    """Write what was found of some rows, and how far the file has come; tell its end. Raises LostLeadership."""
    position = told[-1]["row"] if told else check.position
    moved = await unit.one_or_none(
        _ADVANCE,
        {
            "check_id": check.check_id,
            "from_position": check.position,
            "position": position,
            "done": len(told),
            "state": "done" if last else "running",
            "now": dt.datetime.now(dt.UTC),
            **{name: counts.get(name, 0) for name in ("same_person", "to_examine", "silent", "refused")},
        },
    )
    if moved is None:
        raise LostLeadership(str(check.check_id))
    if last:
        _tell_end(unit, check, "done", moved)
    if told:
        bounds = {"after": check.position, "last": position}
        await unit.execute(_ANSWER, {"check_id": check.check_id, "told": as_json(told), **bounds})


async def pages_of(database: Database, check_id: UUID) -> AsyncIterator[Sequence[sa.Row[Any]]]:
    """All rows of a file, in its order, some at a time."""
    position = 0
    while True:
        async with database.unit() as unit:
            rows = await rows_after(unit, check_id, position, PAGE)
        if not rows:
            return
        yield rows
        position = rows[-1].row


def asker(check: sa.Row[Any]) -> tuple[Principal, Purpose]:
    """Who asked, and why: what is read for her is told as hers."""
    return Principal(check.agent, frozenset({Role(check.role)}), check.caisse), Purpose(check.purpose)


async def forget(unit: UnitOfWork, before: dt.datetime) -> int:
    """Forget the files that ended before this, with all their rows; returns how many."""
    over = [row.check_id for row in await unit.rows(_OVER, {"before": before})]
    if over:
        await unit.execute(sa.delete(bulk_check_rows).where(bulk_check_rows.c.check_id.in_(over)))
    return len(over)


async def files_found(unit: UnitOfWork, check_id: UUID) -> list[UUID]:
    """The files that the rows of one file of persons found, each once; its scope was checked."""
    query = sa.text(
        "SELECT DISTINCT unnest(found_applications) AS application_id FROM bulk_check_rows WHERE check_id = :id"
    )
    return [row.application_id for row in await unit.rows(query, {"id": check_id})]
