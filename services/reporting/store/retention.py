"""How long the access log is kept, by the one table of retention."""

from __future__ import annotations

import datetime as dt

from services.reporting.store.access_chain import today
from shared.retention.table import RetentionPeriod, table_in_force


def access_log_period(day: dt.date) -> RetentionPeriod | None:
    """The rule of the access log on a day; None when nothing is to be forgotten."""
    return table_in_force().period("reporting", "access_log", day)


def access_log_days() -> int:
    """For how many days, counted back from today, every entry must still be there."""
    day = today()
    period = access_log_period(day)
    return (day - period.latest_over(day)).days if period is not None else (day - dt.date.min).days
