"""Values of rules are read in words: no code is left in what a page says of the law."""

from __future__ import annotations

import re

import pytest

from services.decision.domain.law.edition import current
from services.decision.domain.wording.rules import OTHER_THEME, in_words, theme_of
from services.decision.domain.wording.value_words import CARE, OTHERS, PAPERS, PARTS, PLACES_AND_PEOPLE

CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|\d{4}-\d{2}-\d{2}")


@pytest.mark.parametrize("rule", current().rules())
def test_a_value_holds_no_code(rule: str) -> None:
    for value in current().history(rule):
        assert CODE.findall(in_words(value)) == []
        assert CODE.findall(value.label) == []


@pytest.mark.parametrize("rule", current().rules())
def test_every_rule_stands_under_a_heading(rule: str) -> None:
    assert theme_of(rule) != OTHER_THEME


def test_a_code_has_its_words_once() -> None:
    groups = (PARTS, PAPERS, PLACES_AND_PEOPLE, CARE, OTHERS)
    assert sum(map(len, groups)) == len(set().union(*groups))


def test_amounts_and_parts_are_french() -> None:
    ceiling = current().history("ceiling.metropole")[-1]
    assert in_words(ceiling) == "une personne : 10 421 € ; marge : 100 €"
