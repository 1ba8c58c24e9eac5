"""Pairs of persons that caisses complained of, with what each should have been: the same, silent, or another person.

``LIMITS`` names those that the search answers otherwise, and why; one that is mended leaves the list, for a limit that
is none fails here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.generator import people
from services.dedup.domain.matching.normalisation import Identity, normalise_many
from services.dedup.domain.pairs.levels import Level, level_of
from services.dedup.index.index import Index
from tests.dedup.index.test_hard_cases import found

FILES = Path(__file__).parent / "files"
FIELDS = Identity.__dataclass_fields__
PAIRS: list[dict[str, Any]] = [
    one
    for name in ("pairs_of_complaints", "placeholders")
    for one in json.loads((FILES / f"{name}.json").read_text("utf-8"))
]
RIGHT = {
    "same": {Level.SAME_PERSON, Level.TO_EXAMINE},
    "diff": {Level.SILENT, Level.TO_EXAMINE},
    "silent": {Level.SILENT},
}
"""The levels that are right for what was expected; ``?`` and ``examine?`` leave it open."""
LIMITS = {
    "021a": "a short family name weighs little beside equal given names and an equal date",
    "021b": "the same",
    "021c": "the same",
    "067c": "one name written twice is not told from two names",
    "y02": "treated as empty: two men of one date and place whose family names differ are to be looked at",
    "y06": "the same",
    "y07": "the same",
    "y12": "the same, of newborns",
    "z16": "Absent is left alone, as every word that some people bear",
    "z20": "Na is a name of people",
    "z21": "None is a name of people",
}


@pytest.fixture(scope="module")
def crowd() -> Index:
    index = Index(reserve=10_000)
    index.build(normalise_many(people(20_000, seed=11)), range(20_000))
    return index


def identity(record: dict[str, str]) -> Identity:
    return Identity(**{name: record.get(name, "") for name in FIELDS})


def level(index: Index, pair: dict[str, Any]) -> Level:
    """The level at which the record is shown to who looks for the query; silent where another comes first."""
    first, probability = found(index, identity(pair["record"]), identity(pair["query"]))
    return level_of(probability) if first else Level.SILENT


@pytest.mark.parametrize("pair", [one for one in PAIRS if one["expected"] in RIGHT], ids=lambda one: one["id"])
def test_a_pair_of_the_complaints(crowd: Index, pair: dict[str, Any]) -> None:
    right = level(crowd, pair) in RIGHT[pair["expected"]]
    assert right is (pair["id"] not in LIMITS), LIMITS.get(pair["id"], pair["why"])


@pytest.mark.parametrize(
    "pair", [one for one in PAIRS if one["id"] in {"y02", "y06", "y07"}], ids=lambda one: one["id"]
)
def test_a_word_that_is_no_name_counts_as_nothing(crowd: Index, pair: dict[str, Any]) -> None:
    without = {side: {**pair[side], "given_names": ""} for side in ("record", "query")}
    assert level(crowd, pair) is level(crowd, {**pair, **without})


def test_all_of_them_were_tried() -> None:
    assert len(PAIRS) == 109
    assert set(LIMITS) <= {one["id"] for one in PAIRS}
