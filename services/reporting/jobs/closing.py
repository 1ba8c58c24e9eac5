"""From the 15th of the month that follows, quarters close by themselves where no supervisor did it before."""

from __future__ import annotations

import datetime as dt

from services.reporting.domain.periods import Period, quarter_of
from services.reporting.domain.quarters import ActionNotAllowed, closing_day
from services.reporting.store import quarters
from services.reporting.store.activity import first_arrival, names
from shared import clock
from shared.observability.logs import logger
from shared.service.daily import daily
from shared.service.runtime import Runtime

log = logger("closing")
LOOKS_BACK = 4
"""How many quarters may have been missed: a service that stood still longer is looked at by a person."""


def due(today: dt.date, first: dt.date) -> list[Period]:
    """The quarters that are to be closed on ``today``, the oldest first, from the one of the first arrival on."""
    found: list[Period] = []
    period = quarter_of(today).previous
    while len(found) < LOOKS_BACK and period.last_day >= first:
        if today >= closing_day(period):
            found.append(period)
        period = period.previous
    return found[::-1]


async def apply(runtime: Runtime, today: dt.date) -> int:
    """Close what is due on ``today``; returns how many rows were made."""
    first = await first_arrival(runtime)
    made = 0
    for period in due(today, first) if first is not None else ():
        async with runtime.database.unit() as unit:
            waiting = await quarters.still_open(unit, period, list(names(runtime)))
        for caisse in waiting:
            try:
                async with runtime.database.unit() as unit:
                    await quarters.close(unit, quarters.SYSTEM, caisse, period)
            except ActionNotAllowed:
                continue  # a supervisor was faster
            made += 1
        if waiting:
            log.info("closed", period=period.id, rows=len(waiting))
    return made


run = daily("closing", apply, clock.today)
