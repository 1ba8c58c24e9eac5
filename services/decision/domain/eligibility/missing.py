"""What a file lacks at a moment: what a request for papers may ask for, and what ends it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law.rulebook import Rulebook

CODES = {
    ("papers.identity", "identity_paper"): "identity",
    ("papers.residence", "residence_paper"): "residence",
    ("papers.residence", "host_statement"): "host_statement",
    ("papers.means", "means_statement"): "means",
    ("adult_age", "birth_date"): "birth_date",
    ("stay.titles", "stay_title"): "title_end",
    ("dependants.third_person_statement", "third_person_statement"): "third_person_statement",
    ("competence.area", "domiciliation"): "domiciliation",
}
"""What is to be asked for, by the rule and the fact of a finding that is not known."""
RESIDENCE = "residence.condition"


def missing_codes(facts: CaseFacts, book: Rulebook, overseas: bool = False) -> set[str]:
    """The codes of what the law of the deposit requires and the file has not proved, whatever else refuses it."""
    made = evaluate(facts, book, overseas=overseas)
    found = {item.code for item in made.items}
    for one in made.findings:
        if one.verdict != "unknown":
            continue
        found.add("entry_date" if one.rule == RESIDENCE else CODES.get((one.rule, one.fact), one.fact))
    return found


def required(items: Iterable[str], facts: CaseFacts, book: Rulebook, on: dt.date, overseas: bool = False) -> list[str]:
    """Those of the items that are required by a text, lacking, and indispensable (CRPA L. 114-5, L. 114-5-1)."""
    rule = book.find("papers.not_indispensable", on)
    spared = set() if rule is None else set(rule.value)
    lacking = missing_codes(facts, book, overseas)
    return [code for code in items if code in lacking and code not in spared]


def known_on(facts: CaseFacts, on: dt.date) -> CaseFacts:
    """The same facts with the papers that had come by the end of a day."""
    return facts.model_copy(update={"papers": [one for one in facts.papers if one.received_on <= on]})
