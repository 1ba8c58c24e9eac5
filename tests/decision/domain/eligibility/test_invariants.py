"""What holds for any file: the promises of the law to the person, tried on files nobody thought of."""

from __future__ import annotations

import datetime as dt
from typing import Any

import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.decision.domain.eligibility.evaluation import Assessment, evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law.edition import current
from shared.calendar import add_days, add_months
from shared.contract.facts import Income
from tests.decision.domain.eligibility.test_any_facts import files
from tests.decision.files import day, file, member, paper

QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SINCE_THE_PILOT = st.dates(dt.date(2008, 1, 2), dt.date(2026, 11, 25))
GOOD = {"refuse": 0, "request_papers": 1, "human": 2, "grant": 3}
"""How good an outcome is for the person; ``excluded`` is none."""


def better(before: Assessment, after: Assessment) -> bool:
    pairs = zip(before.members, after.members, strict=True)
    return all(GOOD[b.proposal] <= GOOD[a.proposal] for b, a in pairs if b.proposal != "excluded")


@st.composite
def plausible(draw: st.DrawFn) -> CaseFacts:
    """An adult, perhaps with a family, in a year of the law; some papers and facts are missing."""
    on = draw(SINCE_THE_PILOT)
    entered = draw(st.none() | st.integers(1, 40).map(lambda months: add_months(on, -months).isoformat()))
    ended = draw(st.none() | st.integers(-6, 20).map(lambda months: add_months(on, -months).isoformat()))
    titles = ["none", "visa", "visa_exempt", "permit", "eu_national"]
    stay = {"entered_on": entered, "title": draw(st.sampled_from(titles)), "title_until": ended}
    members = [member(0, born=draw(st.sampled_from([None, "1975-06-15", "2012-02-29"])), stay=stay)]
    if draw(st.booleans()):
        members.append(member(1, "spouse", "1980-02-02", stay=stay, in_regular_stay=draw(st.booleans())))
    if draw(st.booleans()):
        members.append(member(len(members), "child", draw(st.sampled_from([None, "2005-05-05", "2020-00-00"]))))
    papers = [paper("passport", "identity", one["rank"]) for one in members if draw(st.booleans())]
    if draw(st.booleans()):
        papers.append(paper("energy_bill", "residence", dated=add_months(on, -draw(st.integers(1, 15))).isoformat()))
    means = draw(st.sampled_from([{}, {"estimate_cents": 300_000}, {"estimate_cents": 1_100_000}]))
    return file(on.isoformat(), members=members, papers=papers, means=means)


@QUIET
@given(plausible(), st.integers(0, 3_000_000), st.integers(0, 3_000_000))
def test_more_means_never_turn_a_refusal_for_means_into_a_grant(facts: CaseFacts, less: int, more: int) -> None:
    less, more = sorted((less, less + more))

    def outcome(cents: int) -> Assessment:
        means = facts.means.model_copy(update={"estimate_cents": cents})
        return evaluate(facts.model_copy(update={"means": means}), current())

    poor, rich = outcome(less), outcome(more)
    assert better(rich, poor)
    for before, after in zip(poor.members, rich.members, strict=True):
        if any(motive.code == "resources_above_ceiling" for motive in before.motives):
            assert after.proposal == "refuse"


@QUIET
@given(files(), st.integers(1, 500_000))
def test_one_more_income_never_helps(facts: CaseFacts, cents: int) -> None:
    """Of any file: an income added in the first month of the period never makes a grant of what was none."""
    incomes = [*facts.means.incomes]
    if not incomes:
        return
    richer = [
        Income(
            source=incomes[0].source,
            month=one.month,
            amount_cents=one.amount_cents + cents,
            member_rank=one.member_rank,
        )
        for one in incomes
    ]
    after = facts.model_copy(update={"means": facts.means.model_copy(update={"incomes": richer})})
    granted = set(evaluate(facts, current()).ranks("grant"))
    assert set(evaluate(after, current()).ranks("grant")) <= granted


@QUIET
@given(plausible(), st.sampled_from(["identity", "residence"]), st.integers(0, 2))
def test_a_valid_paper_never_makes_the_outcome_worse(facts: CaseFacts, use: str, rank: int) -> None:
    """Valid: of the list, of age for its list, and not older than the entry it would contradict."""
    on = facts.deposit.deposited_on
    entered = facts.members[0].stay.entered_on
    dated = add_days(add_months(on, -3), -1)
    if use == "residence" and entered is not None and dated < entered:
        return
    kind = "passport" if use == "identity" else "energy_bill"
    given_: dict[str, Any] = paper(kind, use, rank if use == "identity" else 0, dated.isoformat(), has_photo=True)
    body = facts.model_dump(mode="json")
    after = CaseFacts.model_validate({**body, "papers": [*body["papers"], given_]})
    assert better(evaluate(facts, current()), evaluate(after, current()))


@QUIET
@given(files(), st.dates(dt.date(2008, 1, 1), dt.date(2090, 1, 1)))
def test_a_later_today_never_changes_an_evaluation(facts: CaseFacts, today: dt.date) -> None:
    before = evaluate(facts, current())
    with time_machine.travel(dt.datetime.combine(today, dt.time(12), dt.UTC), tick=False):
        assert evaluate(facts, current()) == before


@QUIET
@given(SINCE_THE_PILOT | st.sampled_from([dt.date(2008, 2, 29), dt.date(2012, 2, 29), dt.date(2024, 2, 29)]))
def test_a_right_lasts_a_year_less_a_day_also_from_29_february(on: dt.date) -> None:
    child = [member(0, born=f"{on.year - 8}-01-01")]
    (right,) = evaluate(file(on.isoformat(), members=child, deposit={"channel": "cpam"}), current()).entitlements
    assert right.starts_on == on
    anniversary = on.replace(year=on.year + 1) if (on.month, on.day) != (2, 29) else dt.date(on.year + 1, 3, 1)
    assert right.ends_on == anniversary - dt.timedelta(days=1)


@QUIET
@given(plausible())
def test_what_is_unknown_is_never_held_against_the_person(facts: CaseFacts) -> None:
    """A refusal stays one whatever the missing dates turn out to be: try a good answer to each."""
    result = evaluate(facts, current())
    on = facts.deposit.deposited_on
    members = [
        one.model_copy(
            update={
                "birth_date": one.birth_date or "1975-06-15",
                "stay": one.stay.model_copy(update={"entered_on": one.stay.entered_on or add_months(on, -30)}),
            }
        )
        for one in facts.members
    ]
    best = evaluate(facts.model_copy(update={"members": members}), current())
    for before, after in zip(result.members, best.members, strict=True):
        if before.proposal == "refuse":
            assert after.proposal == "refuse", (before.motives, after)


@QUIET
@given(plausible())
def test_nothing_is_asked_of_those_who_are_refused_and_each_thing_once(facts: CaseFacts) -> None:
    result = evaluate(facts, current())
    asked = [(one.code, one.member_rank) for one in result.items]
    assert len(asked) == len(set(asked))
    refused = set(result.ranks("refuse"))
    assert not {rank for code, rank in asked if code not in {"means", "domiciliation"}} & refused
    if not result.items:
        assert result.complete


def test_the_day_of_the_law_can_be_chosen() -> None:
    ended = {"entered_on": "2018-12-01", "title": "visa", "title_until": "2019-12-20"}
    facts = file("2019-12-29", members=[member(0, stay=ended)])
    assert [evaluate(facts, current(), on=day(on)).proposal for on in ("2019-12-29", "2019-12-30")] == [
        "grant",
        "human",
    ]
