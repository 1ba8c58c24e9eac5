"""Two thousand random files and more: what the law promises whoever the person is.

Plain random draws from one seed, so that a minute is enough for thousands of files; ``test_any_facts`` and
``test_invariants`` look for the smallest file that breaks a promise.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import pytest

from services.decision.domain.eligibility.evaluation import Assessment, evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law.edition import collection, current
from services.decision.domain.law.rulebook import Law
from services.decision.domain.wording.abstentions import owner
from shared.calendar import add_days, add_months
from shared.contract.events import RequestedItem
from tests.decision.files import file, member, paper

FILES = 2_000
SEED = 20_26_11
DAYS = [
    *("2008-01-29", "2010-12-31", "2011-01-01", "2012-07-04", "2015-02-06", "2017-02-27", "2019-12-29", "2019-12-30"),
    *("2020-03-26", "2020-05-31", "2020-12-31", "2021-01-01", "2021-02-17", "2021-09-06", "2022-07-01", "2024-02-29"),
    *("2024-03-31", "2025-08-31", "2026-02-09", "2026-03-09", "2026-10-30"),
]
TITLES = ["none", "none", "none", "visa", "visa_exempt", "permit", "eu_national", "receipt"]


def drawn(dice: random.Random) -> dict[str, Any]:
    """The arguments of one plausible file: an adult or a minor, alone or in a family, with papers and facts missing."""
    on = dt.date.fromisoformat(dice.choice(DAYS)) if dice.random() < 0.5 else _day(dice)
    stay = _stay(dice, on)
    members = [member(0, born=dice.choice(["1975-06-15", "1975-06-15", "1990-02-28", "2012-02-29"]), stay=stay)]
    for relation in dice.sample(
        ["spouse", "child", "child", "ascendant", "third_person"], dice.choice([0, 0, 0, 1, 2])
    ):
        rank = len(members)
        born = f"{on.year - dice.choice([3, 15, 19, 30, 60]):04}-06-15"
        more: dict[str, Any] = {"in_education": dice.random() < 0.3}
        if relation == "third_person":
            more |= {"in_charge": dice.choice([True, None]), "living_together_since": dice.choice(["2001-01-01", None])}
        members.append(member(rank, relation, born, stay=_stay(dice, on), **more))
    papers = [paper("passport", "identity", one["rank"], has_photo=True) for one in members if dice.random() < 0.7]
    if dice.random() < 0.7:
        bill = add_months(on, -dice.choice([2, 4, 5, 11])).isoformat()
        papers.append(paper(dice.choice(["energy_bill", "host_bill", "hotel_bill"]), "residence", dated=bill))
    if dice.random() < 0.5:
        papers.append(paper("third_person_statement", "other", len(members) - 1, add_months(on, -2).isoformat()))
    means = dice.choice([{}, {"estimate_cents": 300_000}, {"estimate_cents": 300_000}, {"estimate_cents": 9_900_000}])
    channel = dice.choice(["cpam", "cpam", "cpam", "ccas", "hospital", "post", "association"])
    return {
        "deposited": on.isoformat(),
        "members": members,
        "papers": papers,
        "means": means,
        "deposit": {"channel": channel},
        "lodging": dice.choice(["own", "own", "homeless", "hosted_free"]),
    }


def _day(dice: random.Random) -> dt.date:
    return dt.date(2008, 1, 2) + dt.timedelta(days=dice.randrange(6_880))


def _stay(dice: random.Random, on: dt.date) -> dict[str, Any]:
    """Facts of stay around three months, or far from them, or not known."""
    title = dice.choice(TITLES)
    near = [None, add_months(on, -3), add_days(add_months(on, -3), -1), add_months(on, -6), add_months(on, -20)]
    entered = dice.choice([*near, add_days(on, -179), add_days(on, -183)])
    ended = None if title == "none" else dice.choice([*near, add_months(on, 2)])
    if title in {"visa_exempt", "eu_national"}:
        ended = None
    return {
        "title": title,
        "entered_on": entered and entered.isoformat(),
        "title_until": ended and ended.isoformat(),
        "insured_before": dice.choice([True, False, None]),
        "right_of_residence": dice.choice([True, False, None]),
    }


def files() -> Iterator[CaseFacts]:
    """The same files each time."""
    dice = random.Random(SEED)
    for _ in range(FILES):
        yield file(**drawn(dice))


@pytest.fixture(scope="module")
def judged() -> list[tuple[CaseFacts, Assessment]]:
    return [(facts, evaluate(facts, current())) for facts in files()]


def test_there_are_enough_files_and_every_verdict_is_among_them(judged: list[tuple[CaseFacts, Assessment]]) -> None:
    assert len(judged) >= 2_000
    assert {made.proposal for _, made in judged} == {"grant", "refuse", "request_papers", "human"}


def test_every_abstention_has_an_owner(judged: list[tuple[CaseFacts, Assessment]]) -> None:
    """A finding that leaves something to a person names the reading or the fact in cause, and what would settle it."""
    for facts, made in judged:
        if made.proposal != "human":
            continue
        asked = [one for one in made.findings if one.verdict == "human"]
        whole = [one for one in made.findings if one.member_rank is None and one.verdict == "not_met"]
        outcomes = {one.proposal for one in made.members} - {"excluded"}
        assert asked or whole or len(outcomes) > 1, facts
        for one in asked:
            owned = owner(one.rule, one.fact)
            readings = collection().of(one.rule, made.on, one.fact)
            assert owned.removed_by, one
            assert owned.missing or readings, one


LIMITED = {"entered_on", "irregular_since", "title_until"}


def test_the_limit_that_is_printed_is_the_limit_that_was_applied(judged: list[tuple[CaseFacts, Assessment]]) -> None:
    """The printed limit, put in as the fact, is enough; one day later is not."""
    tried = 0
    for facts, made in judged:
        for one in made.findings:
            if one.rule != "residence.condition" or one.fact not in LIMITED or one.verdict != "not_met":
                continue
            limit = dt.date.fromisoformat(one.limit)
            verdicts = [_with(facts, one.member_rank or 0, one.fact, day) for day in (limit, add_days(limit, 1))]
            assert verdicts[1] == "not_met", (facts, one)
            assert verdicts[0] != "not_met", (facts, one)
            tried += 1
    assert tried > 100


def _with(facts: CaseFacts, rank: int, fact: str, day: dt.date) -> str:
    """The verdict on residence with one fact changed, and what follows from it alone left unsaid."""
    body = facts.model_dump(mode="json")
    stay = body["members"][rank]["stay"]
    others = LIMITED - {fact}
    on = facts.deposit.deposited_on
    stay[fact] = day.isoformat()
    for other in others:
        if stay[other] is not None:
            stay[other] = min(stay[other], add_months(on, -18).isoformat())
    made = evaluate(CaseFacts.model_validate(body), current())
    found = [one for one in made.findings if one.rule == "residence.condition" and one.member_rank == rank]
    return next((one.verdict for one in found if one.fact in LIMITED), "met")


def answered(facts: CaseFacts, items: tuple[RequestedItem, ...]) -> CaseFacts:
    """The file after a letter whose every item was answered, by the first paper of its list."""
    body = facts.model_dump(mode="json")
    on = facts.deposit.deposited_on
    old = add_months(on, -5).isoformat()
    for item in items:
        rank = item.member_rank
        if item.code == "entry_date":
            body["members"][rank]["stay"]["entered_on"] = add_months(on, -10).isoformat()
        elif item.code == "title_end":
            body["members"][rank]["stay"]["title_until"] = add_months(on, -9).isoformat()
        elif item.code == "birth_date":
            body["members"][rank]["birth_date"] = "1980-05-05"
        elif item.code == "means":
            body["means"]["estimate_cents"] = 100_000
        else:
            use = {"identity": "identity", "residence": "residence"}.get(item.code, "other")
            kind = item.accepted[-1] if item.code == "residence" else item.accepted[0]
            body["papers"].append(paper(kind, use, rank, old, has_photo=True))
            if kind in item.with_statement:
                body["papers"].append(paper("host_statement", "other", rank, old))
    return CaseFacts.model_validate(body)


def test_one_letter_is_enough(judged: list[tuple[CaseFacts, Assessment]]) -> None:
    """Answering exactly what was asked ends with a decision, or with a person: nothing more is asked."""
    tried = 0
    for facts, made in judged:
        if not made.items:
            continue
        after = evaluate(answered(facts, made.items), current())
        assert after.items == (), (facts, made.items, after.items)
        tried += 1
    assert tried > 300


def test_no_date_of_effect_is_shown_for_a_deposit_that_does_not_count(
    judged: list[tuple[CaseFacts, Assessment]],
) -> None:
    for facts, made in judged:
        lost = [one for one in made.findings if one.fact == "deposit_channel" and one.verdict == "not_met"]
        if lost:
            assert (made.proposal, made.entitlements) == ("human", ()), facts
            assert made.letter in {"appointment", "transfer"}, facts


def test_a_right_lasts_a_year(judged: list[tuple[CaseFacts, Assessment]]) -> None:
    for facts, made in judged:
        for right in made.entitlements:
            assert (right.ends_on - right.starts_on).days in {364, 365}, facts
            assert Law(current(), made.on).value("right.duration").value.months == 12
