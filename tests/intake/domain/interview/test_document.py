"""The answers of an interview become the document of an application, and nothing is invented."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.application import ActionContext, submit
from services.intake.domain.contradictions import FixedReferenceLookup
from services.intake.domain.interview.answers import Answers, Person
from services.intake.domain.interview.document import document, without_names
from services.intake.domain.interview.questions import guide
from shared.contract.events import Actor
from shared.contract.facts import Channel, PaperKind
from shared.contract.reference_data import DepositBody

TODAY = dt.date(2026, 11, 27)
BY = ActionContext(Actor(role="agent", id="agent-751-1"), "a" * 32, dt.datetime(2026, 11, 27, tzinfo=dt.UTC), TODAY)
DESK = DepositBody(code="cpam-751", name="Accueil de la caisse, Paris", channel=Channel.CPAM, caisse="751")
AWA = {
    "kind": "first",
    "family_name": "DIARRA",
    "given_names": "Awa",
    "sex": "F",
    "birth_date": "12/3/1979",
    "birth_country": "ML",
    "nationality": "ML",
    "identity_paper": "passport",
    "identity_dated": "10/1/2022",
    "identity_number": "A123",
    "identity_photo": "yes",
    "entered_on": "3/2/2024",
    "title": "none",
    "irregular_since": "4/5/2024",
    "residence_paper": "lease",
    "residence_dated": "1/6/2026",
    "estimate_euros": "3600,50",
    "means_statement": "yes",
    "lodging": "own",
    "address_line": "12 rue des Lilas",
    "postcode": "75018",
    "city": "PARIS",
    "telephone": "06 12 34 56 78",
}


def made(**changes: str) -> dict[str, Any]:
    said = Answers(answers={**AWA, **changes}, people=[Person(relation="child", answers={"family_name": "DIARRA"})])
    return document(said, caisse="751", desk=DESK, today=TODAY)


def test_an_interview_becomes_an_application() -> None:
    found = made()
    assert found["deposit"] == {
        "channel": "cpam",
        "body": "cpam-751",
        "deposited_on": "2026-11-27",
        "received_on": "2026-11-27",
    }
    assert [one["relation"] for one in found["members"]] == ["applicant", "child"]
    assert found["members"][0]["birth_date"] == "1979-03-12"
    assert found["members"][0]["stay"] == {"entered_on": "2024-02-03", "irregular_since": "2024-05-04", "title": "none"}
    assert found["means"] == {"estimate_cents": 360_050}
    assert [(paper["kind"], paper["use"]) for paper in found["papers"]] == [
        ("passport", "identity"),
        ("lease", "residence"),
        ("means_statement", "means"),
    ]
    assert "protected_location" not in found["address"]


def test_intake_takes_what_an_interview_made() -> None:
    found = made()
    envelope = ("caisse", "reference")
    facts = {name: value for name, value in found.items() if name not in envelope}
    known = FixedReferenceLookup(frozenset({"751"}), {"cpam-751": "cpam"})
    file, events = submit(facts, application_id=uuid4(), caisse="751", reference="", known=known, by=BY)
    assert file.facts is not None
    assert [member.family_name for member in file.facts.members] == ["DIARRA", "DIARRA"]
    assert [event.type for event in events] == ["application.submitted"]


def test_what_protects_a_person_is_said() -> None:
    assert made(protected_location="yes")["address"]["protected_location"] is True


def test_the_question_about_the_law_holds_no_name_and_no_address() -> None:
    text = str(without_names(made()))
    for secret in ("DIARRA", "Awa", "Lilas", "PARIS", "06 12", "A123"):
        assert secret not in text
    assert "75018" in text


def test_every_paper_of_the_guide_is_one_of_the_contract() -> None:
    kinds = {kind.value for kind in PaperKind}
    for step in guide().steps:
        for question in step.questions:
            if question.id.endswith("_paper"):
                assert set(question.options) <= kinds


@given(st.dictionaries(st.sampled_from([*AWA, "care_given_on", "earlier_caisse"]), st.text(max_size=40)))
def test_whatever_was_typed_a_document_comes_of_it(said: dict[str, str]) -> None:
    found = document(Answers(answers=said), caisse="751", desk=DESK, today=TODAY)
    assert found["members"][0]["relation"] == "applicant"
