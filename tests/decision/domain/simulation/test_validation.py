"""Contradictory or impossible facts of a simulation are refused, and both fields are named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.decision.domain.law.edition import collection, current
from services.decision.domain.simulation.request import InvalidSimulation, read
from services.decision.domain.simulation.simulate import simulate
from tests.decision.dated_cases import application_of
from tests.decision.files import day

CHILD = {"relation": "child", "birth_date": "2015-01-01"}


@pytest.mark.parametrize(
    ("why", "changes", "pointer", "other", "code"),
    [
        (
            "entry after the deposit",
            {"stay": {"entered_on": "2023-04-01"}},
            "/members/0/stay/entered_on",
            "/deposit/deposited_on",
            "entry_after_deposit",
        ),
        (
            "birth in the future",
            {"applicant": {"birth_date": "2024-01-01"}, "stay": {"entered_on": None}},
            "/members/0/birth_date",
            "/deposit/deposited_on",
            "birth_after_deposit",
        ),
        (
            "permit that ends before it starts",
            {"stay": {"title": "permit", "title_from": "2021-05-01", "title_until": "2021-04-30"}},
            "/members/0/stay/title_until",
            "/members/0/stay/title_from",
            "title_ends_before_start",
        ),
        (
            "a child older than its parent",
            {"others": [{**CHILD, "birth_date": "1960-01-01", "stay": {}}]},
            "/members/1/birth_date",
            "/members/0/birth_date",
            "child_older_than_parent",
        ),
        (
            "received before it was handed in",
            {"received": day("2023-03-09")},
            "/deposit/received_on",
            "/deposit/deposited_on",
            "received_before_deposited",
        ),
        ("two spouses", {"others": ["spouse", "spouse"]}, "/members/2/relation", "/members/1/relation", "two_spouses"),
        (
            "a paper dated after it was received",
            {"more_papers": [{"kind": "lease", "dated": "2023-03-11"}]},
            "/papers/2/dated",
            "/papers/2/received_on",
            "paper_dated_after_receipt",
        ),
        (
            "a paper of an event, dated after it",
            {
                "events": [
                    {
                        "kind": "papers_received",
                        "on": day("2023-03-20"),
                        "papers": [{"kind": "lease", "dated": "2023-03-21"}],
                    }
                ]
            },
            "/events/0/papers/0/dated",
            "/events/0/papers/0/received_on",
            "paper_dated_after_receipt",
        ),
        (
            "care before birth",
            {"others": [CHILD], "care": [{"given_on": "2014-12-01", "member_rank": 1}]},
            "/care/0/given_on",
            "/members/1/birth_date",
            "care_before_birth",
        ),
        (
            "decided before the deposit",
            {"decided_on": "2023-03-01"},
            "/decided_on",
            "/deposit/deposited_on",
            "decided_before_deposit",
        ),
        (
            "notified before it was decided",
            {"decided_on": "2023-04-10", "events": [{"kind": "notified", "on": day("2023-04-09")}]},
            "/events/0/on",
            "/decided_on",
            "event_before_decision",
        ),
        (
            "an event before the deposit",
            {"events": [{"kind": "papers_requested", "on": day("2023-03-01")}]},
            "/events/0/on",
            "/deposit/deposited_on",
            "event_before_deposit",
        ),
        (
            "a delay that ends before it starts",
            {
                "events": [
                    {
                        "kind": "papers_requested",
                        "on": day("2023-03-20"),
                        "items": ["means"],
                        "due_on": day("2023-03-19"),
                    }
                ]
            },
            "/events/0/due_on",
            "/events/0/on",
            "event_dates_out_of_order",
        ),
        (
            "notified, and no decision told",
            {"events": [{"kind": "notified", "on": day("2023-04-09")}]},
            "/events/0/on",
            "/decided_on",
            "event_without_decision",
        ),
        (
            "an appeal before silence refuses",
            {"events": [{"kind": "appeal", "on": day("2023-05-09")}]},
            "/events/0/on",
            "/decided_on",
            "event_without_decision",
        ),
        (
            "decided where only a person can say what",
            {"cents": 957_100, "decided_on": "2023-04-10", "events": [{"kind": "notified", "on": day("2023-04-12")}]},
            "/events/0/on",
            "/decision",
            "event_without_decision",
        ),
        (
            "an answer to no appeal",
            {
                "euros": 20_000,
                "decided_on": "2023-04-10",
                "events": [{"kind": "appeal_decided", "on": day("2023-05-09")}],
            },
            "/events/0/kind",
            "/events",
            "event_without_appeal",
        ),
    ],
)
def test_both_fields_are_named(why: str, changes: dict[str, Any], pointer: str, other: str, code: str) -> None:
    body = application_of({"deposited": day("2023-03-10"), **changes})
    with pytest.raises(InvalidSimulation) as refused:
        simulate(read(json.dumps(body)), current(), collection())
    assert (pointer, other, code) in [(error.pointer, error.other, error.code) for error in refused.value.errors], why


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"others": [{**CHILD, "relation": None}]}, "/members/1/relation", "missing"),
        ({"more_papers": [{"kind": "passport", "member_rank": 3}]}, "/papers/2/member_rank", "unknown_member"),
        (
            {"earlier_care": [{"given_on": "2023-03-01", "member_rank": 5}]},
            "/earlier_care/0/member_rank",
            "unknown_member",
        ),
    ],
)
def test_what_is_missing_or_unknown_is_named(changes: dict[str, Any], pointer: str, code: str) -> None:
    body = application_of({"deposited": day("2023-03-10"), **changes})
    with pytest.raises(InvalidSimulation) as refused:
        simulate(read(json.dumps(body)), current(), collection())
    assert (pointer, code) in [(error.pointer, error.code) for error in refused.value.errors]
