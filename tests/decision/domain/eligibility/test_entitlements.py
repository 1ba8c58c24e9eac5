"""From which day to which day, and which earlier care."""

from __future__ import annotations

import pytest

from tests.decision.files import applicant, assess, day, file, paper


def test_one_year_from_the_deposit_the_last_day_included() -> None:
    (right,) = assess(file("2008-03-10", deposit={"received_on": "2008-03-15"})).entitlements
    assert (right.starts_on, right.ends_on) == (day("2008-03-10"), day("2009-03-09"))


def test_a_leap_day() -> None:
    (right,) = assess(file("2024-02-29")).entitlements
    assert right.ends_on == day("2025-02-28")


@pytest.mark.parametrize(
    ("why", "deposited", "starts"),
    [
        ("filed two months before the end: follows it", "2008-04-01", "2008-06-01"),
        ("filed on the last day", "2008-05-31", "2008-06-01"),
        ("filed within the month after: no break", "2008-06-30", "2008-06-01"),
        ("filed later: from the deposit", "2008-07-01", "2008-07-01"),
        ("before the letter of 2008 there was no month of grace", "2008-01-29", "2008-06-01"),
    ],
)
def test_a_renewal_in_time_leaves_no_gap(why: str, deposited: str, starts: str) -> None:
    rights = [{"caisse": "751", "starts_on": "2007-06-01", "ends_on": "2008-05-31"}]
    (right,) = assess(file(deposited, kind="renewal", earlier_rights=rights)).entitlements
    assert right.starts_on == day(starts), why


def test_no_grace_before_the_letter_of_2008() -> None:
    rights = [{"caisse": "751", "ends_on": "2008-01-10"}]
    (right,) = assess(file("2008-01-20", kind="renewal", earlier_rights=rights)).entitlements
    assert right.starts_on == day("2008-01-20")


def test_care_before_the_three_months_were_over_is_not_covered() -> None:
    members = applicant("2008-04-15", entered_on="2008-01-10")
    early, late = {"given_on": "2008-04-05"}, {"given_on": "2008-04-12"}
    papers = [paper("passport", "identity"), paper("hotel_bill", "residence", dated="2008-01-11")]
    (right,) = assess(file("2008-04-15", members=members, papers=papers, earlier_care=[early, late])).entitlements
    assert right.care_from == day("2008-04-12")


def test_for_a_hospital_stay_the_delay_runs_from_its_end() -> None:
    stay = {"given_on": "2008-02-01", "stay_ended_on": "2008-02-20"}
    (right,) = assess(file("2008-03-10", earlier_care=[stay])).entitlements
    assert right.care_from == day("2008-02-01")
