"""What an agent asked for: no grant over it, each thing answered by its own paper, one open list."""

from __future__ import annotations

from typing import Any

import pytest

from services.decision.domain.case import due_dates, paper_requests
from services.decision.domain.case.apply_event import re_evaluate
from services.decision.domain.case.requestable_papers import asked
from services.decision.domain.law.edition import current
from shared.contract import events as ev
from tests.decision.files import day, paper
from tests.decision.lives import BILL, Life, context, identity_cleared, incomplete, letter_posted, received, submitted

LATER: dict[str, Any] = {"received_on": "2008-03-20"}


def agent_asks(life: Life, *codes: str, on: str = "2008-03-11") -> Life:
    """An agent asks for these things of the applicant."""
    assert life.facts is not None
    items = [asked(code, 0, life.facts, current(), day("2008-03-10")) for code in codes]
    case, emitted = paper_requests.ask_for_papers(life.case, items, life.facts, context(on), by_agent=True)
    life.case, life.emitted = case, [*life.emitted, *emitted]
    return life


def requests(life: Life) -> list[tuple[list[str], list[tuple[str, int]], bool]]:
    return [([item.code for item in one.items], one.done, one.fulfilled) for one in life.case.requests]


def test_another_paper_does_not_answer_an_agent_s_question() -> None:
    """The bill that the law asked for comes; the photographed identity that the agent asked for does not."""
    life = agent_asks(Life().live([submitted(**incomplete()), identity_cleared()]), "identity")
    life.live([received(2, {**BILL, **LATER})], on="2008-03-20")
    assert life.case.proposal == "grant"
    assert (life.case.state, life.case.waiting_for) == ("open", "papers")
    assert requests(life)[-1] == (["residence", "identity"], [("residence", 0)], False)
    assert "FileCompleted" not in life.told
    assert "Granted" not in life.told
    life.live([received(3, {**paper("national_id_card", "identity"), **LATER})], on="2008-03-21")
    assert life.told[-2:] == ["FileCompleted", "Granted"]
    assert life.case.requests[-1].fulfilled


@pytest.mark.parametrize(
    "other",
    [
        paper("energy_bill", "residence", dated="2007-11-10", **LATER),
        paper("national_id_card", "identity", legible=False, **LATER),
        paper("photo", "other", **LATER),
    ],
    ids=["of another kind", "illegible", "a photograph"],
)
def test_only_a_paper_that_answers_ends_the_question(other: dict[str, Any]) -> None:
    life = agent_asks(Life().live([submitted()]), "identity")
    life.live([identity_cleared(), received(2, other)], on="2008-03-20")
    assert life.case.state == "open"
    assert life.case.request is not None
    assert life.case.request.open_for_agent


def test_the_end_of_the_delay_leaves_the_question_to_a_person() -> None:
    life = agent_asks(Life().live([submitted()]), "identity")
    case, _ = due_dates.tick(life.case, context("2008-06-30"))
    assert case.request is None
    step = re_evaluate(case, life.facts, context("2008-06-30"), day("2008-06-30"))
    assert step.case.state != "granted"


def test_a_second_request_joins_the_first_in_one_open_list() -> None:
    life = Life().live([submitted(**incomplete()), identity_cleared()])
    life.live([letter_posted(1, "2008-03-12")], on="2008-03-12")
    agent_asks(life, "means", "identity", on="2008-03-13")
    first, second = life.case.requests
    assert (first.ended_on, first.fulfilled) == (day("2008-03-13"), False)
    assert [item.code for item in second.items] == ["residence", "means", "identity"]
    told = life.emitted[-1]
    assert told.event is ev.PapersRequested
    assert (told.fields["request_no"], [item.code for item in told.fields["items"]]) == (
        2,
        ["residence", "means", "identity"],
    )


def test_what_was_answered_is_not_asked_again() -> None:
    life = agent_asks(Life().live([submitted(**incomplete()), identity_cleared()]), "identity")
    life.live([received(2, {**BILL, **LATER})], on="2008-03-20")
    agent_asks(life, "means", on="2008-03-21")
    assert [item.code for item in life.case.requests[-1].items] == ["identity", "means"]
    assert sorted(life.case.requests[-1].by_agent) == [("identity", 0), ("means", 0)]
