"""What can be true and yet surprises is received, asks for nothing, and is never granted without a person."""

from __future__ import annotations

from typing import Any

import pytest

from services.decision.domain.eligibility.facts import CaseFacts, Observation
from services.decision.domain.eligibility.identity_doubts import identity_doubts
from services.decision.domain.eligibility.observations import observe
from services.decision.domain.law.edition import current
from services.decision.domain.wording import findings
from shared.contract.facts import Member
from tests.decision.files import assess, day, file, member, paper

AWA = {"family_name": "SIDIBE", "given_names": "Awa", "sex": "F", "birth_date": "1979-03-12"}


def person(rank: int = 0, **more: Any) -> Member:
    relation = "child" if rank else "applicant"
    return Member.model_validate({**member(rank, relation), **AWA, **more})


@pytest.mark.parametrize(
    ("changes", "doubts"),
    [
        ({"social_number": "279039935010070"}, ()),
        ({"social_number": "2790399350100"}, ()),
        ({"social_number": "185019935010085"}, ("number_of_other_sex", "number_of_other_birth")),
        ({"social_number": "179039935010042"}, ("number_of_other_sex",)),
        ({"social_number": "280039935010000"}, ("number_of_other_birth",)),
        ({"social_number": "279049935010000"}, ("number_of_other_birth",)),
        ({"social_number": "279319935010000"}, ()),
        ({"social_number": "779039935010000"}, ()),
        ({"social_number": "185039935010000", "sex": "", "birth_date": None}, ()),
        ({"social_number": "279049935010000", "birth_date": "1979-00-00"}, ()),
        ({"social_number": "222032A35010000", "birth_date": "2522-03-12"}, ()),
    ],
    ids=[
        "hers",
        "hers without its key",
        "of a man born in 1985",
        "of a man born that month",
        "of another year",
        "of another month",
        "month not known to the register",
        "provisional",
        "nothing to compare with",
        "month not known to the paper",
        "year of another calendar",
    ],
)
def test_a_number_says_whose_it_is(changes: dict[str, Any], doubts: tuple[str, ...]) -> None:
    assert identity_doubts([person(**changes)]).get(0, ()) == doubts


def test_one_number_for_two_members_is_shown_on_both() -> None:
    number = "279039935010070"
    twin = person(1, given_names="Bintou", social_number=number[:13])
    assert identity_doubts([person(social_number=number), twin]) == {0: ("number_shared",), 1: ("number_shared",)}


TWIN = {"birth_date": "2026-12-02", "given_names": "", "family_name": "SISSOKO"}


@pytest.mark.parametrize(
    ("first", "second", "doubted"),
    [
        ({"sex": "F"}, {"sex": "M"}, True),
        ({"sex": "F"}, {"sex": "F"}, True),
        ({"given_names": "Awa"}, {"given_names": "AWA", "sex": "M"}, True),
        ({"given_names": "Awa"}, {"given_names": "Bintou"}, False),
        ({"family_name": "SISSOKO"}, {"family_name": "SOW"}, False),
        ({"birth_date": "2026-12-02"}, {"birth_date": "2024-01-05"}, False),
        ({"birth_date": None}, {"birth_date": None}, False),
    ],
)
def test_newborn_twins_without_given_names_are_looked_at(
    first: dict[str, Any], second: dict[str, Any], doubted: bool
) -> None:
    twins = [person(rank, **{**TWIN, **changes}) for rank, changes in ((1, first), (2, second))]
    assert identity_doubts([person(), *twins]) == ({1: ("not_told_apart",), 2: ("not_told_apart",)} if doubted else {})


def family(*others: dict[str, Any], born: str = "1979-03-12", **changes: Any) -> CaseFacts:
    """A complete file of an applicant and of others who each bring a passport."""
    whole = file("2026-12-15").model_dump(mode="json")
    papers = [*whole["papers"], *(paper("passport", "identity", one["rank"]) for one in others)]
    members = [{**whole["members"][0], "birth_date": born, **changes}, *others]
    return file("2026-12-15", members=members, papers=papers, hypothetical=False, caisse="751")


def doubted(facts: CaseFacts) -> set[str]:
    return {one.rule for one in assess(facts).findings if one.rule.startswith("doubt.")}


def test_a_file_with_a_doubt_is_granted_by_a_person_alone() -> None:
    child = member(1, "child", "2015-01-02")
    assert assess(family(child)).proposal == "grant"
    facts = family({**child, "doubts": ["not_told_apart"]})
    made = assess(facts)
    assert (made.proposal, made.complete, made.items) == ("human", True, ())
    assert assess(family(child, doubts=["number_of_other_sex"])).proposal == "human"
    [told] = [one for one in made.findings if one.rule == "doubt.same_writing"]
    assert findings.value(told.fact, told.value) == "mêmes noms et même naissance qu'un autre membre"


@pytest.mark.parametrize(
    ("relation", "born", "looked_at"),
    [
        pytest.param("child", "2005-11-20", True, id="a child of the spouse, older than the applicant"),
        pytest.param("child", "2006-04-01", True, id="born on the same day"),
        pytest.param("child", "2006-04-02", False, id="a day younger"),
        pytest.param("child", "2006-00-00", False, id="perhaps younger"),
        pytest.param("child", None, False, id="a birth that nobody knows"),
        pytest.param("spouse", "1975-06-01", False, id="a spouse is of any age"),
        pytest.param("ascendant", "2007-01-01", True, id="an ascendant of the spouse, younger than the applicant"),
        pytest.param("ascendant", "1970-01-01", False, id="an ascendant of another generation"),
    ],
)
def test_a_generation_out_of_order(relation: str, born: str | None, looked_at: bool) -> None:
    other = member(1, relation, born, stay={"entered_on": "2024-02-03"})
    facts = family(other, born="2006-04-01")
    assert ("doubt.generation" in doubted(facts)) is looked_at
    if looked_at:
        assert assess(facts).proposal != "grant"


def test_a_birth_that_an_agent_has_seen_leaves_no_doubt() -> None:
    facts = family(member(1, "child", "2005-11-20"), born="2006-04-01")
    seen = {"point": "birth_date", "value": "2015-11-20", "member_rank": 1, "proof": "paper_seen"}
    looked = observe(facts, Observation.model_validate({**seen, "observed_on": day("2026-12-20")}), current())
    assert (doubted(facts), doubted(looked)) == ({"doubt.generation"}, set())
    assert assess(looked).proposal == "grant"
