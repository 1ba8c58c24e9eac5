"""The business day: the calendar day on which law and statistics rest, in the time zone of the caisses.

Wall time (tokens, identifiers, retention) is never asked here. In the local and test profiles the day may come from a
``business_date`` record of the reference topic instead of the system, so that running services live through other
years.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

FRANCE = ZoneInfo("Europe/Paris")

_set_day: dt.date | None = None


def today(zone: str = "") -> dt.date:
    """The business day of this process, in metropolitan France or in the time zone named (an IANA name)."""
    return _set_day or dt.datetime.now(ZoneInfo(zone) if zone else FRANCE).date()


def set_day(day: dt.date | None) -> None:
    """Move this process to a day, or back to the system's with None. Only the reference table's listener calls it."""
    global _set_day
    _set_day = day
