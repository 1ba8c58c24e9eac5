"""Days and months from date to date."""

import datetime as dt

import pytest

from shared.calendar import add_months


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (dt.date(2007, 12, 31), 2, dt.date(2008, 2, 29)),
        (dt.date(2026, 12, 31), 2, dt.date(2027, 2, 28)),
        (dt.date(2008, 3, 7), 2, dt.date(2008, 5, 7)),
        (dt.date(2009, 3, 6), -2, dt.date(2009, 1, 6)),
        (dt.date(2009, 1, 31), -2, dt.date(2008, 11, 30)),
    ],
)
def test_months(day: dt.date, months: int, expected: dt.date) -> None:
    assert add_months(day, months) == expected
