"""The one table of retention: what every service keeps has its end, to the day, and no value claims a text."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.retention.table import FILE, SUBJECTS, RetentionError, RetentionPeriod, Value, read_table
from shared.settings import SERVICES

DOCUMENT: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
TABLES = [FILE, FILE.parents[2] / "deploy" / "demo" / "retention.yaml"]
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))
LENGTHS = st.one_of(st.integers(1, 360).map(lambda n: {"months": n}), st.integers(1, 3660).map(lambda n: {"days": n}))


@pytest.mark.parametrize("file", TABLES, ids=["in force", "of the demonstration"])
def test_every_service_has_an_end_for_what_it_keeps(file: Any) -> None:
    table = read_table(yaml.safe_load(file.read_text("utf-8")))
    for service in SERVICES:
        kept = {one.subject: one for one in table.on(service, dt.date(2026, 11, 27))}
        assert set(kept) == set(SUBJECTS[service])
        assert {one.value.confidence for one in kept.values()} == {"M"}, "no text was found: the controller decides"
        assert table.on(service, dt.date(1999, 12, 31)), "no text gives a first day"


@pytest.mark.parametrize(
    "rules",
    [
        DOCUMENT["rules"][1:],
        [*DOCUMENT["rules"], DOCUMENT["rules"][0]],
        [*DOCUMENT["rules"][1:], DOCUMENT["rules"][0] | {"subject": "anything"}],
        [*DOCUMENT["rules"][1:], DOCUMENT["rules"][0] | {"values": []}],
        [*DOCUMENT["rules"][1:], DOCUMENT["rules"][0] | {"values": [DOCUMENT["rules"][0]["values"][0] | {"days": 3}]}],
    ],
)
def test_what_has_no_end_is_no_table(rules: list[Any]) -> None:
    with pytest.raises(RetentionError):
        read_table({"rules": rules})


@given(today=DAYS, length=LENGTHS)
def test_what_is_over_is_over_to_the_day(today: dt.date, length: dict[str, int]) -> None:
    value = {"from": dt.date(2000, 1, 1), "reference": "-", "confidence": "M", "checked_on": today, **length}
    period = RetentionPeriod("anything", Value.model_validate(value))
    latest = period.latest_over(today)
    assert period.is_over(latest, today)
    assert not period.is_over(latest + dt.timedelta(days=1), today)
