"""The feed of changes: positions given to what is committed, and a page of what a caisse sees.

An id that a sequence draws before the commit is no cursor: who reads up to 7 while the writer of 6 has not committed
never sees 6. So what is written has no position; whoever reads first gives the next ones to all rows that are
committed, one process at a time (record 0033).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.intake.tables import change_counter, changes, deliveries
from shared.access.principal import Principal
from shared.database.unit_of_work import Database, UnitOfWork
from shared.http.paging import cut
from shared.http.problems import Problem

AT_ONCE = 5000

_WAITING = sa.text("SELECT EXISTS (SELECT FROM changes WHERE position IS NULL)")
# Two statements: the second sees what was committed while the first one waited.
_HOLD = sa.text("SELECT last FROM change_counter FOR UPDATE")
_NUMBER = sa.text(
    "WITH waiting AS (SELECT change_id, row_number() OVER (ORDER BY change_id) AS n FROM changes "
    "  WHERE position IS NULL ORDER BY change_id LIMIT :most), "
    "numbered AS (UPDATE changes SET position = :last + n FROM waiting WHERE changes.change_id = waiting.change_id "
    "  RETURNING n) "
    "UPDATE change_counter SET last = :last + found.n FROM (SELECT count(*) AS n FROM numbered) AS found "
    "RETURNING found.n"
)

_HOLD_WEBHOOKS = sa.text("SELECT webhook_id FROM webhooks ORDER BY webhook_id FOR UPDATE")
# What waited behind a delivery that is forgotten waits for nothing any more.
_FREE = sa.text(
    "UPDATE deliveries SET state = 'waiting', due_at = now() WHERE state = 'behind' AND NOT EXISTS ("
    "SELECT FROM deliveries AS earlier WHERE earlier.webhook_id = deliveries.webhook_id "
    "AND earlier.application_id = deliveries.application_id AND earlier.position < deliveries.position "
    "AND earlier.state <> 'delivered')"
)
# Positions follow the time of writing but for what was written at once: the last ones over are among the latest.
_LAST_OVER = sa.text(
    "SELECT max(position) FROM (SELECT position FROM changes WHERE recorded_at < CAST(:latest AS date) + 1 "
    "AND position IS NOT NULL ORDER BY recorded_at DESC LIMIT 1000) AS latest"
)


async def number(database: Database) -> None:
    """Give the next positions to every change that is committed, in the order in which each application changed."""
    while True:
        async with database.unit() as unit:
            if not await unit.scalar(_WAITING):
                return
            last = await unit.scalar(_HOLD)
            if await unit.scalar(_NUMBER, {"last": last, "most": AT_ONCE}) < AT_ONCE:
                return


async def page_of(
    unit: UnitOfWork, principal: Principal, after: int | None, limit: int
) -> tuple[Sequence[sa.Row[Any]], bool]:
    """The next changes of the caisses in scope, in their order, and whether more follow.

    Raises 409 for a position that is forgotten already, and for one that no change has had.
    """
    if after is not None:
        await check_kept(unit, after)
    own = sa.select(changes, changes.c.event_id.label("id")).where(
        principal.scope(changes.c.caisse), changes.c.position > (after or 0), changes.c.bulk_check.is_(sa.null())
    )
    return cut(await unit.rows(own.order_by(changes.c.position).limit(limit + 1)), limit)


async def check_kept(unit: UnitOfWork, after: int) -> None:
    """Raises 409 where what follows ``after`` cannot be told whole."""
    counter = (await unit.rows(sa.select(change_counter)))[0]
    last, forgotten = counter.last, counter.forgotten
    if after < forgotten:
        raise Problem(
            409,
            "changes_forgotten",
            f"Les changements jusqu'à la position {forgotten} ne sont plus gardés : relisez la liste des demandes, "
            f"puis reprenez à {forgotten}.",
            title="Changements oubliés",
            forgotten=forgotten,
        )
    if after > last:
        raise Problem(
            409,
            "position_unknown",
            f"Aucun changement n'a encore la position {after} : la dernière est {last}. Après une restauration de la "
            "base, relisez la liste des demandes.",
            title="Position inconnue",
            last=last,
        )


async def forget(unit: UnitOfWork, latest: dt.date) -> int:
    """Forget changes written on ``latest`` or before, with their deliveries, always from the beginning of the feed."""
    last = await unit.scalar(_LAST_OVER, {"latest": latest})
    if last is None:
        return 0
    await unit.execute(_HOLD_WEBHOOKS)
    await unit.execute(sa.delete(deliveries).where(deliveries.c.position <= last))
    await unit.execute(_FREE)
    gone = await unit.execute(sa.delete(changes).where(changes.c.position <= last))
    await unit.execute(sa.update(change_counter).values(forgotten=sa.func.greatest(change_counter.c.forgotten, last)))
    return gone.rowcount
