"""The draw of a quarter: anybody draws it again, nobody chooses whom it hits, and the grid fits its answers."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.decision.domain.supervision.draw import (
    Candidate,
    Sizes,
    fingerprint,
    ranked,
    reasons_of,
    sampled,
    seed_of,
)
from services.decision.domain.supervision.grid import AnswersIncomplete, check_answers, faults, grid_on, plan_on
from shared.ids import named_uuid

DAY = dt.date(2008, 5, 6)
SIZES = Sizes(random=20, negative=5, second_look_share=10, new_agent_days=90, retroactive_days=30)
OLD = {"old": dt.date(2005, 1, 1), "new": dt.date(2008, 4, 1)}


def candidate(n: int, **given: Any) -> Candidate:
    known: dict[str, Any] = {
        "outcome": "refused" if n % 4 == 0 else "granted",
        "author": "old",
        "automatic": False,
        "decided_on": DAY,
        "received_on": DAY - dt.timedelta(days=20),
    }
    return Candidate(named_uuid("decision", n), named_uuid("application", n), **{**known, **given})


def test_anybody_draws_it_again_from_the_nonce_and_the_list() -> None:
    listed = [candidate(n) for n in range(200)]
    seed = hashlib.sha256(b"2008-T2\x1f751\x1fabc").hexdigest()
    assert seed == seed_of("2008-T2", "751", "abc")

    def place(one: UUID) -> bytes:
        return hashlib.sha256(f"{seed}\x1frandom\x1f{one}".encode()).digest()

    by_hand = sorted((one.decision_id for one in listed), key=place)[:20]
    found = [one.candidate.decision_id for one in sampled(seed, listed, SIZES, OLD) if one.draw == "random"]
    assert found == by_hand
    assert [one for one in sampled(seed, listed[::-1], SIZES, OLD) if one.draw == "random"] == [
        one for one in sampled(seed, listed, SIZES, OLD) if one.draw == "random"
    ], "the order of the list does not matter"
    assert fingerprint([one.decision_id for one in listed]) == fingerprint(one.decision_id for one in reversed(listed))


@given(st.integers(0, 120), st.text(alphabet="0123456789abcdef", min_size=4, max_size=8))
def test_a_decision_is_drawn_once_and_a_tenth_of_the_random_ones_twice_looked_at(size: int, nonce: str) -> None:
    listed = [candidate(n, author="new" if n % 9 == 0 else "old", overridden=n % 7 == 0) for n in range(size)]
    found = sampled(seed_of("2008-T2", "751", nonce), listed, SIZES, OLD)
    assert len({one.candidate.decision_id for one in found}) == len(found)
    random = [one for one in found if one.draw == "random"]
    assert len(random) == min(20, size)
    assert sum(one.second_look for one in found) == -(-len(random) // 10)
    assert all(one.candidate.outcome == "refused" for one in found if one.draw == "negative")
    known = {one.candidate.decision_id for one in found}
    assert {one.decision_id for one in listed if one.author == "new" or one.overridden} <= known, "all of them"


def test_each_decision_has_the_same_chance() -> None:
    hits = dict.fromkeys(range(50), 0)
    ids = {named_uuid("decision", n): n for n in hits}
    for n in range(2000):
        for one in ranked(seed_of("2008-T2", "751", str(n)), ids, "random")[:10]:
            hits[ids[one]] += 1
    chi2 = sum((count - 400) ** 2 / 400 for count in hits.values())
    assert chi2 < 85, "49 degrees of freedom: beyond in one of a thousand"


@pytest.mark.parametrize(
    ("given", "reasons"),
    [
        ({}, ()),
        ({"overridden": True}, ("override",)),
        ({"starts_on": DAY - dt.timedelta(days=31)}, ("retroactive",)),
        ({"starts_on": DAY - dt.timedelta(days=30)}, ()),
        ({"outside_texts": True}, ("outside_texts",)),
        ({"received_on": DAY}, ("same_day",)),
        ({"received_on": DAY, "automatic": True}, ()),
        ({"signal_rejected": True}, ("signal_rejected",)),
        ({"duplicate_title": True, "paper_spoiled": True}, ("duplicate_title", "paper_spoiled")),
    ],
)
def test_reasons_to_look_are_shown(given: dict[str, Any], reasons: tuple[str, ...]) -> None:
    assert reasons_of(candidate(1, **given), SIZES) == reasons


def test_the_grid_is_answered_whole_and_a_refusal_is_asked_what_peers_lack() -> None:
    grid = grid_on(DAY)
    codes = [item.code for item in grid.items]
    assert len(set(codes)) == len(codes)
    asked = {item.code for item in grid.asked_of("refused")}
    assert {"refusal_grounded", "asked_before_refusal"} <= asked
    assert "effective_date" not in asked
    answers: dict[str, Any] = dict.fromkeys(asked, "yes")
    check_answers(grid, "refused", answers)
    with pytest.raises(AnswersIncomplete) as missing:
        check_answers(grid, "refused", {code: "yes" for code in asked if code != "delegation"})
    assert missing.value.code == "delegation"
    with pytest.raises(AnswersIncomplete) as unasked:
        check_answers(grid, "refused", {**answers, "effective_date": "yes"})
    assert unasked.value.code == "effective_date"
    assert faults(grid, {**answers, "delegation": "no", "right_letter": "no"}) == [
        ("right_letter", "right"),
        ("delegation", "formal"),
    ]


def test_the_plan_says_the_least_of_each_control() -> None:
    plan = plan_on(DAY)
    assert {control.code for control in plan.controls} == {"random", "negative", "targeted", "new_agent"}
    assert plan.confidence == "M"
    assert plan_on(dt.date(1999, 1, 1)) == plan
