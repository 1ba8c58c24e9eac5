"""What is only declared opens no privilege: each has its proof, and without it a person looks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from services.decision.domain.eligibility.facts import CaseFacts, Observation
from services.decision.domain.eligibility.observations import InvalidObservation, effective, law_day, observe
from services.decision.domain.eligibility.proofs import PRIVILEGES
from services.decision.domain.law.edition import current
from tests.decision.files import assess, day, file, member, paper

ENDED = {"caisse": "751", "ends_on": "2008-03-31", "starts_on": "2007-04-01"}
BILL = paper("energy_bill", "residence", dated="2007-10-10")


def declared(deposited: str = "2008-03-10", **changes: Any) -> CaseFacts:
    """An ordinary complete file, as a caisse declares it."""
    return file(deposited, **{"caisse": "751", "hypothetical": False, **changes})


def seen(facts: CaseFacts, point: str, value: Any, **more: Any) -> CaseFacts:
    given = {"point": point, "value": value, "proof": "interview", "observed_on": day("2008-03-12"), **more}
    return observe(facts, Observation.model_validate(given), current())


def held(facts: CaseFacts) -> set[str]:
    """The rules of proof for which a person must look."""
    result = assess(facts)
    found = {one.rule for one in result.findings if one.verdict == "human"}
    return {rule for rule in found if rule.startswith("proof.") or rule == "right.open_here"}


def known(**right: Any) -> list[dict[str, Any]]:
    return [{"member_rank": 0, "source": "entitlement", **right}]


def test_an_ordinary_first_application_needs_no_proof_of_any_privilege() -> None:
    assert held(declared()) == set()
    assert assess(declared()).proposal == "grant"


@pytest.mark.parametrize("earlier", [[], [ENDED], [{**ENDED, "caisse": "931"}]], ids=["none", "here", "elsewhere"])
def test_a_renewal_of_a_right_that_nobody_knows_is_never_granted_by_itself(earlier: list[Any]) -> None:
    """Without an identity paper it is asked for; with every paper of a first application, a person looks."""
    bare = declared(kind="renewal", earlier_rights=earlier, papers=[BILL])
    assert (assess(bare).proposal, [item.code for item in assess(bare).items]) == ("request_papers", ["identity"])
    whole = declared(kind="renewal", earlier_rights=earlier)
    assert assess(whole).proposal == "human"
    assert "proof.renewal" in held(whole)
    assert not [right for right in assess(whole).entitlements if right.starts_on != day("2008-03-10")]


def test_a_renewal_of_a_known_right_asks_for_no_identity_and_follows_it() -> None:
    facts = declared(kind="renewal", earlier_rights=[ENDED], papers=[BILL], known_rights=known(**ENDED))
    result = assess(facts)
    assert (result.proposal, held(facts)) == ("grant", set())
    assert [right.starts_on for right in result.entitlements] == [day("2008-04-01")]


def test_a_known_right_is_that_of_one_member() -> None:
    """The spouse whose right nobody knows proves who she is."""
    members = [*file().model_dump(mode="json")["members"], member(1, "spouse", stay={"entered_on": "2007-03-10"})]
    facts = declared(kind="renewal", members=members, papers=[BILL], known_rights=known(**ENDED))
    assert [(item.code, item.member_rank) for item in assess(facts).items] == [("identity", 1)]


def test_a_paper_of_the_right_counts_once_an_agent_has_looked_at_it() -> None:
    card = paper("right_attestation", "other", dated="2007-04-01")
    facts = declared(kind="renewal", papers=[BILL, card])
    assert assess(facts).proposal == "request_papers"
    looked = seen(facts, "right_ends_on", "2008-03-31", paper_id=card["paper_id"])
    assert assess(looked).proposal == "grant"
    assert [right.starts_on for right in assess(looked).entitlements] == [day("2008-04-01")]
    with pytest.raises(InvalidObservation):
        seen(facts, "right_ends_on", "2008-03-31", paper_id=BILL["paper_id"])


def test_the_nine_months_count_proven_rights_only() -> None:
    """Since 2021 an adult's planned care waits nine months, from the first of rights that follow each other."""
    earlier = {"caisse": "751", "starts_on": "2024-04-01", "ends_on": "2025-03-31"}
    told = declared("2025-03-10", kind="first", earlier_rights=[earlier])
    assert [right.planned_care_from for right in assess(told).entitlements] in ([], [day("2025-12-10")])
    proven = declared("2025-03-10", kind="renewal", earlier_rights=[earlier], known_rights=known(**earlier))
    assert [right.planned_care_from for right in assess(proven).entitlements] == [None]


@pytest.mark.parametrize(
    ("kind", "right", "proposal"),
    [
        pytest.param("first", {"ends_on": "2008-03-31"}, "human", id="a first application while a right runs"),
        pytest.param("first", {"ends_on": "2008-03-10"}, "human", id="on its last day"),
        pytest.param("first", {"ends_on": "2008-03-09"}, "grant", id="the day after it"),
        pytest.param("renewal", {"ends_on": "2008-05-10"}, "grant", id="a renewal in its months"),
        pytest.param("renewal", {"ends_on": "2008-05-11"}, "human", id="a renewal too early"),
    ],
)
@pytest.mark.parametrize("how", ["known", "declared"])
def test_an_open_right_at_the_same_caisse_is_not_granted_twice(
    kind: str, right: dict[str, str], proposal: str, how: str
) -> None:
    whole = {"caisse": "751", "starts_on": "2007-05-12", **right}
    facts = declared(kind=kind, earlier_rights=[whole] if how == "declared" else [])
    if how == "known" or kind == "renewal":
        facts = facts.model_copy(update={"known_rights": declared(known_rights=known(**whole)).known_rights})
    assert assess(facts).proposal == proposal
    assert ("right.open_here" in held(facts)) is (proposal == "human")


TRANSMITTED = {"channel": "ccas", "body": "ccas-751", "received_on": "2008-03-14"}


def test_a_day_that_the_body_did_not_give_itself_shows_both_dates_to_a_person() -> None:
    facts = declared(deposit=TRANSMITTED)
    (finding,) = [one for one in assess(facts).findings if one.rule == "proof.first_body"]
    assert (finding.verdict, finding.value, finding.limit) == ("human", "2008-03-10", "2008-03-14")
    assert assess(facts).proposal == "human"


@pytest.mark.parametrize(
    "proof",
    [
        {"deposit": {**TRANSMITTED, "first_body_by": "body"}},
        {"deposit": TRANSMITTED, "stamp": paper("deposit_receipt", "other", dated="2008-03-10")},
        {"deposit": TRANSMITTED, "stamp": paper("means_statement", "means", posted_on="2008-03-10")},
        {"deposit": {**TRANSMITTED, "received_on": "2008-03-10"}},
    ],
    ids=["its own token", "a stamped receipt", "a postmark", "no earlier day"],
)
def test_a_day_of_deposit_counts_with_its_proof(proof: dict[str, Any]) -> None:
    stamps = [proof.pop("stamp")] if "stamp" in proof else []
    papers = [*file().model_dump(mode="json")["papers"], *stamps]
    assert held(declared(papers=papers, **proof)) == set()


@pytest.mark.parametrize(
    "receipt",
    [
        paper("deposit_receipt", "other", dated="2008-03-09"),
        paper("deposit_receipt", "other", dated="2008-03-10", legible=False),
        paper("lease", "residence", dated="2008-03-10"),
    ],
    ids=["of another day", "illegible", "another paper"],
)
def test_another_paper_is_no_stamp(receipt: dict[str, Any]) -> None:
    papers = [*file().model_dump(mode="json")["papers"], receipt]
    assert "proof.first_body" in held(declared(deposit=TRANSMITTED, papers=papers))


def test_a_person_chooses_between_the_two_dates() -> None:
    facts = declared(deposit={**TRANSMITTED, "first_body_on": "2008-02-20"})
    assert "proof.first_body" in held(facts)
    for chosen in ("2008-02-20", "2008-03-10", "2008-03-14"):
        choice = seen(facts, "deposited_on", chosen, observed_on=day("2008-03-20"))
        assert held(choice) == set()
        assert law_day(choice, current()) == day(chosen)
        assert {right.starts_on for right in assess(choice).entitlements} == {day(chosen)}
    with pytest.raises(InvalidObservation):
        seen(facts, "deposited_on", "2008-03-15", observed_on=day("2008-03-20"))


@pytest.mark.parametrize(
    ("on", "channel", "deposited"),
    [
        ("2011-06-20", "ccas", "2011-06-17"),
        ("2011-06-20", None, None),
        ("2022-05-10", "ccas", "2022-05-10"),
        ("2022-05-10", "hospital", "2022-05-03"),
        ("2022-05-10", "health_centre", None),
    ],
    ids=["a CCAS in 2011", "nobody knows which", "a CCAS in 2022", "a hospital in 2022", "on conditions"],
)
def test_a_stamp_dates_the_right_only_where_its_body_may_receive(on: str, channel: str | None, deposited: str) -> None:
    """The desk of the caisse, and before it another body: its stamp is seen, its competence is that of the law."""
    stamped = {"2011-06-20": "2011-06-17", "2022-05-10": "2022-05-03"}[on]
    papers = [*file(on).model_dump(mode="json")["papers"], paper("deposit_receipt", "other", dated=stamped)]
    handed = {"first_body_on": stamped, "first_body_by": "stamp", "first_body_channel": channel}
    made = file(on, papers=papers, hypothetical=False, deposit=handed)
    left = [one for one in assess(made).findings if one.fact == "first_body_place" and one.verdict == "human"]
    assert bool(left) is (deposited is None)
    assert law_day(made, current()) == day(deposited or on)
    if deposited is None:
        assert assess(made).proposal == "human"
        assert law_day(seen(made, "deposited_on", stamped, observed_on=day(on)), current()) == day(stamped)


def test_the_first_body_s_own_day_is_the_deposit() -> None:
    facts = declared(deposit={**TRANSMITTED, "first_body_on": "2008-02-20", "first_body_by": "body"})
    assert effective(facts, current()).deposit.deposited_on == day("2008-02-20")
    assert assess(facts).on == day("2008-02-20")


BY_REPRESENTATIVE = {"filed_by": "representative", "representation": "guardian"}
STUDENT = member(1, "child", born="1989-01-01", in_education=True, stay={"entered_on": "2007-03-10"})
SPOUSE = member(1, "spouse", in_regular_stay=True)
WAGE = {"incomes": [{"source": "work", "month": "2008-02", "amount_cents": 10, "member_rank": 1}]}


def with_member(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [*file().model_dump(mode="json")["members"], one]


@pytest.mark.parametrize(
    ("privilege", "deposited", "changes", "point", "rank"),
    [
        ("representation", "2008-03-10", {"deposit": BY_REPRESENTATIVE}, "representation", 0),
        (
            "reduced_mobility",
            "2022-03-10",
            {"deposit": {"filed_by": "third_party", "reduced_mobility": True}},
            "reduced_mobility",
            0,
        ),
        (
            "agreed_body",
            "2022-03-10",
            {"deposit": {"channel": "association", "body": "a-751", "agreed": True}},
            "agreed",
            0,
        ),
        ("education", "2008-03-10", {"members": with_member(STUDENT)}, "in_education", 1),
        (
            "recent_means",
            "2008-03-10",
            {
                "means": {
                    "incomes": [{"source": "work", "month": "2008-02", "amount_cents": 1}],
                    "recent_reason": "job_lost",
                }
            },
            "recent_reason",
            0,
        ),
        (
            "regular_spouse",
            "2015-03-10",
            {
                "members": with_member(SPOUSE),
                "means": {"incomes": [{**WAGE["incomes"][0], "month": "2015-02"}], "estimate_cents": 1},
            },
            "in_regular_stay",
            1,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and not value.startswith("20") else "",
)
def test_a_declared_fact_opens_its_privilege_once_an_agent_has_seen_it(
    privilege: str, deposited: str, changes: dict[str, Any], point: str, rank: int
) -> None:
    facts = declared(deposited, **changes)
    assert f"proof.{privilege}" in held(facts)
    assert assess(facts).proposal != "grant"
    value = {"representation": "guardian", "recent_reason": "job_lost"}.get(point, True)
    looked = seen(facts, point, value, member_rank=rank, observed_on=day(deposited))
    assert f"proof.{privilege}" not in held(looked)


def test_a_student_shows_the_attestation_of_the_school() -> None:
    shown = paper("school_attestation", "other", rank=1, dated="2008-01-10")
    papers = [*file().model_dump(mode="json")["papers"], paper("passport", "identity", rank=1), shown]
    assert "proof.education" not in held(declared(members=with_member(STUDENT), papers=papers))


def test_a_declared_domicile_is_asked_for_its_attestation() -> None:
    facts = declared(lodging="homeless", domiciled=True)
    assert [item.code for item in assess(facts).items] == ["domiciliation"]
    shown = paper("domiciliation_attestation", "residence", dated="2008-01-10")
    papers = [*file().model_dump(mode="json")["papers"], shown]
    assert assess(declared(lodging="homeless", domiciled=True, papers=papers)).proposal == "grant"
    assert assess(seen(facts, "domiciled", True)).proposal == "grant"


def test_a_minor_alone_proves_the_age_by_an_identity_paper() -> None:
    """No residence, no means, any door: but never without a paper of who it is."""
    minor = [member(0, born="1993-06-15")]
    bare = declared(members=minor, papers=[], means={})
    assert (assess(bare).proposal, [item.code for item in assess(bare).items]) == ("request_papers", ["identity"])
    shown = declared(members=minor, papers=[paper("passport", "identity")], means={})
    assert assess(shown).proposal == "grant"


@pytest.mark.parametrize(
    ("received", "registered", "human"),
    [
        ("2008-01-10", "2008-03-10", False),
        ("2008-01-09", "2008-03-10", True),
        ("2007-03-10", "2008-03-10", True),
        ("2008-03-10", "2008-03-10", False),
    ],
)
def test_an_old_reception_is_for_a_person_with_both_dates(received: str, registered: str, human: bool) -> None:
    facts = declared(received, deposit={"received_on": received}, registered_on=registered)
    result = assess(facts)
    found = [(one.value, one.limit) for one in result.findings if one.rule == "proof.reception_age"]
    assert found == ([(received, registered)] if human else [])
    assert (result.proposal == "human") or not human


def care_of(facts: CaseFacts) -> tuple[str, list[str | None]]:
    """What is proposed, and the first day of care of each right that is certain."""
    result = assess(facts)
    rights = [right.care_from for right in result.entitlements]
    return result.proposal, [day.isoformat() if day else None for day in rights]


HOSPITAL = paper("hospital_document", "other", dated="2008-03-01")


@pytest.mark.parametrize(
    ("papers", "answer"),
    [
        ([], ("human", [None])),
        ([HOSPITAL], ("grant", ["2008-03-01"])),
        ([{**HOSPITAL, "dated": "2008-03-02"}], ("human", [None])),
        ([{**HOSPITAL, "dated": None}], ("human", [None])),
        ([{**HOSPITAL, "legible": False}], ("human", [None])),
        ([{**HOSPITAL, "member_rank": 1}], ("human", [None])),
    ],
    ids=["declared alone", "its paper", "of another day", "without a day", "not legible", "of another member"],
)
def test_care_before_the_deposit_needs_its_paper(papers: list[dict[str, Any]], answer: tuple[str, list[Any]]) -> None:
    """Declared alone it moved the first day of care that the hospital is paid for."""
    spouse = member(1, "spouse", stay={"entered_on": "2007-03-10"}, in_regular_stay=True)
    members = [*file().model_dump(mode="json")["members"], spouse]
    care = [{"given_on": "2008-03-01"}]
    facts = declared("2008-03-10", members=members, earlier_care=care)
    whole = facts.model_dump(mode="json")
    facts = CaseFacts.model_validate({**whole, "papers": [*whole["papers"], *papers]})
    assert care_of(facts) == answer
    assert ("proof.earlier_care" in held(facts)) is (answer[0] == "human")


def test_a_stay_in_hospital_is_proved_by_a_paper_dated_in_it() -> None:
    stayed = [{"given_on": "2008-03-01", "stay_ended_on": "2008-03-05"}]
    facts = declared("2008-03-10", earlier_care=stayed)
    for dated, proven in (("2008-02-29", False), ("2008-03-01", True), ("2008-03-05", True), ("2008-03-06", False)):
        whole = facts.model_dump(mode="json")
        shown = CaseFacts.model_validate({**whole, "papers": [*whole["papers"], {**HOSPITAL, "dated": dated}]})
        assert (care_of(shown)[0] == "grant") is proven, dated


def test_an_agent_who_saw_the_bill_proves_the_care_that_was_declared() -> None:
    facts = declared("2008-03-10", earlier_care=[{"given_on": "2008-03-01"}])
    assert care_of(seen(facts, "earlier_care", "2008-03-01")) == ("grant", ["2008-03-01"])
    for value in ("2008-03-02", True, "03/01"):
        with pytest.raises(InvalidObservation):
            seen(facts, "earlier_care", value)


def test_care_that_is_not_covered_needs_no_proof() -> None:
    """Older than thirty days: no person is asked to look at what changes nothing."""
    facts = declared("2008-03-10", earlier_care=[{"given_on": "2008-01-01"}])
    assert care_of(facts) == ("grant", [None])


def test_the_page_of_privileges_names_each_with_its_fact_and_its_proof() -> None:
    """``docs/privileges.md`` is enforced: its table has exactly the privileges of the code and their proofs."""
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|", Path("docs/privileges.md").read_text("utf-8"), re.M)
    table = {name: (fact, proof) for name, fact, proof in rows}
    proven_elsewhere = {"priority", "minor_alone", "third_person", "old_reception", "open_right"}
    assert set(table) == set(PRIVILEGES) | proven_elsewhere
    book = current()
    for name in PRIVILEGES:
        proofs = book.value(f"proof.{name}", day("2026-01-01")).value
        assert set(re.findall(r"`(right|body|stamp|paper|observed)`", table[name][1])) == set(proofs), name
