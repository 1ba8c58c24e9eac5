"""Whatever facts a file holds, the engine answers, and its answer keeps the promises of the house."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.decision.domain.eligibility.evaluation import digest, evaluate
from services.decision.domain.eligibility.facts import CaseFacts, CaseMember, CasePaper
from services.decision.domain.law.edition import current
from shared.contract.facts import (
    Care,
    Channel,
    Deposit,
    EarlierRight,
    Filer,
    Income,
    IncomeSource,
    Kind,
    Lodging,
    Means,
    PaperKind,
    PaperUse,
    Relation,
    Stay,
    StayTitle,
)

OF_NO_WEIGHT = {
    "right.earlier_care",
    "deposit.transmission",
    "right.renewal_window",
    "right.renewal_grace",
    "adult_age",
}
ANY_DAY = st.dates() | st.sampled_from([dt.date.min, dt.date.max])
LIKELY_DAY = st.dates(dt.date(2003, 1, 1), dt.date(2027, 12, 31))
DAYS = LIKELY_DAY | ANY_DAY
MAYBE_DAY = st.none() | DAYS


@st.composite
def births(draw: st.DrawFn) -> str | None:
    year = draw(st.integers(1900, 2027))
    return draw(
        st.sampled_from([None, f"{year}-00-00", f"{year}-02-00", f"{year}-06-15", f"{year}-12-31", f"{year}-02-28"])
    )


stays = st.builds(
    Stay,
    entered_on=MAYBE_DAY,
    title=st.sampled_from(StayTitle),
    title_until=MAYBE_DAY,
    irregular_since=MAYBE_DAY,
    left_france=st.booleans(),
)
papers = st.builds(
    CasePaper,
    paper_id=st.uuids(),
    kind=st.sampled_from(PaperKind),
    use=st.sampled_from(PaperUse),
    member_rank=st.integers(0, 3),
    dated=MAYBE_DAY,
    received_on=DAYS,
    has_photo=st.booleans(),
    legible=st.booleans(),
)
incomes = st.builds(
    Income,
    source=st.sampled_from(IncomeSource),
    month=st.sampled_from(["2007-12", "2008-01", "2026-10"]),
    amount_cents=st.integers(0, 3_000_000),
    member_rank=st.integers(0, 3),
)
means = st.builds(
    Means,
    incomes=st.lists(incomes, max_size=4),
    estimate_cents=st.none() | st.integers(0, 3_000_000),
    free_lodging_months=st.integers(0, 12),
    situation_changed=st.booleans(),
)
deposits = st.builds(
    Deposit,
    channel=st.sampled_from(Channel),
    body=st.just("body"),
    deposited_on=DAYS,
    received_on=DAYS,
    filed_by=st.sampled_from(Filer),
)
rights = st.builds(EarlierRight, granted=st.booleans(), starts_on=MAYBE_DAY, ends_on=MAYBE_DAY)
cares = st.builds(Care, member_rank=st.integers(0, 3), given_on=DAYS, stay_ended_on=MAYBE_DAY)


@st.composite
def files(draw: st.DrawFn) -> CaseFacts:
    size = draw(st.integers(1, 4))
    relations = [Relation.APPLICANT, *(draw(st.sampled_from(list(Relation)[1:])) for _ in range(size - 1))]
    members = [
        CaseMember(
            member_id=UUID(int=rank + 1),
            rank=rank,
            relation=relation,
            birth_date=draw(births()),
            in_education=draw(st.booleans()),
            in_regular_stay=draw(st.booleans()),
            stay=draw(stays),
        )
        for rank, relation in enumerate(relations)
    ]
    return CaseFacts(
        kind=draw(st.sampled_from(Kind)),
        deposit=draw(deposits),
        members=members,
        means=draw(means),
        lodging=draw(st.sampled_from(Lodging)),
        earlier_rights=draw(st.lists(rights, max_size=2)),
        earlier_care=draw(st.lists(cares, max_size=2)),
        papers=draw(st.lists(papers, max_size=6)),
        observed=[],
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(), st.booleans())
def test_the_engine_answers_and_keeps_its_promises(facts: CaseFacts, overseas: bool) -> None:
    book = current()
    result = evaluate(facts, book, overseas=overseas)
    assert all(found.reference and found.rule for found in result.findings)
    assert {right.member_rank for right in result.entitlements} == set(result.ranks("grant"))
    assert result.complete == (not result.items)
    claimants = {member.proposal for member in result.members} - {"excluded"}
    if result.proposal in {"grant", "refuse"}:
        assert claimants == {result.proposal}
    if result.proposal == "grant":
        assert result.complete
        about = [found for found in result.findings if found.rule not in OF_NO_WEIGHT]
        assert {found.verdict for found in about} == {"met"}
    for member in result.members:
        assert bool(member.motives) == (member.proposal == "refuse")
    assert evaluate(facts, book, overseas=overseas) == result
    again = CaseFacts.model_validate_json(facts.model_dump_json())
    assert again == facts
    assert digest(again, "r", "e", overseas, result.on) == digest(facts, "r", "e", overseas, result.on)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files())
def test_a_minor_is_never_refused_for_the_stay_the_means_or_the_residence(facts: CaseFacts) -> None:
    result = evaluate(facts, current())
    minors = {found.member_rank for found in result.findings if found.fact == "minor"}
    grounds = {"residence_too_short", "regular_stay", "resources_above_ceiling"}
    for motive in result.motives:
        assert int(motive.facts["member_rank"]) not in minors or motive.code not in grounds
