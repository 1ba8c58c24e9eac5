"""The age of the oldest event that may leave and that the broker has not acknowledged."""

from __future__ import annotations

import sqlalchemy as sa

from shared.database.outbox import SENDABLE
from shared.service.runtime import Runtime

OLDEST_UNSENT_SECONDS = 60

OLDEST_UNSENT = sa.text(
    f"SELECT extract(epoch FROM clock_timestamp() - created_at) FROM outbox WHERE {SENDABLE} ORDER BY id LIMIT 1"
)


async def oldest_unsent(runtime: Runtime) -> float:
    """Age in seconds of the oldest event that the broker has not acknowledged; 0 when there is none."""
    async with runtime.database.unit() as unit:
        return float(await unit.scalar(OLDEST_UNSENT) or 0.0)
