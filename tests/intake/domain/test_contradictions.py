"""What intake refuses, fact by fact: the field, the rule, and nothing else."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from services.intake.domain.application import submit
from services.intake.domain.input_errors import InvalidApplication
from shared.contract.input_rules import RULES
from tests.intake.examples import BY, KNOWN, application, errors

SECOND = "/members/1"


def test_an_ordinary_application_is_received() -> None:
    assert errors(application()) == []


REFUSED: list[tuple[str, Any, str, str]] = [
    # a value that never was
    ("/members/0/birth_date", "1984-02-31", "/members/0/birth_date", "impossible_date"),
    ("/members/0/birth_date", "1984-00-12", "/members/0/birth_date", "date_format"),
    ("/members/0/birth_date", "12/03/1979", "/members/0/birth_date", "date_format"),
    ("/members/0/birth_date", "١٩٨٤-01-01", "/members/0/birth_date", "date_format"),
    ("/members/0/birth_date", "9999-12-31", "/members/0/birth_date", "birth_after_deposit"),
    ("/address/postcode", "٧٥٠١٨", "/address/postcode", "wrong_format"),
    ("/members/0/birth_date", "1802-01-01", "/members/0/birth_date", "date_too_old"),
    ("/deposit/deposited_on", "2008-02-30", "/deposit/deposited_on", "impossible_date"),
    ("/deposit/deposited_on", "hier", "/deposit/deposited_on", "date_format"),
    ("/deposit/deposited_on", 20080114, "/deposit/deposited_on", "date_format"),
    ("/members/0/family_name", "D" * 10_000, "/members/0/family_name", "too_long"),
    ("/members/0/family_name", "Dia\u0007rra", "/members/0/family_name", "control_character"),
    ("/members/0/family_name", "Dia\u202erra", "/members/0/family_name", "control_character"),
    ("/members/0/family_name", "", "/members/0/family_name", ""),
    ("/members/0/family_name", ..., "/members/0/family_name", "missing"),
    ("/members/0/sex", "X", "/members/0/sex", "unknown_value"),
    ("/members/0/nationality", "Mali", "/members/0/nationality", "wrong_format"),
    ("/members/0/surname", "Diarra", "/members/0/surname", "unknown_field"),
    ("/colour", "blue", "/colour", "unknown_field"),
    ("/members", [], "/members", "too_short"),
    ("/members", "nobody", "/members", "wrong_type"),
    ("/members/0/rank", True, "/members/0/rank", "wrong_type"),
    ("/means/estimate_cents", -1, "/means/estimate_cents", "out_of_range"),
    ("/means/estimate_cents", 12.5, "/means/estimate_cents", "wrong_type"),
    ("/means/estimate_cents", 10**30, "/means/estimate_cents", "out_of_range"),
    ("/means/estimate_cents", 200_000_000, "/means/estimate_cents", "means_absurd"),
    (
        "/means/incomes",
        [{"source": "work", "month": "2008-02", "amount_cents": 1}],
        "/means/incomes/0/month",
        "income_in_future",
    ),
    (
        "/means/incomes",
        [{"source": "work", "month": "2008-01", "amount_cents": 1, "member_rank": 5}],
        "/means/incomes/0/member_rank",
        "unknown_member",
    ),
    # what the service assigns
    ("/members/0/member_id", str(uuid4()), "/members/0/member_id", "server_assigned"),
    ("/papers/0/sha256", "0" * 64, "/papers/0/sha256", "server_assigned"),
    # dates that contradict each other
    ("/deposit/deposited_on", "2008-01-18", "/deposit/received_on", "received_before_deposited"),
    ("/deposit/deposited_on", "1999-12-31", "/deposit/deposited_on", "deposit_before_ame"),
    ("/members/1/birth_date", "2008-01-15", "/members/1/birth_date", "birth_after_deposit"),
    ("/members/0/birth_date", "1881-01-01", "/members/0/birth_date", "birth_too_old"),
    ("/members/0/stay/entered_on", "1978-01-01", "/members/0/stay/entered_on", "entry_before_birth"),
    ("/members/0/stay", {"entered_on": "2008-01-15"}, "/members/0/stay/entered_on", "entry_after_deposit"),
    ("/members/1/stay", {"entered_on": "2008-01-21"}, "/members/1/stay/entered_on", "date_in_future"),
    ("/members/0/in_regular_stay", True, "/members/0/in_regular_stay", "regular_and_irregular"),
    ("/members/0/stay/title_until", "2099-01-01", "/members/0/stay/title_until", "date_too_far"),
    ("/papers/1/dated", "2008-01-18", "/papers/1/dated", "paper_dated_after_receipt"),
    ("/papers/1/received_on", "2008-01-21", "/papers/1/received_on", "paper_in_future"),
    ("/papers/1/member_rank", 7, "/papers/1/member_rank", "unknown_member"),
    ("/earlier_care", [{"given_on": "2008-01-15"}], "/earlier_care/0/given_on", "care_after_deposit"),
    ("/earlier_care", [{"given_on": "2003-12-31", "member_rank": 1}], "/earlier_care/0/given_on", "care_before_birth"),
    (
        "/earlier_care",
        [{"given_on": "2007-12-20", "stay_ended_on": "2007-12-19"}],
        "/earlier_care/0/stay_ended_on",
        "stay_ends_before_start",
    ),
    (
        "/earlier_rights",
        [{"starts_on": "2007-02-01", "ends_on": "2007-01-01"}],
        "/earlier_rights/0/ends_on",
        "right_ends_before_start",
    ),
    ("/deposit/first_body_on", "2008-01-15", "/deposit/first_body_on", "first_body_after_deposited"),
    ("/deposit/first_body_on", "1999-12-31", "/deposit/first_body_on", "deposit_before_ame"),
    ("/deposit/first_body_by", "stamp", "/deposit/first_body_by", "stamp_without_receipt"),
    ("/deposit/first_body_by", "body", "/deposit/first_body_by", "server_assigned"),
    ("/deposit/first_body_by", "someone", "/deposit/first_body_by", "unknown_value"),
    ("/papers/1/posted_on", "2008-01-18", "/papers/1/posted_on", "paper_posted_after_receipt"),
    ("/papers/1/posted_on", "2007-05-31", "/papers/1/dated", "paper_dated_after_posting"),
    (
        "/members/0/stay/absences",
        [{"left_on": "2007-09-01", "returned_on": "2007-08-01"}],
        "/members/0/stay/absences/0/returned_on",
        "absence_ends_before_start",
    ),
    (
        "/members/0/stay/absences",
        [{"left_on": "1979-01-01", "returned_on": "1980-01-01"}],
        "/members/0/stay/absences/0/left_on",
        "absence_before_birth",
    ),
    (
        "/members/0/stay/absences",
        [{"left_on": "2008-01-15"}],
        "/members/0/stay/absences/0/left_on",
        "absence_after_deposit",
    ),
    (
        "/members/0/stay/absences",
        [{"left_on": "2007-08-01"}, {"left_on": "2007-09-01", "returned_on": "2007-09-10"}],
        "/members/0/stay/absences/1/left_on",
        "absences_overlap",
    ),
    (
        "/members/0/stay",
        {"absent_days": 29, "absences": [{"left_on": "2007-08-01", "returned_on": "2007-09-01"}]},
        "/members/0/stay/absent_days",
        "absent_days_below_absences",
    ),
    (
        "/members/1",
        {"relation": "spouse", "family_name": "D", "shared_custody": True},
        "/members/1/shared_custody",
        "shared_custody_of_adult",
    ),
    ("/members/0/father_name", "D" * 121, "/members/0/father_name", "too_long"),
    (
        "/earlier_rights",
        [{"granted": False, "granted_on": "2007-01-01"}],
        "/earlier_rights/0/granted_on",
        "granted_on_of_refusal",
    ),
    (
        "/earlier_rights",
        [{"deposited_on": "2007-02-01", "granted_on": "2007-01-01"}],
        "/earlier_rights/0/granted_on",
        "granted_before_deposited",
    ),
    (
        "/earlier_rights",
        [{"deposited_on": "2007-02-01", "ends_on": "2007-01-31"}],
        "/earlier_rights/0/ends_on",
        "right_ends_before_deposited",
    ),
    (
        "/earlier_rights",
        [{"deposited_on": "2008-01-15"}],
        "/earlier_rights/0/deposited_on",
        "earlier_right_after_deposit",
    ),
    ("/earlier_rights", [{"granted_on": "2008-01-21"}], "/earlier_rights/0/granted_on", "date_in_future"),
    # the household
    ("/members/0/relation", "child", "/members", "no_applicant"),
    ("/members/1/relation", "applicant", "/members/1/relation", "two_applicants"),
    ("/members/1/rank", 0, "/members/1/rank", "duplicate_rank"),
    ("/members/0/family_name", "1234", "/members/0/family_name", ""),
    ("/members/0/social_number", "27903996010011", "/members/0/social_number", "social_number_length"),
    ("/members/0/social_number", "279039960100199", "/members/0/social_number", "social_number_key"),
    # what the reference data do not know
    ("/deposit/body", "ccas-999", "/deposit/body", "unknown_body"),
    ("/deposit/channel", "hospital", "/deposit/channel", "channel_of_body"),
    ("/earlier_rights", [{"caisse": "999"}], "/earlier_rights/0/caisse", "unknown_caisse"),
]


@pytest.mark.parametrize(
    ("where", "value", "pointer", "code"),
    REFUSED,
    ids=[f"{code or 'accepted'}:{where}" for where, _, _, code in REFUSED],
)
def test_what_is_refused(where: str, value: Any, pointer: str, code: str) -> None:
    found = errors(application((where, value)))
    if code:
        assert (pointer, code) in found
        assert all(code in RULES for _, code in found)
    else:
        assert found == []


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("/deposit/channel", "post"),
        ("/members/0/birth_date", "1979-00-00"),
        ("/members/1/birth_date", "2008-00-00"),
        ("/members/1/stay", {"entered_on": "2004-01-01"}),
        ("/members/0/social_number", "279039935010070"),
        ("/members/0/social_number", "779039935010012"),
        ("/members/0/given_names", "อารยา"),
        ("/members/0/stay/irregular_since", "2006-01-01"),
        ("/deposit/first_body_on", "2008-01-10"),
        ("/papers/1/posted_on", "2008-01-16"),
        ("/members/0/stay", {"absent_days": 30, "absences": [{"left_on": "2007-08-01", "returned_on": "2007-09-01"}]}),
        (
            "/members/0/stay/absences",
            [
                {"left_on": "2007-08-01", "returned_on": "2007-09-01"},
                {"left_on": "2007-09-01", "returned_on": "2007-09-20"},
            ],
        ),
        ("/members/1/shared_custody", True),
        ("/members/1/infirm", True),
        ("/members/1/mother_name", "Diarra Awa"),
        ("/address/protected_location", True),
        ("/earlier_rights", [{"deposited_on": "2006-10-02", "granted_on": "2006-12-01", "ends_on": "2007-10-01"}]),
        ("/means", {}),
        ("/papers", []),
    ],
)
def test_what_is_possible_is_received(where: str, value: Any) -> None:
    """Incomplete, unusual or unlucky facts are for decision to weigh, not for intake to refuse."""
    assert errors(application((where, value))) == []


def test_future_deposit() -> None:
    later = application(("/deposit/deposited_on", "2008-01-21"), ("/deposit/received_on", "2008-01-22"))
    assert ("/deposit/deposited_on", "deposit_in_future") in errors(later)
    assert ("/deposit/received_on", "received_in_future") in errors(later)


def test_the_same_person_twice_but_not_twins() -> None:
    twin = {"relation": "child", "family_name": "DIARRA", "given_names": "Moussa", "birth_date": "2004-05-01"}
    other = {**twin, "family_name": "Diarra", "given_names": "moussa "}
    assert ("/members/2", "same_person_twice") in errors(
        application(("/members/1", twin)) | {"members": [application()["members"][0], twin, other]}
    )
    other["given_names"] = "Issa"
    assert errors(application() | {"members": [application()["members"][0], twin, other]}) == []


def test_newborn_twins_have_no_given_names_yet() -> None:
    twins = [{"relation": "child", "family_name": "Diarra", "sex": sex, "birth_date": "2008-01-10"} for sex in "FM"]
    assert errors(application() | {"members": [application()["members"][0], *twins]}) == []
    same_sex = [{**twin, "sex": "F"} for twin in twins]
    assert errors(application() | {"members": [application()["members"][0], *same_sex]}) == []


def test_a_child_of_the_spouse_may_be_older_than_the_applicant() -> None:
    applicant = application()["members"][0]
    spouse = {"relation": "spouse", "family_name": "Sow", "birth_date": "1955-06-01"}
    child = {"relation": "child", "family_name": "Sow", "birth_date": "1978-11-20"}
    assert errors(application() | {"members": [applicant, spouse, child]}) == []
    for members in ([applicant, child], [applicant, {**spouse, "birth_date": "1979-06-01"}, child]):
        assert ("child_older_than_parent") in {code for _, code in errors(application() | {"members": members})}
    parent = {"relation": "ascendant", "family_name": "Sow", "birth_date": "1980-01-01"}
    young = {**spouse, "birth_date": "1998-06-01"}
    assert errors(application() | {"members": [applicant, young, parent]}) == []
    assert errors(application() | {"members": [applicant, parent]}) != []


@pytest.mark.parametrize(
    "word",
    """NON RENSEIGNE|Non renseigné|XXXXX|xx|NC|N.C.|NP|NR|N/A|#N/A|#REF!|#NOM?|#VALEUR!|AUCUN|PAS DE PRENOM|SANS NOM
    DEMANDEUR ANONYME|ANONYME|NOURRISSON|NOURRISSON FILLE|NOUVEAU-NÉ|BEBE GARCON|INCONNU|NON COMMUNIQUE|-|?|...|SNP
    =HYPERLINK("http://x")|@SOMME(A1)|NÉANT|A COMPLETER|UNKNOWN|#####|=A1|#CHAMP!|#BEZUG!|#N/D|S/O|NaN|undefined|TBD
    ZZZZ|X X|X.X.|NR NR|INCONNU INCONNU|Non renseigné(e)|NONRENSEIGNE|ILLISIBLE|NON IDENTIFIE|sans objet|Mme|Madame X
    PRENOM|Nom de famille|JOHN DOE|X SE DISANT|FOETUS|BEBE FILLE 2|JUMEAU N°1|IDENTITE INCONNUE|à définir""".replace(
        "\n    ", "|"
    ).split("|"),
)
@pytest.mark.parametrize("field", ["family_name", "given_names", "usage_name"])
def test_a_word_that_is_no_name_is_refused(field: str, word: str) -> None:
    assert (f"/members/0/{field}", "placeholder_name") in errors(application((f"/members/0/{field}", word)))


def test_words_that_are_no_name_together() -> None:
    found = errors(application(("/members/0/family_name", "NOURRISSON"), ("/members/0/given_names", "FILLE")))
    assert ("/members/0/family_name", "placeholder_name") in found
    found = errors(application(("/members/0/family_name", "DEMANDEUR"), ("/members/0/given_names", "ANONYME")))
    assert "placeholder_name" in {code for _, code in found}


@pytest.mark.parametrize(
    "name",
    [
        "NULL",
        "None",
        "True",
        "Test",
        "Sans",
        "NA",
        "O",
        "X",
        "Y",
        "E",
        "DO",
        "LE",
        "DU",
        "VAN",
        "M.",
        "N'DIAYE",
        "Nʼ DIAYE",
        "-DIALLO",
        "Bebe",
        "Nour",
        "Aucante",
        "Blank",
        "Toto",
        "So",
        "Nan",
        "Nom",
        "Garçon",
        "Aaa",
        "Prénomaé",
        "O’Neil & fils",
    ],
)
@pytest.mark.parametrize("field", ["family_name", "given_names"])
def test_odd_names_are_names(field: str, name: str) -> None:
    assert errors(application((f"/members/0/{field}", name))) == []


@pytest.mark.parametrize(
    "pointer", ["/members/0/given_names", "/address/line", "/address/city", "/members/0/birth_place"]
)
@pytest.mark.parametrize(
    "text",
    [
        "AÃ¯ssata",
        "A\ufffdssata",
        "A√Øssata",
        "A├»ssata",
        "Nguyá»…n",
        "A&iuml;ssata",
        "A&#239;ssata",
        "A\\u00efssata",
        "A%C3%AFssata",
        "A=C3=AFssata",
    ],
)
def test_letters_that_were_lost_are_told(pointer: str, text: str) -> None:
    assert (pointer, "garbled_text") in errors(application((pointer, text)))


@pytest.mark.parametrize("pointer", ["/members/0/family_name", "/members/0/birth_place", "/address/city"])
@pytest.mark.parametrize("text", ["TRAOR?", "A?ssata", "?lise"])
def test_a_question_mark_within_a_name_is_a_lost_letter(pointer: str, text: str) -> None:
    assert (pointer, "garbled_text") in errors(application((pointer, text)))


def test_a_question_mark_of_an_address_is_left_alone() -> None:
    assert errors(application(("/address/line", "12 rue des Lilas, bâtiment B ?"))) == []


@pytest.mark.parametrize(
    ("pointer", "value", "hint"),
    [
        ("/members/0/nationality", "Mali", "ML"),
        ("/members/0/nationality", "ml", "ML"),
        ("/members/0/birth_country", "Côte d'Ivoire", "CI"),
        ("/address/postcode", "1310", "01310"),
        ("/address/postcode", "75018.0", "75018"),
        ("/address/telephone", "6,12E+08", "tableur"),
        ("/members/0/social_number", "1,85E+14", "tableur"),
        ("/means/incomes", [{"source": "work", "month": "11/2007", "amount_cents": 1}], "AAAA-MM"),
    ],
)
def test_a_refusal_says_what_to_write(pointer: str, value: Any, hint: str) -> None:
    with pytest.raises(InvalidApplication) as caught:
        submit(application((pointer, value)), application_id=uuid4(), caisse="751", reference="", known=KNOWN, by=BY)
    assert any(hint in error.detail for error in caught.value.errors), caught.value.errors


def test_two_spouses() -> None:
    spouses = [{"relation": "spouse", "family_name": "A"}, {"relation": "spouse", "family_name": "B"}]
    found = errors(application() | {"members": [application()["members"][0], *spouses]})
    assert found == [("/members/2/relation", "two_spouses")]


def test_unknown_caisse_is_said_with_the_other_faults() -> None:
    found = errors(application(("/members/0/sex", "X")), caisse="999")
    assert ("/caisse", "unknown_caisse") in found
    assert ("/members/0/sex", "unknown_value") in found


def test_a_refusal_never_repeats_a_name() -> None:
    document = application(("/members/0/family_name", "Secret" * 100), ("/members/0/Secret", 1))
    with pytest.raises(InvalidApplication) as caught:
        submit(document, application_id=uuid4(), caisse="751", reference="", known=KNOWN, by=BY)
    assert not any("Secret" in error.detail for error in caught.value.errors)
