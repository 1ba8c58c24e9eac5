"""The collection of interpretations: every entry reads rules that exist, on days for which they have a value."""

from __future__ import annotations

import pytest

from services.decision.domain.law.edition import collection, current
from services.decision.domain.law.interpretations import Circumstance, Collection
from services.decision.domain.law.rulebook import BrokenRule
from tests.decision.files import day

ENTRY = """
interpretations:
  - number: I-901
    from: 2020-01-01
    rules: [residence.condition]
    question: Une question assez longue ?
    answer: Une réponse assez longue.
    source: un texte
    confidence: M
    history: [{state: proposed, dated: 2020-01-01, by: Base commune}]
"""


def test_every_entry_reads_known_rules_of_its_days() -> None:
    assert len(collection().entries) >= 25
    for entry in collection().entries:
        for rule in entry.rules:
            first = current().history(rule)[0].valid_from
            assert current().find(rule, max(entry.valid_from, first)) is not None, (entry.number, rule)


def test_an_entry_is_shown_beside_the_rule_it_reads_on_its_days_only() -> None:
    found = {
        on: [one.number for one in collection().of("residence.condition", day(on)) if one.number < "I-036"]
        for on in ("2005-07-28", "2008-01-29", "2008-01-30", "2019-12-29", "2019-12-30", "2020-12-31", "2021-01-01")
    }
    assert found == {
        "2005-07-28": [],
        "2008-01-29": ["I-010"],
        "2008-01-30": ["I-011"],
        "2019-12-29": ["I-011"],
        "2019-12-30": ["I-001", "I-011"],
        "2020-12-31": ["I-001", "I-011"],
        "2021-01-01": ["I-011"],
    }


def test_an_entry_about_renewals_dependants_or_one_fact_is_shown_for_those_alone() -> None:
    def shown(fact: str = "entered_on", *file: Circumstance) -> set[str]:
        return {one.number for one in collection().of("residence.condition", day("2023-03-10"), fact, frozenset(file))}

    assert shown() == {"I-036"}
    assert shown("entered_on", "renewal") == {"I-011", "I-036"}
    assert shown("entered_on", "dependants") == {"I-036", "I-037"}
    assert shown("absence") == {"I-036", "I-038"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("confidence: M", "confidence: X"),
        ("source: un texte", "source: ''"),
        ("rules: [residence.condition]", "rules: []"),
        ("number: I-901", "number: A-1"),
        ("from: 2020-01-01", "from: 2020-01-01\n    until: 2019-01-01"),
        ("by: Base commune", "by: ''"),
        ("{state: proposed", "{state: adopted, dated: 2021-01-01, by: Une caisse}, {state: proposed"),
    ],
)
def test_an_entry_that_lacks_something_is_refused(old: str, new: str) -> None:
    assert old in ENTRY
    with pytest.raises(BrokenRule):
        Collection([ENTRY.replace(old, new)])


def test_a_number_is_used_once() -> None:
    Collection([ENTRY])
    with pytest.raises(BrokenRule):
        Collection([ENTRY, ENTRY])
