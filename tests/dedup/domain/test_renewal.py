"""Which declared earlier file is the one renewed: declared, granted, of the same caisse and in time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from services.dedup.domain.application_record import ApplicationRecord
from services.dedup.domain.renewal import read_periods, renews
from shared.ids import named_uuid

PERIODS = read_periods(
    {
        "values": [
            {"from": "2020-01-01", "months_before": 4, "months_after": 2}
            | {"reference": "CASF R. 1", "confidence": "M", "checked_on": "2026-11-27"},
            {"from": "2000-01-01", "months_before": 2, "months_after": 1}
            | {"reference": "CASF R. 1", "confidence": "M", "checked_on": "2026-11-27"},
        ]
    }
)
EARLIER = ApplicationRecord(
    named_uuid("earlier"), "751", outcome="granted", right_ends_on=dt.date(2010, 6, 30), kind="first"
)
LATER = ApplicationRecord(
    named_uuid("later"),
    "751",
    kind="renewal",
    deposited_on=dt.date(2010, 6, 1),
    earlier_applications=(EARLIER.application_id,),
)


def test_a_renewal_in_time_is_one() -> None:
    assert renews(LATER, EARLIER, PERIODS)


@pytest.mark.parametrize(
    ("deposited_on", "in_time"),
    [("2010-04-29", False), ("2010-04-30", True), ("2010-07-30", True), ("2010-07-31", False)],
)
def test_the_period_counts_from_the_end_of_the_right(deposited_on: str, in_time: bool) -> None:
    later = replace(LATER, deposited_on=dt.date.fromisoformat(deposited_on))
    assert renews(later, EARLIER, PERIODS) is in_time


def test_the_period_is_that_of_the_day_of_deposit() -> None:
    earlier = replace(EARLIER, right_ends_on=dt.date(2021, 6, 30))
    later = replace(LATER, deposited_on=dt.date(2021, 3, 1))
    assert renews(later, earlier, PERIODS), "four months before, since 2020"
    assert not renews(replace(LATER, deposited_on=dt.date(1999, 1, 1)), earlier, PERIODS), "no rule of that day"


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ("later", {"kind": "first"}),
        ("later", {"earlier_applications": ()}),
        ("later", {"caisse": "931"}),
        ("later", {"deposited_on": None}),
        ("earlier", {"outcome": "refused"}),
        ("earlier", {"right_ends_on": None}),
    ],
)
def test_what_only_looks_like_a_renewal_stays_a_signal(changed: str, what: dict[str, Any]) -> None:
    later = replace(LATER, **what) if changed == "later" else LATER
    earlier = replace(EARLIER, **what) if changed == "earlier" else EARLIER
    assert not renews(later, earlier, PERIODS)
