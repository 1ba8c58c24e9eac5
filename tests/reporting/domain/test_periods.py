"""Quarters and months of account."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.periods import Period, UnknownPeriod, period, quarter_of, quarters


@pytest.mark.parametrize(
    ("text", "first", "last", "name"),
    [
        ("2008-T1", "2008-01-01", "2008-03-31", "1er trimestre 2008"),
        ("2026-T4", "2026-10-01", "2026-12-31", "4e trimestre 2026"),
        ("2008-02", "2008-02-01", "2008-02-29", "février 2008"),
        ("2007-12", "2007-12-01", "2007-12-31", "décembre 2007"),
    ],
)
def test_a_period_has_two_ends_and_a_name(text: str, first: str, last: str, name: str) -> None:
    got = period(text)
    assert (got.first_day.isoformat(), got.last_day.isoformat(), got.name, got.id) == (first, last, name, text)


@pytest.mark.parametrize(
    "text", ["2008-T5", "2008-T0", "2008-13", "2008-00", "2008", "2008-Q1", "", "2008-t1", "2008-T1x"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(UnknownPeriod):
        period(text)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2900, 1, 1)))
def test_every_day_lies_in_one_quarter_and_one_month(day: dt.date) -> None:
    for found in (quarter_of(day), period(f"{day:%Y-%m}")):
        assert found.first_day <= day <= found.last_day
        assert found.next.previous == found == period(found.id)
        assert found.next.first_day - found.last_day == dt.timedelta(days=1)


def test_a_period_is_over_on_the_day_after() -> None:
    assert not period("2008-T1").is_over(dt.date(2008, 3, 31))
    assert period("2008-T1").is_over(dt.date(2008, 4, 1))


def test_the_choice_of_quarters_is_newest_first_and_bounded() -> None:
    assert [one.id for one in quarters(dt.date(2007, 12, 30), dt.date(2008, 4, 2))] == ["2008-T2", "2008-T1", "2007-T4"]
    assert len(quarters(dt.date(1950, 1, 1), dt.date(2026, 1, 1), most=8)) == 8
    assert quarters(dt.date(2008, 1, 1), dt.date(2008, 1, 1)) == [Period(2008, 1, 3)]
