"""The business day: the calendar day on which law and statistics rest, in the time zone of the caisses.

Wall time (tokens, identifiers, retention) is never asked here. In the local and test profiles the day may come from a
``business_date`` record of the reference topic instead of the system, so that running services live through other
years.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from zoneinfo import ZoneInfo

FRANCE = ZoneInfo("Europe/Paris")

_set_day: dt.date | None = None
_waiting: set[asyncio.Future[None]] = set()


def today(zone: str = "") -> dt.date:
    """The business day of this process, in metropolitan France or in the time zone named (an IANA name)."""
    return _set_day or dt.datetime.now(ZoneInfo(zone) if zone else FRANCE).date()


def set_day(day: dt.date | None) -> None:
    """Move this process to a day, or back to the system's with None. Only the reference table's listener calls it."""
    global _set_day
    _set_day = day
    for one in tuple(_waiting):
        if not one.done():
            one.get_loop().call_soon_threadsafe(_wake, one)


def moved() -> asyncio.Future[None]:
    """Done when this process is next moved to another day; never, where the day cannot be moved. Cancel it after
    use."""
    one = asyncio.get_running_loop().create_future()
    _waiting.add(one)
    one.add_done_callback(_waiting.discard)
    return one


def _wake(one: asyncio.Future[None]) -> None:
    if not one.done():
        one.set_result(None)
