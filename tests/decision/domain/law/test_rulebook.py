"""The rule book refuses a legal value that does not say where it comes from, and answers for every day."""

from __future__ import annotations

import datetime as dt

import pytest
import yaml

from services.decision.domain.law.edition import current, texts
from services.decision.domain.law.rule_types import TYPES
from services.decision.domain.law.rulebook import BrokenRule, Law, NoRule, Rulebook
from tests.decision.files import day


def rule(**changes: object) -> str:
    value = {
        "from": "2008-01-01",
        "value": 18,
        "reference": "Code civil, art. 414",
        "confidence": "V",
        "source": "texte lu",
    }
    value.update(changes)
    kept = {name: given for name, given in value.items() if given is not None}
    return yaml.safe_dump(
        {
            "rules": [
                {"name": "adult_age", "label": "Majorité", "unit": "years", "keyed_on": "deposit", "values": [kept]}
            ]
        }
    )


def test_a_whole_value_is_read() -> None:
    found = Rulebook([rule()]).value("adult_age", day("2010-01-01"))
    assert (found.value, found.reference, found.confidence) == (18, "Code civil, art. 414", "V")


@pytest.mark.parametrize(
    "changes",
    [
        {"reference": None},
        {"reference": ""},
        {"confidence": None},
        {"confidence": "X"},
        {"source": None},
        {"value": "dix-huit"},
        {"from": None},
        {"from": "2008-02-31"},
        {"until": "2007-01-01"},
        {"nota": "?"},
        {"checked_on": "hier"},
    ],
    ids=str,
)
def test_a_value_without_its_reference_or_confidence_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BrokenRule):
        Rulebook([rule(**changes)])


def test_a_rule_nobody_knows_or_written_twice_is_refused() -> None:
    with pytest.raises(BrokenRule):
        Rulebook([rule().replace("adult_age", "adult_ages")])
    with pytest.raises(BrokenRule):
        Rulebook([rule(), rule()])


def test_no_value_before_the_first_nor_after_the_last() -> None:
    book = Rulebook([rule(until="2009-12-31")])
    for on in ("2007-12-31", "2010-01-01"):
        with pytest.raises(NoRule):
            book.value("adult_age", day(on))
    assert book.find("adult_age", day("2010-01-01")) is None


def test_the_shipped_book_holds_every_rule_the_code_asks_for() -> None:
    book = current()
    clocks = {"clock.instruction_target", "clock.implicit_refusal", "clock.papers_due"}
    assert set(TYPES) | clocks <= set(book.rules())
    assert all(
        value.value == name.removeprefix("motive.")
        for name in book.rules()
        if name.startswith("motive.")
        for value in book.history(name)
    )


BORN_LATER = {
    "residence.condition",
    "papers.visa_exempt",
    "care.nine_months",
    "care.excluded",
    "care.prior_agreement",
    "appeal.transition",
    "court.transition",
    "dependants.third_person_statement_age",
    "deposit.exceptions",
    "papers.visabio",
    "residence.stability",
    "right.covid_extension",
    "stay.removal_floor",
}
"""Rules of a time: the pages that use them ask ``find`` and do without."""


@pytest.mark.parametrize("name", sorted(set(TYPES) - BORN_LATER))
def test_every_rule_answers_from_the_pilot_to_today(name: str) -> None:
    for on in ("2008-01-02", "2012-07-04", "2019-12-30", "2026-11-23"):
        assert current().find(name, day(on)) is not None


def test_the_grey_zone_has_its_own_period() -> None:
    modes = [
        (value.valid_from, value.valid_until, value.value.mode) for value in current().history("residence.condition")
    ]
    assert modes == [
        (day("2003-12-31"), day("2019-12-29"), "presence"),
        (day("2019-12-30"), day("2020-12-31"), "grey"),
        (day("2021-01-01"), None, "irregular"),
    ]


def test_unsure_values_say_so() -> None:
    marks = {
        ("ceiling.metropole", "2026-11-16"): "C",
        ("clock.papers_due", "2008-03-01"): "M",
        ("papers.visa_exempt", "2026-11-16"): "M",
        ("lodging.base_on", "2008-03-01"): "M",
        ("right.duration", "2008-03-01"): "M",
        ("stay.maintained_rights", "2015-01-01"): "M",
        ("stay.maintained_rights", "2020-11-15"): "V",
    }
    assert {(name, on): current().value(name, day(on)).confidence for name, on in marks} == marks


@pytest.mark.parametrize(("on", "kind"), [("2018-12-31", "cdas"), ("2019-01-01", "rapo")])
def test_the_appeal_body_follows_the_date_of_the_decision(on: str, kind: str) -> None:
    assert current().value("appeal.body", day(on)).value.kind == kind


def test_the_id_names_the_content() -> None:
    assert Rulebook(texts().values()).id == current().id
    assert Rulebook([rule()]).id != Rulebook([rule(source="autre source")]).id


def test_every_shipped_value_says_when_it_was_checked_unless_it_never_was() -> None:
    book = current()
    for rule in book.rules():
        for value in book.history(rule):
            assert (value.checked_on is None) == (value.confidence == "M"), (rule, value.valid_from)


def test_every_reference_names_texts_that_are_known() -> None:
    book = current()
    for rule in book.rules():
        for value in book.history(rule):
            for part in book.references(value):
                assert part.title, (rule, value.valid_from, part)


def test_a_reference_in_its_parts() -> None:
    book = current()
    condition = book.references(book.value("residence.condition", day("2021-01-01")))
    assert [(part.text, part.article, part.amended_by) for part in condition] == [
        ("CASF", "L. 251-1", "loi 2019-1479, art. 264 ; décret 2020-1325")
    ]
    assert condition[0].address.startswith("https://www.legifrance.gouv.fr/")
    shared = book.references(book.value("motive.residence_not_stable", day("2012-01-01")))
    assert [(part.text, part.article, part.amended_by) for part in shared] == [
        ("CASF", "L. 252-3", "al. 2"),
        ("CASF", "R. 252-1", ""),
    ]


def test_a_rule_finds_the_day_it_is_keyed_on() -> None:
    law = Law(current(), day("2021-08-01"), title_end=day("2019-12-28"))
    assert law.value("residence.condition").valid_from == day("2021-01-01")
    assert law.value("stay.maintained_rights").value == 12
    assert law.on(title_end=day("2019-12-29")).value("stay.maintained_rights").value == 6
    with pytest.raises(NoRule):
        law.value("right.earlier_care")  # no care, no law of its day


COUNTED = {"months", "days", "years", "delay"}


def test_every_rule_that_counts_names_the_event_it_starts_from() -> None:
    """Also in its newest versions; a calendar counts nothing."""
    for name in current().rules():
        for value in current().history(name):
            if value.unit in COUNTED and not name.startswith("calendar."):
                assert value.starts_from is not None, (name, value.valid_from)


def test_no_value_begins_on_the_first_of_a_month_unless_its_text_says_so() -> None:
    for name in current().rules():
        for value in current().history(name):
            if value.valid_from != dt.date.min and value.valid_from.day == 1:
                assert value.begins, (name, value.valid_from)


def test_a_start_that_was_not_read_reaches_as_far_back_as_anybody_asks() -> None:
    book = Rulebook([rule(**{"from": "earliest"})])
    assert book.value("adult_age", day("1850-01-01")).valid_from == dt.date.min
