"""Stay and residence beyond the ordinary: rights a title leaves behind, Europeans, absences, third persons, three
months."""

from __future__ import annotations

from typing import Any

import pytest

from services.decision.domain.eligibility.stay import maintained_until
from services.decision.domain.law.edition import current
from services.decision.domain.law.rulebook import Law
from tests.decision.files import applicant, assess, day, file, member, paper, verdicts


@pytest.mark.parametrize(
    ("why", "ended", "insured", "deposited", "proposal", "motive"),
    [
        (
            "six months [V], insured: the insurance scheme",
            "2021-03-01",
            True,
            "2021-08-01",
            "refuse",
            "rights_maintained",
        ),
        ("the last day", "2021-03-01", True, "2021-09-01", "refuse", "rights_maintained"),
        ("the day after", "2021-03-01", True, "2021-09-02", "grant", ""),
        ("never insured: nothing to maintain", "2021-03-01", False, "2021-08-01", "grant", ""),
        (
            "insured or not, unknown: the caisse looks it up, the person is asked nothing",
            "2021-03-01",
            None,
            "2021-08-01",
            "human",
            "",
        ),
        ("twelve months, not verified [M]: never decides alone", "2007-08-01", True, "2008-03-10", "human", ""),
    ],
)
def test_rights_a_title_leaves_behind(
    why: str, ended: str, insured: bool | None, deposited: str, proposal: str, motive: str
) -> None:
    members = applicant(deposited, title="permit", title_until=ended, insured_before=insured)
    result = assess(file(deposited, members=members))
    assert result.proposal == proposal, why
    assert [one.code for one in result.motives] == ([motive] if motive else [])


@pytest.mark.parametrize(
    ("removal", "until"),
    [
        (None, "2021-09-01"),
        ("2021-03-10", "2021-05-01"),  # not before the end of the second month
        ("2021-06-15", "2021-06-15"),
        ("2021-12-01", "2021-09-01"),
    ],
)
def test_a_final_removal_measure_closes_them_sooner(removal: str | None, until: str) -> None:
    ended = day("2021-03-01")
    law = Law(current(), day("2021-08-01"), title_end=ended)
    assert maintained_until(ended, day(removal) if removal else None, law) == day(until)


@pytest.mark.parametrize(
    ("right", "proposal"), [(None, "human"), (True, "refuse"), (False, "grant")], ids=["unknown", "has", "has not"]
)
def test_a_european_without_a_right_of_residence_is_examined(right: bool | None, proposal: str) -> None:
    members = applicant("2015-03-10", title="eu_national", right_of_residence=right)
    assert assess(file("2015-03-10", members=members)).proposal == proposal


@pytest.mark.parametrize(
    ("deposited", "absent", "verdicts_"),
    [("2010-12-31", 300, []), ("2011-03-01", 182, ["met"]), ("2011-03-01", 183, ["human"]), ("2024-05-02", None, [])],
)
def test_long_absences_are_for_a_person_to_weigh(deposited: str, absent: int | None, verdicts_: list[str]) -> None:
    members = applicant(deposited, absent_days=absent)
    assert verdicts(assess(file(deposited, members=members)), "residence.stability") == verdicts_


@pytest.mark.parametrize(
    ("why", "since", "in_charge", "counted"),
    [
        ("twelve months to the day", "2023-05-02", True, True),
        ("one day less", "2023-05-03", True, False),
        ("not in charge", "2020-01-01", False, False),
        ("not said: the statement of both will tell", None, None, True),
    ],
)
def test_a_third_person_has_lived_here_for_twelve_months(
    why: str, since: str | None, in_charge: bool | None, counted: bool
) -> None:
    guest = member(
        1,
        "third_person",
        "1950-01-01",
        stay={"entered_on": "2020-01-01"},
        in_charge=in_charge,
        living_together_since=since,
    )
    papers = [
        *(one.model_dump() for one in file("2024-05-02").papers),
        paper("passport", "identity", 1),
        paper("third_person_statement", "other", 1, "2024-01-02"),
    ]
    result = assess(file("2024-05-02", members=[*applicant("2024-05-02"), guest], papers=papers))
    assert result.members[1].proposal == ("grant" if counted else "refuse"), why


def test_the_statement_of_both_is_yearly() -> None:
    guest = member(1, "third_person", "1950-01-01", stay={"entered_on": "2020-01-01"})
    own = [*(one.model_dump() for one in file("2024-05-02").papers), paper("passport", "identity", 1)]

    def asked(dated: str) -> list[str]:
        statement = paper("third_person_statement", "other", 1, dated)
        facts = file("2024-05-02", members=[*applicant("2024-05-02"), guest], papers=[*own, statement])
        return [one.code for one in assess(facts).items]

    assert asked("2023-05-03") == []
    assert asked("2023-05-02") == ["third_person_statement"]


def test_a_spouse_whose_entry_is_not_known_is_asked_for_it() -> None:
    home = [*applicant("2008-03-10"), member(1, "spouse", "1980-01-01")]
    papers = [*(one.model_dump() for one in file("2008-03-10").papers), paper("passport", "identity", 1)]
    result = assess(file("2008-03-10", members=home, papers=papers))
    assert [(one.code, one.member_rank) for one in result.items] == [("entry_date", 1)]


@pytest.mark.parametrize(
    ("reason", "proposal", "fact"),
    [(None, "human", "resources_cents.twelve_months.1"), ("job_lost", "grant", "resources_cents.last_three_months.1")],
)
def test_the_last_three_months_are_preferred_for_a_reason(reason: str | None, proposal: str, fact: str) -> None:
    """1,500 € a month until the summer, then nothing: over the ceiling by the year, far under it by the last months."""
    incomes: list[dict[str, Any]] = [
        {"source": "work", "month": f"2009-{number:02}", "amount_cents": 150_000} for number in range(3, 10)
    ]
    means = {"incomes": incomes, "situation_changed": True, "recent_reason": reason}
    result = assess(file("2010-03-10", means=means))
    assert result.proposal == proposal
    assert next(one.fact for one in result.findings if one.rule == "ceiling.metropole") == fact


def test_income_from_abroad_counts() -> None:
    incomes = [{"source": "abroad", "month": "2024-04", "amount_cents": 2_000_000}]
    assert assess(file("2024-05-02", means={"incomes": incomes})).proposal == "refuse"


def test_nothing_is_asked_of_someone_far_above_the_ceiling() -> None:
    members = [member(0, born=None, stay={})]
    refused = assess(file("2024-05-02", members=members, means={"estimate_cents": 99_000_00}, papers=[]))
    assert [one.code for one in refused.items] == ["identity", "residence", "entry_date"], "a minor has no ceiling"
    adult = assess(file("2024-05-02", members=[member(0, stay={})], means={"estimate_cents": 99_000_00}, papers=[]))
    assert (adult.proposal, adult.items, adult.complete) == ("refuse", (), True)
