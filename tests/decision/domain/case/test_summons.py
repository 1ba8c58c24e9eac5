"""A person who is to come to the desk before anything is decided: told once for each reason, with no day of effect."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contract import events as ev
from tests.decision.files import paper
from tests.decision.lives import BY_HAND, Life, identity_cleared, received, submitted

ON = "2024-03-11"
POST: dict[str, Any] = {"deposited": ON, "deposit": {"channel": "post"}}
BILL = paper("energy_bill", "residence", dated="2023-10-01")
VOUCHED: dict[str, Any] = {"deposited": ON, "papers": [paper("identity_vouched", "identity"), BILL]}
THIRD_PARTY: dict[str, Any] = {"deposited": ON, "deposit": {"filed_by": "third_party"}}


def lived(**file: Any) -> Life:
    return Life(BY_HAND, ON).live([submitted(**file), identity_cleared()], on=ON)


def summonses(life: Life) -> list[list[str]]:
    return [one.fields["reasons"] for one in life.emitted if one.event is ev.Summoned]


@pytest.mark.parametrize(
    ("file", "reasons"),
    [
        (POST, [["deposit_channel"]]),
        ({**POST, "deposited": "2021-02-17"}, [["deposit_channel"]]),
        ({**POST, "deposited": "2021-02-16"}, []),
        (THIRD_PARTY, [["filed_by"]]),
        (VOUCHED, [["identity"]]),
        ({**VOUCHED, **POST, "papers": VOUCHED["papers"]}, [["deposit_channel", "identity"]]),
        ({"deposited": ON}, []),
    ],
    ids=[
        "by post",
        "first day",
        "last day of the post",
        "a third party",
        "no paper of the list",
        "both",
        "at the desk",
    ],
)
def test_the_outcome_says_why_the_person_is_to_come(file: dict[str, Any], reasons: list[list[str]]) -> None:
    life = lived(**file)
    assert summonses(life) == reasons
    evaluated = [one.fields for one in life.emitted if one.event is ev.Evaluated][-1]
    assert [code for code in evaluated["summons"] if code != "photo"] == (reasons[0] if reasons else [])
    assert (evaluated["letter"] == "appointment") is bool(reasons)
    assert not any(one.event in {ev.Granted, ev.Refused} for one in life.emitted)


def test_a_summons_is_told_once_and_again_for_another_reason_only() -> None:
    life = lived(**POST)
    life.live([received(2, paper("means_statement", "means", received_on=ON))], on=ON)
    assert summonses(life) == [["deposit_channel"]]
    assert (life.case.summonses, life.case.state) == (1, "open")


def test_a_photograph_is_said_to_lack_and_stops_nothing() -> None:
    """Its place is on the title, since 2010; the notice of admission asks for it."""
    at_desk = lived(deposited=ON)
    (evaluated,) = [one.fields for one in at_desk.emitted if one.event is ev.Evaluated]
    assert (evaluated["proposal"], evaluated["letter"], evaluated["summons"]) == ("grant", "admission", ["photo"])
    assert evaluated["summons_letter"] == "appointment"
    paper_title = Life(BY_HAND, "2008-03-10").live([submitted(), identity_cleared()])
    (earlier,) = [one.fields for one in paper_title.emitted if one.event is ev.Evaluated]
    assert (earlier["summons"], earlier["summons_letter"]) == ([], "")
