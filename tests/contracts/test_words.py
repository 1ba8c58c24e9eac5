"""What decision says in codes, letters can say in French: what is asked for, motives of refusal, and the facts behind
them."""

from __future__ import annotations

from services.decision.domain.law import edition
from services.decision.domain.simulation.request import read
from services.decision.domain.simulation.simulate import simulate
from services.decision.domain.wording.labels import REQUESTED
from services.letters.domain import library
from services.reporting.domain.motives import MOTIVES
from tests.decision.dated_cases import cases


def test_whatever_is_asked_for_and_every_motive_has_its_words() -> None:
    words, book = library.wording(), edition.current()
    assert set(REQUESTED) <= set(words.items)
    assert {rule.removeprefix("motive.") for rule in book.rules() if rule.startswith("motive.")} <= set(words.motives)


def test_the_pages_of_figures_name_each_motive_as_the_rules_do() -> None:
    book = edition.current()
    named = {rule.removeprefix("motive.") for rule in book.rules() if rule.startswith("motive.")}
    assert named == set(MOTIVES)


def test_the_dated_cases_ask_for_nothing_and_refuse_on_nothing_that_a_letter_cannot_name() -> None:
    words, asked, facts = library.wording(), set(), set()
    for case in cases():
        outcome = simulate(read(case.text), edition.current(), edition.collection())
        asked |= {item.code for item in outcome.ask}
        facts |= {name for ground in outcome.motives for name in ground.facts}
    assert {"entry_date", "title_end", "residence"} <= asked
    assert asked <= set(REQUESTED)
    assert facts <= set(words.facts)
