"""Facts that cannot both be true: every contradiction names its two fields, and what may be true is left alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from shared.contract.consistency import contradictions, earliest_birth, latest_birth
from shared.contract.facts import ApplicationFacts

APPLICANT, OTHER = "/members/0", "/members/1"


def facts(stay: dict[str, Any] | None = None, **changes: Any) -> ApplicationFacts:
    """An adult born in 1979 who files on 14 January 2008, with one more member where ``other`` is given."""
    other = changes.pop("other", None)
    deposit = {"channel": "cpam", "body": "cpam-751", "deposited_on": "2008-01-14", "received_on": "2008-01-17"}
    members = [
        {"rank": 0, "relation": "applicant", "birth_date": changes.pop("born", "1979-03-12"), "stay": stay or {}},
        *([{"rank": 1, **other}] if other else []),
    ]
    whole = {
        "deposit": {**deposit, **changes.pop("deposit", {})},
        "members": [{"member_id": UUID(int=at), "family_name": "D", **one} for at, one in enumerate(members)],
        **changes,
    }
    return ApplicationFacts.model_validate(whole)


@pytest.mark.parametrize(
    ("impossible", "pointer", "other", "code"),
    [
        (
            facts(deposit={"received_on": "2008-01-13"}),
            "/deposit/received_on",
            "/deposit/deposited_on",
            "received_before_deposited",
        ),
        (
            facts({"entered_on": "2008-01-15"}),
            f"{APPLICANT}/stay/entered_on",
            "/deposit/deposited_on",
            "entry_after_deposit",
        ),
        (
            facts({"entered_on": "1979-03-11"}),
            f"{APPLICANT}/stay/entered_on",
            f"{APPLICANT}/birth_date",
            "entry_before_birth",
        ),
        (facts(born="2008-01-15"), f"{APPLICANT}/birth_date", "/deposit/deposited_on", "birth_after_deposit"),
        (
            facts({"title": "permit", "title_from": "2007-05-02", "title_until": "2007-05-01"}),
            f"{APPLICANT}/stay/title_until",
            f"{APPLICANT}/stay/title_from",
            "title_ends_before_start",
        ),
        (
            facts(other={"relation": "child", "birth_date": "1979-03-11"}),
            f"{OTHER}/birth_date",
            f"{APPLICANT}/birth_date",
            "child_older_than_parent",
        ),
        (
            facts(other={"relation": "ascendant", "birth_date": "1985-00-00"}),
            f"{OTHER}/birth_date",
            f"{APPLICANT}/birth_date",
            "ascendant_younger_than_child",
        ),
        (
            facts(other={"relation": "spouse", "in_regular_stay": True, "stay": {"irregular_since": "2007-01-01"}}),
            f"{OTHER}/in_regular_stay",
            f"{OTHER}/stay/irregular_since",
            "regular_and_irregular",
        ),
        (
            facts(other={"relation": "third_person", "living_together_since": "2008-01-15"}),
            f"{OTHER}/living_together_since",
            "/deposit/deposited_on",
            "living_together_after_deposit",
        ),
        (
            facts(
                other={"relation": "third_person", "birth_date": "1990-01-01", "living_together_since": "1989-01-15"}
            ),
            f"{OTHER}/living_together_since",
            f"{OTHER}/birth_date",
            "living_together_before_birth",
        ),
        (
            facts(earlier_care=[{"given_on": "2008-01-15"}]),
            "/earlier_care/0/given_on",
            "/deposit/deposited_on",
            "care_after_deposit",
        ),
        (
            facts(earlier_care=[{"given_on": "1979-03-11"}]),
            "/earlier_care/0/given_on",
            f"{APPLICANT}/birth_date",
            "care_before_birth",
        ),
        (
            facts(earlier_care=[{"given_on": "2008-01-02", "stay_ended_on": "2008-01-01"}]),
            "/earlier_care/0/stay_ended_on",
            "/earlier_care/0/given_on",
            "stay_ends_before_start",
        ),
        (
            facts(earlier_rights=[{"starts_on": "2007-02-02", "ends_on": "2007-02-01"}]),
            "/earlier_rights/0/ends_on",
            "/earlier_rights/0/starts_on",
            "right_ends_before_start",
        ),
        (
            facts(deposit={"representation": "curator"}),
            "/deposit/representation",
            "/deposit/filed_by",
            "representation_without_representative",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "/" not in value else "",
)
def test_two_fields_that_cannot_both_be_true(impossible: ApplicationFacts, pointer: str, other: str, code: str) -> None:
    assert [(one.pointer, one.other, one.code) for one in contradictions(impossible)] == [(pointer, other, code)]


@pytest.mark.parametrize(
    "possible",
    [
        facts({"entered_on": "2008-01-14"}),
        facts({"entered_on": "1979-03-12"}),
        facts({"entered_on": "1979-01-02"}, born="1979-00-00"),
        facts(born="2008-01-14"),
        facts(born="2008-01-00"),
        facts({"title": "visa", "title_from": "2007-05-01", "title_until": "2007-05-01"}),
        facts(other={"relation": "child", "birth_date": "1979-00-00"}),
        facts(other={"relation": "child", "birth_date": "1979-03-13"}),
        facts(other={"relation": "ascendant", "birth_date": "1979-00-00"}),
        facts(other={"relation": "spouse", "birth_date": "1940-01-01", "stay": {"entered_on": "2008-01-15"}}),
        facts(deposit={"filed_by": "representative", "representation": "curator"}),
    ],
    ids=range(11),
)
def test_what_may_be_true_is_left_alone(possible: ApplicationFacts) -> None:
    assert contradictions(possible) == []


@pytest.mark.parametrize(
    ("birth", "first", "last"),
    [
        ("1984-05-07", "1984-05-07", "1984-05-07"),
        ("1984-02-00", "1984-02-01", "1984-02-29"),
        ("1984-00-00", "1984-01-01", "1984-12-31"),
    ],
)
def test_a_partial_date_is_a_range(birth: str, first: str, last: str) -> None:
    assert (earliest_birth(birth).isoformat(), latest_birth(birth).isoformat()) == (first, last)
