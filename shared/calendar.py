"""Days and months added from date to date, and the day of Easter."""

from __future__ import annotations

import calendar
import datetime as dt

ONE_DAY = dt.timedelta(days=1)


def add_days(day: dt.date, days: int) -> dt.date:
    """``days`` later (or earlier); a title "without end" of 9999-12-31 stays at the end of the calendar."""
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        return dt.date.max if days > 0 else dt.date.min


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day ``months`` later (or earlier), or the last day of a shorter month; never past the calendar's
    ends."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        return dt.date.max if months > 0 else dt.date.min
    last = day.day if day.day <= 28 else calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def easter(year: int) -> dt.date:
    """Easter Sunday of the Gregorian calendar (the computus of Meeus, Jones and Butcher), for any year from 1583."""
    golden, century, rest = year % 19, year // 100, year % 100
    skipped = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - skipped - rest % 4) % 7
    late = (golden + 11 * skipped + 22 * weekday) // 451
    month, day = divmod(skipped + weekday - 7 * late + 114, 31)
    return dt.date(year, month, day + 1)
