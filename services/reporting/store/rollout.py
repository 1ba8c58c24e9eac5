"""The checklist of a caisse that prepares: what it has done, and what it took back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from services.reporting.tables import rollout_steps
from shared import clock
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.ids import uuid7

_ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('rollout ' || :caisse, 0))")


async def done_in_scope(unit: UnitOfWork, principal: Principal, day: dt.date) -> Mapping[str, Mapping[str, dt.date]]:
    """By caisse, the items that were done by ``day`` and not taken back, each with its day."""
    c = rollout_steps.c
    query = sa.select(c.caisse, c.item, c.done, c.happened_on).where(principal.scope(c.caisse), c.happened_on <= day)
    found: dict[str, dict[str, dt.date]] = {}
    for row in await unit.rows(query.order_by(c.written_at, c.step_id)):
        items = found.setdefault(row.caisse, {})
        if row.done:
            items[row.item] = row.happened_on
        else:
            items.pop(row.item, None)
    return found


async def put_step(unit: UnitOfWork, principal: Principal, caisse: str, item: str, done: bool) -> None:
    """Say that an item is done, or not after all; said again, it changes nothing."""
    principal.check_scope(caisse)
    await unit.execute(_ONE_AT_A_TIME, {"caisse": caisse})
    today = clock.today()
    if (item in (await done_in_scope(unit, principal, today)).get(caisse, {})) == done:
        return
    actor = principal.actor
    row = {"step_id": uuid7(), "caisse": caisse, "item": item, "done": done, "happened_on": today}
    await unit.insert_many(rollout_steps, [{**row, "actor_role": actor.role, "actor_id": actor.id}])
