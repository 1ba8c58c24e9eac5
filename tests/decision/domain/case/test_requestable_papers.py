"""An agent may ask only for what the law of the deposit date foresees for this very file."""

from __future__ import annotations

from typing import Any

import pytest

from services.decision.domain.case.paper_requests import ask_for_papers
from services.decision.domain.case.requestable_papers import CODES, PaperNotForeseen, asked, asked_freely
from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law.edition import current
from shared.contract.facts import PaperKind
from tests.decision.files import applicant, day, file, member, paper
from tests.decision.lives import BY_HAND, Life, context, letter_posted, submitted


def may_ask(code: str, facts: CaseFacts, rank: int = 0) -> bool:
    try:
        return bool(asked(code, rank, facts, current(), facts.deposit.deposited_on).accepted)
    except PaperNotForeseen:
        return False


def hosted(deposited: str, *kinds: str) -> CaseFacts:
    papers = [paper("passport", "identity"), *(paper(kind, "residence", dated="2025-10-01") for kind in kinds)]
    return file(deposited, papers=papers)


def family(deposited: str) -> CaseFacts:
    third = member(2, "third_person", "1950-01-01", stay={"entered_on": "2005-01-01"})
    return file(deposited, members=[*applicant(deposited), member(1, "child", "2005-01-01"), third])


RENEWED: dict[str, Any] = {"kind": "renewal", "earlier_rights": [{"ends_on": "2008-01-10"}]}


@pytest.mark.parametrize(
    ("code", "rank", "facts", "allowed"),
    [
        ("identity", 0, file("2008-03-10"), True),
        ("identity", 0, file("2008-03-10", **RENEWED), False),
        ("residence", 0, file("2008-01-30", **RENEWED), True),
        ("residence", 0, file("2008-01-29", **RENEWED), False),
        ("residence", 0, file("2008-03-10", members=[member(0, born="2000-01-01")]), False),
        ("residence", 2, family("2018-05-02"), False),
        ("means", 0, file("2008-03-10", members=[member(0, born="2000-01-01")]), False),
        ("means", 0, file("2008-03-10"), True),
        ("stamp_duty", 0, file("2010-12-31"), False),
        ("stamp_duty", 0, file("2011-03-01"), False),
        ("stamp_duty", 0, file("2012-07-03"), False),
        ("stamp_duty", 0, file("2012-07-04"), False),
        ("stamp_duty", 1, family("2011-06-01"), False),
        ("third_person_statement", 2, family("2017-02-26"), False),
        ("third_person_statement", 2, family("2017-02-27"), True),
        ("third_person_statement", 0, family("2017-03-01"), False),
        ("host_statement", 0, hosted("2026-02-08", "host_bill"), False),
        ("host_statement", 0, hosted("2026-02-09", "host_bill"), True),
        ("host_statement", 0, hosted("2026-02-09", "energy_bill"), False),
        ("domiciliation", 0, file("2018-05-02", lodging="homeless"), True),
        ("domiciliation", 0, file("2018-05-02"), False),
        ("photo", 0, file("2008-03-10"), True),
        ("entry_date", 0, file("2008-03-10"), True),
        ("entry_date", 1, family("2018-05-02"), False),
        ("identity", 9, file("2008-03-10"), False),
        ("horoscope", 0, file("2008-03-10"), False),
        ("identity", 0, file("1999-03-10"), False),
    ],
)
def test_what_an_agent_may_ask(code: str, rank: int, facts: CaseFacts, allowed: bool) -> None:
    assert may_ask(code, facts, rank) == allowed


def test_a_refusal_says_why_in_french() -> None:
    with pytest.raises(PaperNotForeseen) as caught:
        asked("stamp_duty", 0, file("2024-05-02"), current(), day("2024-05-02"))
    assert "du 1er janvier 2011 au 3 juillet 2012" in caught.value.detail


@pytest.mark.parametrize("deposited", ["2007-01-10", "2011-06-01", "2018-05-02", "2020-05-02", "2026-11-16"])
def test_the_engine_itself_never_asks_more_than_an_agent_may(deposited: str) -> None:
    bare = file(
        deposited,
        members=[member(0, born=None, stay={}), member(1, "spouse", stay={"title": "visa"})],
        papers=[],
        means={},
        lodging="homeless",
    )
    items = evaluate(bare, current()).items
    assert items
    assert {one.code for one in items} <= set(CODES)
    for one in items:
        assert may_ask(one.code, bare, one.member_rank)


@pytest.mark.parametrize(
    ("why", "deposited", "born", "with_photo"),
    [
        ("before the text of 2026", "2026-02-08", "1985-06-15", False),
        ("it is not sure that the text applies", "2026-03-08", "1985-06-15", False),
        ("an adult since 2026", "2026-03-09", "1985-06-15", True),
        ("a minor is not asked for a photograph", "2026-03-09", "2012-01-01", False),
    ],
)
def test_a_photograph_is_asked_on_other_papers_of_adults_since_2026(
    why: str, deposited: str, born: str, with_photo: bool
) -> None:
    facts = file(deposited, members=[member(0, born=born)], papers=[])
    item = asked("identity", 0, facts, current(), day(deposited))
    assert ("driving_licence" in item.with_photo) == with_photo, why
    assert "passport" not in item.with_photo
    (proposed,) = [one for one in evaluate(facts, current()).items if one.code == "identity"]
    assert proposed == item, "the machine asks as the agent may"


def test_a_free_item_needs_papers_and_a_coded_reason_and_suspends_nothing() -> None:
    book, start = current(), "2026-03-10"
    for papers, reason in (([], "contradiction"), ([PaperKind.LEASE], "curiosity"), ([PaperKind.LEASE], "")):
        with pytest.raises(PaperNotForeseen):
            asked_freely(0, papers, reason, book, day(start))
    item = asked_freely(0, [PaperKind.LEASE], "contradiction", book, day(start))
    life = Life(BY_HAND, start).live([submitted(deposited=start)])
    assert life.facts is not None
    case, told = ask_for_papers(life.case, [item], life.facts, context(start, BY_HAND), by_agent=True)
    assert told[0].fields["clock_suspended"] is False
    assert case.request is not None
    assert not case.request.open_for_agent, "it holds nothing up"
    silence = next(one for one in case.clocks if one.name == "implicit_refusal")
    assert silence.due_on == next(one for one in life.case.clocks if one.name == "implicit_refusal").due_on


def test_what_a_posted_letter_asked_keeps_its_own_last_day_in_the_next_one() -> None:
    start = "2026-03-10"
    life = Life(BY_HAND, start).live([submitted(deposited=start, papers=[])])
    first = life.case.request
    assert first is not None
    life.live([letter_posted(first.number, "2026-03-12")], on="2026-03-12")
    assert life.case.request is not None
    assert life.facts is not None
    last = life.case.request.due_on
    item = asked_freely(0, [PaperKind.LEASE], "person_offers", current(), day(start))
    case, _ = ask_for_papers(life.case, [item], life.facts, context("2026-03-20", BY_HAND), by_agent=True)
    assert case.request is not None
    days = {one.code: one.due_on for one in case.request.items}
    assert days.pop("free") is None
    assert set(days.values()) == {last}
