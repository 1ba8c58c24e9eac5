"""The age of the oldest event that the broker has not acknowledged."""

from __future__ import annotations

import sqlalchemy as sa

from shared.service.runtime import Runtime

OLDEST_UNSENT_SECONDS = 60

OLDEST_UNSENT = sa.text(
    "SELECT extract(epoch FROM clock_timestamp() - created_at) FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT 1"
)


async def oldest_unsent(runtime: Runtime) -> float:
    """Age in seconds of the oldest event that the broker has not acknowledged; 0 when there is none."""
    async with runtime.database.unit() as unit:
        return float(await unit.scalar(OLDEST_UNSENT) or 0.0)
