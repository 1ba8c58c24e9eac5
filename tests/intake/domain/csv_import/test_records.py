"""A CSV of applications: what its rows say, what is wrong with them, and that no bytes can break the reading."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.domain.application import Application
from services.intake.domain.csv_import.columns import COLUMNS, NAMES, folded, template
from services.intake.domain.csv_import.encodings import encoding_of, errors_of
from services.intake.domain.csv_import.header import FileRejected, header_of
from services.intake.domain.csv_import.lines import RowRejected, groups_of, rows_of
from services.intake.domain.csv_import.records import application_id_of, cited, record
from shared.contract.facts import StayTitle
from shared.contract.input_rules import RULES
from tests.intake.examples import BY, KNOWN
from tests.intake.rows import FIRST, groups, lines

IMPORT = uuid4()


def read(
    *rows: dict[str, str], scope: frozenset[str] | None = None, resolved: dict[tuple[str, str], UUID] | None = None
) -> Any:
    (group,) = groups(lines(*rows))
    return record(group, import_id=IMPORT, caisse="751", scope=scope, known=KNOWN, by=BY, resolved=resolved or {})


def errors(*rows: dict[str, str], **how: Any) -> list[tuple[int, str, str]]:
    found = read(*rows, **how)
    assert isinstance(found, list), "accepted"
    assert all(error.rule == RULES[error.code] for error in found)
    return [(error.row, error.column, error.code) for error in found]


def accepted(*rows: dict[str, str], **how: Any) -> Application:
    found = read(*rows, **how)
    assert isinstance(found, tuple), found
    application: Application = found[0]
    return application


def test_the_facts_of_the_dated_law_are_read_from_their_columns() -> None:
    given = {
        **FIRST,
        "route": "garde à vue",
        "filed_by": "représentant",
        "representation": "curateur",
        "reduced_mobility": "oui",
        "treated_there": "non",
        "body_agreed": "oui",
        "recent_reason": "job_lost",
        "situation_changed": "oui",
        "stay_title": "carte",
        "title_from": "2006-01-01",
        "title_until": "2007-01-01",
        "insured_before": "oui",
        "removal_on": "2007-02-01",
        "absent_days": "40",
        "absences": "2007-07-01/2007-07-15; 2007-12-20/",
        "infirm": "oui",
        "father_name": "Keita Moussa",
        "mother_name": "Sow Fatou",
        "protected_location": "oui",
        "first_body_on": "10/01/2008",
        "first_body_by": "tampon",
        "papers": "deposit_receipt::2008-01-10!posted=2008-01-12;lease",
        "earlier_deposited_on": "2006-10-02",
        "earlier_granted_on": "2006-12-01",
        "earlier_ends_on": "2007-10-01",
    }
    host = {
        "reference": "R-1",
        "relation": "tierce personne",
        "family_name": "Keita",
        "living_together_since": "01/01/2007",
        "in_charge": "oui",
        "shared_custody": "non",
    }
    facts = accepted(given, host).facts
    assert facts is not None
    deposit, stay, third = facts.deposit, facts.members[0].stay, facts.members[1]
    assert (facts.route, deposit.representation, facts.means.recent_reason) == ("custody", "curator", "job_lost")
    assert (deposit.reduced_mobility, deposit.treated_there, deposit.agreed) == (True, False, True)
    assert (str(stay.title_from), stay.insured_before, str(stay.removal_on)) == ("2006-01-01", True, "2007-02-01")
    assert (stay.right_of_residence, stay.absent_days) == (None, 40)
    assert (str(third.living_together_since), third.in_charge) == ("2007-01-01", True)
    assert [(str(one.left_on), str(one.returned_on)) for one in stay.absences] == [
        ("2007-07-01", "2007-07-15"),
        ("2007-12-20", "None"),
    ]
    applicant = facts.members[0]
    assert (applicant.infirm, applicant.father_name, applicant.mother_name) == (True, "Keita Moussa", "Sow Fatou")
    assert (third.infirm, third.shared_custody, facts.address.protected_location) == (None, False, True)
    assert (str(deposit.first_body_on), deposit.first_body_by) == ("2008-01-10", "stamp")
    assert [(paper.kind, paper.use, str(paper.posted_on)) for paper in facts.papers] == [
        ("deposit_receipt", "other", "2008-01-12"),
        ("lease", "residence", "None"),
    ]
    right = facts.earlier_rights[0]
    assert (str(right.deposited_on), str(right.granted_on)) == ("2006-10-02", "2006-12-01")


@pytest.mark.parametrize("cell", ["2007-07-01", "hier/demain", "2007-07-01/x"])
def test_an_absence_that_cannot_be_read_names_its_cell(cell: str) -> None:
    found = read({**FIRST, "absences": cell})
    assert isinstance(found, list)
    assert [(one.column, one.code) for one in found] == [("absences", "compact_format")]


def test_a_family_is_one_application() -> None:
    child = {
        "reference": "R-1",
        "relation": "enfant",
        "family_name": "Diarra",
        "given_names": "Moussa",
        "birth_date": "2004",
    }
    file = accepted(
        {
            **FIRST,
            "means_estimate_eur": "1 234,50",
            "incomes": "work:2007-11:420;family_help:2007-12:80,5",
            "care": "2007-12-20;2007-12-24/2007-12-28",
            "domiciled": "oui",
            "lodging": "Hébergé gratuitement",
            "stay_title": "visa",
            "title_until": "01/06/2007",
        },
        {**child, "papers": "birth_certificate_translation::2005-02-03"},
    )
    assert file.application_id == application_id_of(IMPORT, "R-1")
    assert file.facts
    facts = file.facts.model_dump(mode="json")
    assert [(m["rank"], m["relation"], m["birth_date"]) for m in facts["members"]] == [
        (0, "applicant", "1979-03-12"),
        (1, "child", "2004-00-00"),
    ]
    assert facts["deposit"]["received_on"] == "2008-01-14"
    assert facts["members"][0]["stay"]["title"] == StayTitle.VISA
    assert facts["members"][0]["stay"]["title_until"] == "2007-06-01"
    assert facts["means"]["estimate_cents"] == 123_450
    assert [(i["source"], i["month"], i["amount_cents"]) for i in facts["means"]["incomes"]] == [
        ("work", "2007-11", 42_000),
        ("family_help", "2007-12", 8_050),
    ]
    assert [
        (p["kind"], p["use"], p["member_rank"], p["dated"], p["number"], p["has_photo"]) for p in facts["papers"]
    ] == [
        ("passport", "identity", 0, "2006-01-10", "07AB12", True),
        ("means_statement", "means", 0, None, "", False),
        ("birth_certificate_translation", "identity", 1, "2005-02-03", "", False),
    ]
    assert [(c["given_on"], c["stay_ended_on"]) for c in facts["earlier_care"]] == [
        ("2007-12-20", None),
        ("2007-12-24", "2007-12-28"),
    ]
    assert (facts["address"]["lodging"], facts["address"]["domiciled"]) == ("hosted_free", True)


def test_an_earlier_application_is_found_by_reference_or_id() -> None:
    earlier = uuid4()
    by_id = accepted({**FIRST, "kind": "renouvellement", "earlier_application": str(earlier)})
    row = {**FIRST, "earlier_application": "OLD-7", "earlier_granted": "non"}
    (group,) = groups(lines(row))
    assert cited(group, "931") == [("751", "OLD-7")]
    by_reference = accepted(row, resolved={("751", "OLD-7"): earlier})
    for file in (by_id, by_reference):
        assert file.facts
        assert file.facts.members[0].earlier_application_id == earlier
        assert file.facts.earlier_rights[0].application_id == earlier
    assert by_reference.facts
    assert by_reference.facts.earlier_rights[0].granted is False
    assert errors(row) == [(2, "earlier_application", "reference_unknown")]


def test_a_reference_of_another_caisse_gets_one_answer_whether_it_exists_there_or_not() -> None:
    row = {**FIRST, "earlier_application": "OLD-7", "earlier_caisse": "931"}
    answers = [accepted(row), accepted(row, resolved={("931", "OLD-7"): uuid4()})]
    assert [file.facts for file in answers] == [answers[0].facts] * 2
    facts = answers[0].facts
    assert facts
    assert facts.members[0].earlier_application_id is None
    right = facts.earlier_rights[0]
    assert (right.caisse, right.application_id, right.reference) == ("931", None, "OLD-7")
    (group,) = groups(lines(row))
    assert cited(group, "751") == []


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"birth_date": "1984-02-31"}, "birth_date", "impossible_date"),
        ({"birth_date": "31/02/1984"}, "birth_date", "impossible_date"),
        ({"deposited_on": "2008-01-21"}, "deposited_on", "deposit_in_future"),
        ({"deposited_on": ""}, "deposited_on", "missing"),
        ({"received_on": "2008-01-10"}, "received_on", "received_before_deposited"),
        ({"caisse": "999"}, "caisse", "unknown_caisse"),
        ({"deposit_body": "nobody"}, "deposit_body", "unknown_body"),
        ({"channel": "pigeon"}, "channel", "unknown_value"),
        ({"family_name": "D" * 10_000}, "family_name", "too_long"),
        ({"family_name": "Dia\x07rra"}, "family_name", "control_character"),
        ({"relation": "child"}, "relation", "applicant_rank"),
        ({"in_education": "maybe"}, "in_education", "yes_or_no"),
        ({"means_estimate_eur": "beaucoup"}, "means_estimate_eur", "amount_format"),
        ({"means_estimate_eur": "2000000"}, "means_estimate_eur", "means_absurd"),
        ({"free_lodging_months": "13"}, "free_lodging_months", "out_of_range"),
        ({"free_lodging_months": "un"}, "free_lodging_months", "out_of_range"),
        ({"papers": "diploma"}, "papers", "unknown_value"),
        ({"papers": "lease:residence:2007-02-30"}, "papers", "impossible_date"),
        ({"papers": "lease!stamped"}, "papers", "compact_format"),
        ({"incomes": "work:2007-13:20"}, "incomes", "wrong_format"),
        ({"care": "soon"}, "care", "date_format"),
        ({"nationality": "Mali"}, "nationality", "wrong_format"),
        ({"reference": "R 1 / 2"}, "reference", "wrong_format"),
        ({"reference": ""}, "reference", "reference_missing"),
    ],
)
def test_a_wrong_cell_is_named(change: dict[str, str], column: str, code: str) -> None:
    assert (2, column, code) in errors({**FIRST, **change})


def test_the_fault_of_one_member_names_its_row() -> None:
    child = {"reference": "R-1", "relation": "child", "family_name": "Diarra", "birth_date": "2004-13-01"}
    assert errors(FIRST, child) == [(3, "birth_date", "impossible_date")]
    child = {"reference": "R-1", "caisse": "931", "relation": "child", "family_name": "Diarra"}
    assert errors(FIRST, child) == [(3, "caisse", "facts_differ")]


def test_a_day_that_is_not_in_the_calendar_is_shown_as_written() -> None:
    found = read({**FIRST, "birth_date": "12/31/1979"})
    assert isinstance(found, list)
    ((row, column, code, message),) = [(e.row, e.column, e.code, e.message) for e in found]
    assert (row, column, code) == (2, "birth_date", "impossible_date")
    assert "12/31/1979" in message


@pytest.mark.parametrize("names", [{"given_names": ""}, {"family_name": "", "given_names": "SUHARTI"}])
def test_a_person_with_one_name_only(names: dict[str, str]) -> None:
    assert accepted({**FIRST, **names}).facts is not None
    assert (2, "family_name", "name_without_letter") in errors({**FIRST, "family_name": "", "given_names": ""})


def test_a_row_that_cannot_be_read_has_no_other_fault() -> None:
    head, good, *_ = lines(FIRST).splitlines()
    (group,) = groups("\n".join([head, good.replace('"Diarra"', '"Diarra')]))
    found = record(group, import_id=IMPORT, caisse="751", scope=None, known=KNOWN, by=BY, resolved={})
    assert isinstance(found, list)
    assert [error.code for error in found] == ["row_unreadable"]


def test_a_sender_files_for_its_own_caisses() -> None:
    assert errors(FIRST, scope=frozenset({"931"})) == [(2, "caisse", "caisse_out_of_scope")]
    assert accepted({**FIRST, "caisse": ""}, scope=frozenset({"751"})).caisse == "751"


def test_rows_of_a_reference_follow_each_other() -> None:
    found = groups(
        lines(FIRST, {**FIRST, "reference": "R-2"}, FIRST, {**FIRST, "reference": ""}, {**FIRST, "reference": ""})
    )
    assert [(group.reference, len(group.rows), group.run) for group in found] == [
        ("R-1", 1, 2),
        ("R-2", 1, 3),
        ("R-1", 1, 4),
        ("", 1, 5),
        ("", 1, 6),
    ]


@settings(deadline=None)
@given(st.binary(max_size=2_000) | st.text(max_size=500).map(str.encode))
def test_no_bytes_break_the_reading(content: bytes) -> None:
    text = content.decode(encoding_of([content]), errors_of(encoding_of([content])))
    read_through(text)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.lists(st.text(max_size=12) | st.sampled_from(["R-1", "applicant", "2008-01-14"]), max_size=50), max_size=6
    )
)
def test_no_cells_break_the_reading(cells: list[list[str]]) -> None:
    head = ";".join(column.name for column in COLUMNS)
    read_through("\n".join([head, *(";".join(row) for row in cells)]))


def read_through(text: str) -> None:
    found = text.splitlines()
    try:
        header = header_of(found[0] if found else None)
    except FileRejected:
        return
    for group in groups_of(rows_of(found[1:], header)):
        result = record(group, import_id=IMPORT, caisse="751", scope=None, known=KNOWN, by=BY, resolved={})
        assert isinstance(result, tuple) or all(isinstance(error, RowRejected) for error in result)


def test_the_template_is_itself_an_import() -> None:
    (group,) = groups(template())
    result = record(group, import_id=IMPORT, caisse="751", scope=None, known=KNOWN, by=BY, resolved={})
    assert isinstance(result, tuple), result


def test_every_column_has_one_meaning() -> None:
    assert all(NAMES[folded(column.name)] == column.name for column in COLUMNS)
    spellings = [
        folded(spelling) for column in COLUMNS for spelling in {folded(s) for s in (column.name, *column.french)}
    ]
    assert len(spellings) == len(set(spellings))
