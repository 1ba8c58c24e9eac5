"""A search that asks for pairs above a floor alone finds what the search of every day finds there, to the bit."""

from __future__ import annotations

import copy
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.generator import cases, people
from services.dedup.domain.matching.model import Model, load_model
from services.dedup.domain.matching.normalisation import normalise_many
from services.dedup.index.index import Index
from services.dedup.index.results import CANDIDATES, BulkResults

BASE = list(people(3_000, seed=17))
ROWS = normalise_many(BASE)
QUERIES = normalise_many(case.identity for case in cases(BASE, 1_500, seed=18))
FLOORS = (-30.0, -8.0, 0.0, 2.5, 9.0)


def index_of(model: Model) -> Index:
    index = Index(model, reserve=16)
    index.build(ROWS, range(len(BASE)))
    return index


def above(found: BulkResults, floor: float) -> dict[tuple[int, int], float]:
    lines, places = np.nonzero((found.seqs >= 0) & (found.scores >= floor))
    keys = zip(lines.tolist(), found.seqs[lines, places].tolist(), strict=True)
    return dict(zip(keys, found.scores[lines, places].tolist(), strict=True))


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_nothing_above_the_floor_is_left_out(version: str) -> None:
    index = index_of(load_model(version))
    everything = index.search_many(QUERIES, CANDIDATES)
    for floor in FLOORS:
        found = index.search_many(QUERIES, CANDIDATES, floor=floor)
        assert above(found, floor) == above(everything, floor)
        assert len(found.points) == 0


def test_most_candidates_below_it_are_left_out() -> None:
    index = index_of(load_model())
    everything, found = index.search_many(QUERIES, CANDIDATES), index.search_many(QUERIES, CANDIDATES, floor=0.0)
    assert (found.seqs >= 0).sum() < 0.6 * (everything.seqs >= 0).sum()


@given(st.integers(0, 1 << 30), st.floats(-20, 20))
@settings(max_examples=25, deadline=None)
def test_whatever_was_learned(seed: int, floor: float) -> None:
    """Weights of either sign, where a rule of the model lifts or caps too: a bound that holds for one model alone would
    lose pairs with the next."""
    rng, document = random.Random(seed), copy.deepcopy(load_model().document)
    for card in document["scorecards"]:
        for name, weight in card["weights"].items():
            flipped = rng.random() < 0.1
            card["weights"][name] = (-1 if flipped else 1) * weight * rng.uniform(0.3, 3)
    index = index_of(Model("vX", document))
    everything = index.search_many(QUERIES[: 200 * 96], CANDIDATES)
    found = index.search_many(QUERIES[: 200 * 96], CANDIDATES, floor=floor)
    assert above(found, floor) == above(everything, floor)
