"""How a file came: the three routes of the law, who filed for whom and where, and which caisse is competent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.decision.files import applicant, assess, file, member, paper, verdicts


def test_the_humanitarian_route_is_recorded_and_sent_on_never_decided_here() -> None:
    result = assess(file("2024-05-02", route="humanitarian", papers=[], means={}))
    assert (result.proposal, result.route, result.letter) == ("human", "humanitarian", "state_transfer")
    assert (result.items, result.motives, result.entitlements) == ((), (), ())
    assert [(one.rule, one.limit) for one in result.findings] == [("route.humanitarian", "state_services")]


def test_a_person_in_custody_is_asked_for_nothing() -> None:
    result = assess(file("2024-05-02", route="custody", papers=[], means={}))
    assert (result.proposal, result.items) == ("human", ())


def test_a_refusal_leaves_urgent_care_open() -> None:
    refused = assess(file("2024-05-02", means={"estimate_cents": 30_000_00}))
    assert refused.proposal == "refuse"
    assert [one.reference for one in refused.findings if one.rule == "route.urgent_care"] == ["CASF L. 254-1"]
    assert verdicts(assess(file("2024-05-02")), "route.urgent_care") == []


@pytest.mark.parametrize(
    ("why", "caisse", "postcode", "proposal", "transfer"),
    [
        ("lives in Paris", "751", "75018", "grant", ""),
        ("lives in Seine-Saint-Denis: the file moves, it is not refused", "751", "93200", "human", "93"),
        ("overseas, three figures", "973", "97300", "grant", ""),
        ("from French Guiana to Guadeloupe", "973", "97110", "human", "971"),
        ("nothing is said where the address is not known", "751", "", "grant", ""),
        ("the aide médicale does not exist in Mayotte", "751", "97600", "human", ""),
    ],
)
def test_the_competent_caisse_is_that_of_the_residence(
    why: str, caisse: str, postcode: str, proposal: str, transfer: str
) -> None:
    department = postcode[:3] if postcode.startswith("97") else postcode[:2]
    result = assess(file("2024-05-02", caisse=caisse, department=department))
    assert (result.proposal, result.transfer_to) == (proposal, transfer), why
    assert result.letter == ("transfer" if transfer else "admission" if proposal == "grant" else "")


def test_another_caisse_asks_and_judges_for_itself() -> None:
    result = assess(file("2024-05-02", caisse="751", department="93", papers=[], means={"estimate_cents": 99_000_00}))
    assert (result.proposal, result.items, result.motives) == ("human", (), ())


@pytest.mark.parametrize(
    ("domiciled", "papers", "items"),
    [
        (False, [], ["domiciliation"]),
        (True, [], []),
        (False, [paper("domiciliation_attestation", "other", dated="2024-01-10")], []),
    ],
)
def test_a_homeless_person_elects_a_domicile(domiciled: bool, papers: list[Any], items: list[str]) -> None:
    own = [one.model_dump() for one in file("2024-05-02").papers]
    facts = file("2024-05-02", lodging="homeless", domiciled=domiciled, papers=[*own, *papers])
    assert [one.code for one in assess(facts).items] == items


@pytest.mark.parametrize(
    ("capacity", "verdict"),
    [
        ("curator", "met"),
        ("hospital_director", "met"),
        ("sibling", "met"),
        ("descendant", "met"),
        ("ascendant", "met"),
        ("pacs_partner", "met"),
        ("other", "human"),
        (None, "human"),
    ],
)
def test_who_may_file_for_a_person_who_cannot(capacity: str | None, verdict: str) -> None:
    """The decree admits ascendants and PACS partners, whom the guide of 2010 leaves out: the decree prevails."""
    deposit = {"filed_by": "representative", "representation": capacity}
    assert verdicts(assess(file("2008-03-10", deposit=deposit)), "filing.representation", None) == [verdict]


@pytest.mark.parametrize(
    ("why", "deposited", "deposit", "verdict"),
    [
        ("a hospital is taken to treat whom it sends", "2024-05-02", {"channel": "hospital"}, "met"),
        ("unless it says it does not", "2024-05-02", {"channel": "hospital", "treated_there": False}, "not_met"),
        ("which did not matter before", "2018-05-02", {"channel": "hospital", "treated_there": False}, "met"),
        ("an association: approved or not, unsaid", "2024-05-02", {"channel": "association"}, "human"),
        ("approved", "2024-05-02", {"channel": "association", "agreed": True}, "met"),
        ("not approved", "2024-05-02", {"channel": "health_centre", "agreed": False}, "not_met"),
        ("by post, for someone who cannot move", "2024-05-02", {"channel": "post", "reduced_mobility": True}, "human"),
        ("by post, for someone who can", "2024-05-02", {"channel": "post"}, "not_met"),
    ],
)
def test_where_a_first_application_counts_since_2021(
    why: str, deposited: str, deposit: dict[str, Any], verdict: str
) -> None:
    assert verdicts(assess(file(deposited, deposit=deposit)), "deposit.channels", None) == [verdict], why


def test_a_person_of_reduced_mobility_may_send_someone() -> None:
    def sent(**more: Any) -> str:
        return assess(file("2024-05-02", deposit={"channel": "cpam", "filed_by": "third_party", **more})).proposal

    assert sent() == "human"
    assert sent(reduced_mobility=True) == "grant"


def test_the_eight_days_are_noted_and_never_held_against_the_person() -> None:
    late = {"channel": "ccas", "received_on": "2008-03-19"}
    result = assess(file("2008-03-10", deposit=late))
    assert verdicts(result, "deposit.transmission", None) == ["not_met"]
    assert result.proposal == "grant"
    in_time = {"channel": "ccas", "received_on": "2008-03-18"}
    assert verdicts(assess(file("2008-03-10", deposit=in_time)), "deposit.transmission", None) == ["met"]


@pytest.mark.parametrize(
    ("caisse", "ends", "proposal"),
    [
        ("931", "2008-06-30", "human"),
        ("931", "2008-03-09", "grant"),
        ("751", "2008-06-30", "human"),
        ("751", "2008-03-09", "grant"),
    ],
)
def test_no_second_right_opens_over_the_first(caisse: str, ends: str, proposal: str) -> None:
    rights = [{"caisse": caisse, "starts_on": "2007-07-01", "ends_on": ends}]
    assert assess(file("2008-03-10", caisse="751", earlier_rights=rights)).proposal == proposal


def test_each_finding_names_the_version_of_its_rule_and_what_proves_its_fact() -> None:
    facts = file("2024-05-02", members=applicant("2024-05-02"))
    found = {one.rule: one for one in assess(facts).findings}
    assert str(found["residence.condition"].rule_from) == "2021-01-01"
    assert found["residence.condition"].proof == "declared"
    assert found["papers.residence"].proof == f"paper:{facts.papers[1].paper_id}"
    seen = {"point": "entered_on", "value": "2023-01-02", "proof": "interview", "member_rank": 0}
    observed = assess(file("2024-05-02", observed=[seen]))
    assert [one.proof for one in observed.findings if one.rule == "residence.condition"] == ["observed:interview"]


def test_one_letter_for_each_member() -> None:
    home = [member(0, stay={"entered_on": "2024-04-01"}), member(1, "child", "2015-01-01")]
    papers = [*(one.model_dump() for one in file("2024-05-02").papers), paper("passport", "identity", 1)]
    result = assess(file("2024-05-02", members=home, papers=papers))
    assert [one.letter for one in result.members] == ["refusal", "admission"]


def test_the_child_of_an_applicant_in_regular_stay_is_for_a_person_to_see() -> None:
    home = [member(0, stay={"title": "permit", "title_until": "2025-01-01"}), member(1, "child", "2015-01-01")]
    papers = [*(one.model_dump() for one in file("2024-05-02").papers), paper("passport", "identity", 1)]
    result = assess(file("2024-05-02", members=home, papers=papers))
    assert [(one.proposal, one.letter) for one in result.members] == [("refuse", "orientation"), ("human", "")]
