"""A length of time that a letter says in words is that of the dated value: « deux mois » is held against the rule of
each period of the text.

Every text is searched for such words, so that a new one without its rule fails; and every rule is read on each day that
the text covers, so that a change of the law fails until the words follow it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.decision.domain.law.edition import current
from services.decision.domain.law.rulebook import Value
from services.letters.domain import library
from shared.contract.first_day import first_day

LETTERS = Path(__file__).parents[2] / "services" / "letters"
HELD: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "durations_in_words.yaml").read_text("utf-8")
)
COUNTED = ["un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"]
OTHERS = {"quinze": 15, "seize": 16, "dix-huit": 18, "vingt": 20, "trente": 30, "soixante": 60, "quatre-vingt-dix": 90}
NUMBERS = {"une": 1, "le": 1} | OTHERS | {name: number for number, name in enumerate(COUNTED, 1)}
UNITS = {"jour": "days", "semaine": "weeks", "mois": "months", "an": "years", "année": "years"}
SAID = re.compile(
    rf"\b(?P<number>[0-9]+|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})\s+(?:premiers |derniers )?"
    r"(?P<unit>jour|semaine|mois|an|année)s?\b"
)
A_DAY = {"le jour", "un jour", "une année", "le an", "une semaine"}
"""« le jour où », « un jour » : not a length."""
Texts = Iterator[tuple[str, dt.date, dt.date, str]]


def mentions() -> Texts:
    """Each version of each mention: its place, first and last day, and its text."""
    for path in sorted((LETTERS / "mentions").glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text("utf-8")):
            for one in entry["versions"]:
                place = f"mentions/{path.name} {entry['key']}"
                yield place, first_day(one["from"]), one.get("until") or dt.date.max, one["text"]


def words() -> Texts:
    """The texts without dates, which letters of every day use."""
    paths = [*(LETTERS / "words").glob("*.yaml"), *(LETTERS / "words" / "kinds").glob("*.yaml")]
    for path in sorted(paths):
        place = path.relative_to(LETTERS)
        for name, text in _leaves(yaml.safe_load(path.read_text("utf-8"))):
            yield f"{place} {name}", dt.date.min, dt.date.max, text


def _leaves(document: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _leaves(value, f"{name}.{key}".lstrip("."))
    elif isinstance(document, list):
        for value in document:
            yield from _leaves(value, name)
    elif isinstance(document, str):
        yield name, document


def said(text: str) -> list[str]:
    """The lengths of time that a text says, in order: « deux mois », « 16 ans »."""
    plain = re.sub(r"\s+", " ", text.replace("\u00a0", " ").lower())
    found = [re.sub("premiers |derniers ", "", match.group()) for match in SAID.finditer(plain)]
    return [one for one in found if one not in A_DAY]


def length(words_: str) -> dict[str, int]:
    match = SAID.fullmatch(words_)
    assert match is not None, words_
    number = match["number"]
    return {UNITS[match["unit"]]: int(number) if number.isdigit() else NUMBERS[number]}


TEXTS = [one for one in [*mentions(), *words()] if said(one[3])]


def held(place: str, first: dt.date, last: dt.date) -> list[dict[str, Any]]:
    """What the table holds of a text that is used on these days."""
    return [
        one
        for one in HELD.get(place, [])
        if one.get("from", dt.date.min) <= last and first <= one.get("until", dt.date.max)
    ]


@pytest.mark.parametrize(("place", "first", "last", "text"), TEXTS, ids=lambda one: str(one)[:60])
def test_every_length_that_a_letter_says_has_its_rule(place: str, first: dt.date, last: dt.date, text: str) -> None:
    known = {one["says"] for one in held(place, first, last)}
    assert set(said(text)) == known, (place, text)


def test_the_table_holds_nothing_that_no_letter_says() -> None:
    assert set(HELD) == {place for place, *_ in TEXTS}
    assert len(TEXTS) >= 40
    kinds = Counter(one["rule"] for rows in HELD.values() for one in rows if "rule" in one)
    assert len(kinds) >= 12


def in_force(rule: str, first: dt.date, last: dt.date) -> list[Value]:
    """The versions of a rule that apply on a day of these."""
    return [
        one for one in current().history(rule) if one.valid_from <= last and first <= (one.valid_until or dt.date.max)
    ]


def figures(value: Value, part: str) -> set[int | None]:
    """The figures of one part of a value: months, years or days; those of every paper where each has its own."""
    found = getattr(value.value, part) if part else value.value
    return set(found.values()) if isinstance(found, dict) else {found}


ROWS = [(place, one) for place, rows in HELD.items() for one in rows]


@pytest.mark.parametrize(("place", "row"), ROWS, ids=lambda one: str(one)[:80])
def test_what_is_said_is_the_value_of_each_period(place: str, row: dict[str, Any]) -> None:
    (unit, number), *_ = length(row["says"]).items()
    if "text" in row:
        assert {unit: number} == {"months": row["months"]}, row
        return
    spans = [(first, last) for where, first, last, text in TEXTS if where == place and row["says"] in said(text)]
    assert spans, (place, row)
    tried = 0
    for first, last in spans:
        begins, ends = max(first, row.get("from", dt.date.min)), min(last, row.get("until", dt.date.max))
        for version in in_force(row["rule"], begins, ends):
            wanted = number * 12 if unit == "years" and version.unit != "years" and number < 5 else number
            assert figures(version, row.get("part", "")) == {wanted}, (place, version.rule, version.valid_from)
            tried += 1
    assert tried > 0, (place, row)


LEAFLETS = {"en": "two months", "ar": "شهرين", "bn": "দুই মাস", "zh": "两个月"}
"""Two months, in the languages of the leaflets: the only length that they say."""


@pytest.mark.parametrize("language", sorted(LEAFLETS))
def test_a_leaflet_says_the_window_of_renewal(language: str) -> None:
    document = yaml.safe_load((LETTERS / "words" / "leaflets" / f"{language}.yaml").read_text("utf-8"))
    saying = [name for name, text in _leaves(document) if LEAFLETS[language] in text]
    assert saying == ["acts.renew"]
    assert not [name for name, text in _leaves(document) if re.search(r"[0-9]", text)]
    assert {one.value for one in current().history("right.renewal_window")} == {2}


def test_every_language_of_leaflets_is_read() -> None:
    assert {path.stem for path in (LETTERS / "words" / "leaflets").glob("*.yaml")} == set(LEAFLETS)
    assert library.wording().kinds
