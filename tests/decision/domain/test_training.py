"""The teaching sheet says what the rules say: each file, each exercise and each text is computed again."""

from __future__ import annotations

import datetime as dt

import pytest

from services.decision.domain import training
from services.decision.domain.case.grounds import grounds_on
from services.decision.domain.law import edition
from services.decision.domain.simulation.request import read
from services.decision.domain.simulation.response import Outcome
from services.decision.domain.simulation.simulate import simulate

DAY = dt.date(2024, 5, 2)


def outcome(body: bytes) -> Outcome:
    return simulate(read(body), edition.current(), edition.collection())


def test_the_sheet_is_whole() -> None:
    assert (len(training.tour()), len(training.files())) == (8, 10)
    assert len({one.code for one in training.files()}) == 10
    assert {one.answer for one in training.files()} == set(training.ANSWERS)
    for question in training.quiz():
        assert 0 <= question.right < len(question.options)
        assert question.why
        assert question.text


@pytest.mark.parametrize("file", training.files(), ids=lambda file: file.code)
def test_the_answer_of_a_file_is_that_of_the_rules(file: training.InventedFile) -> None:
    found = outcome(file.facts())
    assert (found.verdict, found.deposited_on) == (file.answer, DAY)
    assert {one.code for one in found.motives} == ({file.motive} if file.motive else set())
    assert file.motive in {"", *(code for code, _, _ in grounds_on(edition.current(), DAY))}


@pytest.mark.parametrize(
    ("page", "tried"),
    [(page, tried) for page in training.tour() for tried in page.tries],
    ids=lambda one: getattr(one, "title", getattr(one, "label", "")),
)
def test_each_exercise_has_an_answer_of_the_rules(page: training.TourPage, tried: training.Try) -> None:
    found = outcome(training.file_of(page.file).facts(tried.set))
    assert training.compared(found.verdict, "", found).same
    assert training.compared("", "", found).because, "the answer rests on findings that are shown"


def test_an_exercise_shows_that_a_fact_matters() -> None:
    for page in training.tour():
        if page.title in ("Le jour du dépôt fixe la loi", "Un doublon n'est jamais un motif"):
            continue  # there the answer is the same on purpose
        answers = {outcome(training.file_of(page.file).facts(tried.set)).verdict for tried in page.tries}
        assert len(answers) > 1, page.title


def test_where_a_learner_differs_the_text_is_cited() -> None:
    file = training.file_of("recently_irregular")
    found = outcome(file.facts())
    wrong = training.compared("grant", "", found)
    assert (wrong.same, wrong.same_motive, wrong.proposed) == (False, False, "refuse")
    assert any("CASF L. 251-1" in one.reference for one in wrong.because)
    assert training.compared("refuse", "resources_above_ceiling", found).same_motive is False
    assert training.compared("refuse", "residence_too_short", found).same_motive


def test_a_signal_changes_who_decides_and_never_what_is_proposed() -> None:
    file = training.file_of("signal")
    assert outcome(file.facts()).verdict == outcome(file.facts({"signal": False})).verdict == "grant"
    assert outcome(file.facts()).who_decides == "agent"
