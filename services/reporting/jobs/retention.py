"""The access log forgets, once a day, the whole days that are over their time (``shared/retention``)."""

from __future__ import annotations

import datetime as dt

from services.reporting.store import access_chain
from services.reporting.store.retention import access_log_period
from shared.observability.logs import logger
from shared.service.daily import daily
from shared.service.runtime import Runtime

log = logger("retention")


async def apply(runtime: Runtime, today: dt.date) -> int:
    """Forget the days that are over on ``today``; returns how many entries went."""
    period = access_log_period(today)
    if period is None:
        return 0
    async with runtime.database.unit() as unit:
        gone = await access_chain.forget_days(unit, period.latest_over(today))
    if gone:
        log.info("forgotten", entries=gone, day=today.isoformat())
    return gone


run = daily("retention", apply, access_chain.today)
