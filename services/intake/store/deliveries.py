"""The queues of webhooks: filled from the feed, tried one at a time for each application, settled or parked.

Whoever fills the queue of a webhook or settles one of its deliveries holds the webhook's row: else what is put behind a
delivery could miss its end, and wait for ever.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.domain.webhooks import pause_after
from shared.contract.sandbox import OUTSIDE_SANDBOX
from shared.database.unit_of_work import UnitOfWork

FILLED_AT_ONCE = 1000

_HOLD = sa.text("SELECT webhook_id, caisse, position FROM webhooks WHERE webhook_id = :webhook_id FOR UPDATE")
_BEHIND = sa.text(
    "SELECT webhook_id FROM webhooks WHERE state = 'active' AND EXISTS (SELECT FROM changes "
    "WHERE changes.caisse = webhooks.caisse AND changes.position > webhooks.position) ORDER BY webhook_id"
)
# What an application has before it in the queue, delivered not yet, or in the same lot, it waits behind.
_FILL = sa.text(
    "WITH found AS (SELECT position, application_id, "
    "    row_number() OVER (PARTITION BY application_id ORDER BY position) AS place "
    "  FROM (SELECT position, application_id FROM changes WHERE caisse = :caisse AND position > :position "
    "    ORDER BY position LIMIT :most) AS next), "
    "filled AS (INSERT INTO deliveries (webhook_id, position, application_id, state) "
    "  SELECT :webhook_id, position, application_id, CASE WHEN place > 1 OR EXISTS (SELECT FROM deliveries AS earlier "
    "    WHERE earlier.webhook_id = :webhook_id AND earlier.application_id = found.application_id "
    "    AND earlier.state <> 'delivered') THEN 'behind' ELSE 'waiting' END FROM found "
    "  ON CONFLICT DO NOTHING) "
    "UPDATE webhooks SET position = ends.position FROM (SELECT max(position) AS position, count(*) AS n FROM found) "
    "AS ends WHERE webhook_id = :webhook_id AND ends.n > 0 RETURNING ends.n"
)
# A claim is an attempt that may never be told of: when its time is over, another follows.
_CLAIM = sa.text(
    "WITH held AS (SELECT webhook_id, position FROM deliveries WHERE webhook_id = :webhook_id AND state = 'waiting' "
    "  AND due_at <= now() ORDER BY due_at, position LIMIT :most FOR UPDATE SKIP LOCKED) "
    "UPDATE deliveries SET attempts = attempts + 1, tried_at = now(), "
    "due_at = now() + make_interval(secs => :lease) FROM held, webhooks, changes "
    "WHERE deliveries.webhook_id = held.webhook_id AND deliveries.position = held.position "
    "AND webhooks.webhook_id = held.webhook_id AND webhooks.state = 'active' AND changes.position = held.position "
    "RETURNING deliveries.webhook_id, deliveries.position, deliveries.attempts, webhooks.url, webhooks.secret, "
    "webhooks.earlier_secret, webhooks.earlier_until, webhooks.actor_role, webhooks.actor_id, changes.event_id, "
    "changes.application_id, changes.caisse, changes.status, changes.occurred_at, changes.business_date, "
    "changes.bulk_check"
)
_OF_THIS_ATTEMPT = "webhook_id = :webhook_id AND position = :position AND attempts = :attempts AND state = 'waiting'"
_DELIVERED = sa.text(
    f"UPDATE deliveries SET state = 'delivered', failure = '' WHERE {_OF_THIS_ATTEMPT} RETURNING application_id"
)
_NEXT = sa.text(
    "UPDATE deliveries SET state = 'waiting', due_at = now() WHERE webhook_id = :webhook_id AND state = 'behind' "
    "AND position = (SELECT min(position) FROM deliveries WHERE webhook_id = :webhook_id "
    "AND application_id = :application_id AND state <> 'delivered')"
)
_FAILED = sa.text(
    "UPDATE deliveries SET state = :state, failure = :failure, due_at = now() + make_interval(secs => :seconds) "
    f"WHERE {_OF_THIS_ATTEMPT}"
)
_GONE = sa.text("UPDATE webhooks SET state = 'gone' WHERE webhook_id = :webhook_id")
_DUE = sa.text(
    "SELECT webhook_id FROM webhooks WHERE state = 'active' AND EXISTS (SELECT FROM deliveries "
    "WHERE deliveries.webhook_id = webhooks.webhook_id AND deliveries.state = 'waiting' AND due_at <= now())"
)
_AGAIN_PARKED = sa.text(
    "UPDATE deliveries SET state = 'waiting', attempts = 0, failure = '', due_at = now() "
    "WHERE webhook_id = :webhook_id AND state = 'parked'"
)
# What follows a position is queued anew, in its order: the first of each application waits for nothing but what is open
# before it. One that was tried a moment ago may still be under way: it is not sent beside itself.
_AGAIN_FROM = sa.text(
    "WITH wanted AS (SELECT position, application_id, "
    "    row_number() OVER (PARTITION BY application_id ORDER BY position) AS place FROM changes "
    "  WHERE caisse = :caisse AND position > :after AND position <= :until), "
    "placed AS (SELECT position, application_id, CASE WHEN place > 1 OR EXISTS (SELECT FROM deliveries AS earlier "
    "    WHERE earlier.webhook_id = :webhook_id AND earlier.application_id = wanted.application_id "
    "    AND earlier.state <> 'delivered' AND earlier.position <= :after) THEN 'behind' ELSE 'waiting' END AS state "
    "  FROM wanted) "
    "INSERT INTO deliveries (webhook_id, position, application_id, state) "
    "SELECT :webhook_id, position, application_id, state FROM placed "
    "ON CONFLICT (webhook_id, position) DO UPDATE SET state = excluded.state, attempts = 0, failure = '', "
    "due_at = greatest(now(), deliveries.tried_at + make_interval(secs => :lease))"
)
_COUNTS = sa.text(
    "SELECT (SELECT count(*) FROM deliveries JOIN webhooks USING (webhook_id) "
    f"  WHERE deliveries.state = 'waiting' AND caisse {OUTSIDE_SANDBOX}) AS waiting, "
    "(SELECT count(*) FROM deliveries JOIN webhooks USING (webhook_id) "
    f"  WHERE deliveries.state = 'parked' AND caisse {OUTSIDE_SANDBOX}) AS parked"
)


async def to_fill(unit: UnitOfWork) -> list[UUID]:
    """The webhooks whose caisse has changes that are not in their queue yet."""
    return [row.webhook_id for row in await unit.rows(_BEHIND)]


async def fill(unit: UnitOfWork, webhook_id: UUID) -> bool:
    """Put the next changes in the queue of a webhook; whether there may be more."""
    webhook = await unit.one_or_none(_HOLD, {"webhook_id": webhook_id})
    if webhook is None:
        return False
    found = await unit.scalar(_FILL, {**webhook._mapping, "most": FILLED_AT_ONCE})
    return bool(found == FILLED_AT_ONCE)


async def due(unit: UnitOfWork) -> list[UUID]:
    """The webhooks with a delivery to be tried now."""
    return [row.webhook_id for row in await unit.rows(_DUE)]


async def claim(unit: UnitOfWork, webhook_id: UUID, *, most: int, lease: float) -> Sequence[sa.Row[Any]]:
    """Deliveries of a webhook to be tried now, with what is needed; for ``lease`` seconds nobody else tries them."""
    return await unit.rows(_CLAIM, {"webhook_id": webhook_id, "most": most, "lease": lease})


async def delivered(unit: UnitOfWork, attempt: Any) -> bool:
    """It was taken: the next one of its application may go. False when it was settled or queued anew meanwhile."""
    named = {"webhook_id": attempt.webhook_id, "position": attempt.position, "attempts": attempt.attempts}
    await unit.execute(_HOLD, {"webhook_id": attempt.webhook_id})
    application_id = await unit.scalar(_DELIVERED, named)
    if application_id is None:
        return False
    await unit.execute(_NEXT, {"webhook_id": attempt.webhook_id, "application_id": application_id})
    return True


async def failed(unit: UnitOfWork, attempt: Any, failure: str, *, gone: bool) -> bool:
    """It was not taken: it waits, or is parked after its last attempt. Returns whether it is parked.

    An address that says it is gone hears of nothing more until it is proven again; what waits for it waits on.
    """
    pause = pause_after(attempt.attempts)
    await unit.execute(_HOLD, {"webhook_id": attempt.webhook_id})
    await unit.execute(
        _FAILED,
        {
            "webhook_id": attempt.webhook_id,
            "position": attempt.position,
            "attempts": attempt.attempts,
            "state": "waiting" if pause is not None else "parked",
            "failure": failure,
            "seconds": (pause or dt.timedelta()).total_seconds(),
        },
    )
    if gone:
        await unit.execute(_GONE, {"webhook_id": attempt.webhook_id})
    return pause is None


async def again(unit: UnitOfWork, webhook: sa.Row[Any], after: int | None, *, lease: float) -> int:
    """Send again: what is parked, or all that follows a position. The caller holds the webhook; returns how many."""
    if after is None:
        result = await unit.execute(_AGAIN_PARKED, {"webhook_id": webhook.webhook_id})
    else:
        span = {"after": after, "until": webhook.position, "lease": lease}
        result = await unit.execute(_AGAIN_FROM, {"webhook_id": webhook.webhook_id, "caisse": webhook.caisse, **span})
    return result.rowcount


async def counts(unit: UnitOfWork) -> tuple[int, int]:
    """How many deliveries wait for an attempt, and how many are parked."""
    row = (await unit.rows(_COUNTS))[0]
    return row.waiting, row.parked
