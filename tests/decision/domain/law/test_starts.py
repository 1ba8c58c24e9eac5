"""Every delay, in each period of its rule: the day before its end, the day of it and the day after.

The tables follow the rule book: a new period or a new clock is tried without a line here.
"""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest

from services.decision.domain.delays.holidays import non_working_reason
from services.decision.domain.eligibility.evidence import is_renewal
from services.decision.domain.eligibility.planned_care import admitted_since
from services.decision.domain.eligibility.residence import Start, limit_of, longer, resided
from services.decision.domain.law.delay import compute_delay
from services.decision.domain.law.edition import current
from services.decision.domain.law.rulebook import Law, Value
from shared.calendar import add_days, add_months
from shared.contract.facts import EarlierRight, Stay
from tests.decision.files import file

OFFSETS = (-1, 0, 1)
PARIS = partial(non_working_reason, current(), "75")


def periods(rule: str) -> list[Value]:
    return current().history(rule)


def within(value: Value) -> dt.date:
    """A day of the period that leaves a year before and after it where the period is long enough."""
    first = max(value.valid_from, dt.date(2008, 1, 2))
    last = value.valid_until or dt.date(2026, 10, 30)
    middle = first + (last - first) // 2
    return min(max(middle, first), last)


CLOCKS = [value for rule in current().rules() if rule.startswith("clock.") for value in periods(rule)]


@pytest.mark.parametrize("value", CLOCKS, ids=lambda value: f"{value.rule} {value.valid_from}")
def test_a_clock_counts_from_the_event_its_rule_names(value: Value) -> None:
    """The same length from a day earlier or later ends no earlier or later than it should."""
    assert value.starts_from is not None
    start = within(value)
    if value.value.before_end:
        return
    ends = [compute_delay(value.value, add_days(start, offset), (), PARIS) for offset in OFFSETS]
    for offset, found in zip(OFFSETS, ends, strict=True):
        day = add_days(start, offset)
        plain = add_days(add_months(day, value.value.months), value.value.days)
        assert found.plain == plain
        assert found.due_on >= plain + dt.timedelta(days=int(value.value.free))
    assert [one.due_on for one in ends] == sorted(one.due_on for one in ends)


@pytest.mark.parametrize("value", periods("residence.condition"), ids=lambda value: str(value.valid_from))
@pytest.mark.parametrize("fact", ["entered_on", "title_until", "irregular_since"])
@pytest.mark.parametrize("last", ["2023-12-09", "2023-11-30", "2024-02-29", "2023-08-31"])
def test_more_than_three_months_of_residence(value: Value, fact: str, last: str) -> None:
    """In each period, from each fact: exactly three months are not enough, the day after is."""
    length = (dt.date(2023, 12, 9) - within(value)).days // 365
    counted = add_months(dt.date.fromisoformat(last), -12 * length)
    mode = value.value.mode
    if mode == "presence" and fact != "entered_on":
        return
    written = add_days(counted, 1) if fact == "irregular_since" else counted
    stay = Stay.model_validate({"entered_on": add_months(counted, -24), fact: written})
    end = add_months(counted, value.value.months)
    if not value.valid_from <= add_days(end, -1) or (value.valid_until and add_days(end, 1) > value.valid_until):
        return
    verdicts = [resided(stay, Law(current(), add_days(end, offset)))[1] for offset in OFFSETS]
    short = "human" if mode == "grey" and fact != "entered_on" else "not_met"
    assert verdicts == [short, short, "met"]


@pytest.mark.parametrize("number", range(366))
def test_the_latest_day_is_enough_and_the_next_is_not(number: int) -> None:
    """For a deposit on each day of a leap year."""
    on = dt.date(2024, 1, 1) + dt.timedelta(days=number)
    stay = Stay(entered_on=dt.date(2020, 1, 1))
    limit = limit_of(Start("title_until", on, on), stay, 3, Law(current(), on))
    assert longer(limit, 3, on)
    assert not longer(add_days(limit, 1), 3, on)


@pytest.mark.parametrize("value", periods("deposit.first_again_after"), ids=lambda value: str(value.valid_from))
def test_two_years_from_the_earlier_application(value: Value) -> None:
    if value.value is None:
        return
    asked = dt.date(2022, 3, 15)
    end = add_months(asked, value.value)
    right = {"deposited_on": asked.isoformat(), "starts_on": "2022-05-02", "ends_on": "2023-05-01"}
    found = []
    for offset in OFFSETS:
        day = add_days(end, offset)
        facts = file(day.isoformat(), kind="renewal", earlier_rights=[right], hypothetical=True)
        found.append(is_renewal(facts, Law(current(), day)))
    assert found == [True, True, False]


@pytest.mark.parametrize("value", periods("care.nine_months"), ids=lambda value: str(value.valid_from))
def test_the_wait_restarts_by_the_earlier_grant(value: Value) -> None:
    granted = dt.date(2021, 6, 15)
    right = EarlierRight(granted_on=granted, starts_on=dt.date(2021, 5, 2), ends_on=dt.date(2022, 5, 1))
    end = add_months(granted, value.value.restart_after)
    found = [admitted_since(add_days(end, offset), [right], value.value.restart_after) for offset in OFFSETS]
    assert found == [right.starts_on, right.starts_on, add_days(end, 1)]
