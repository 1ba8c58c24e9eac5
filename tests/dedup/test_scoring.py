"""The compiled score equals the plain one, its points sum to it, and it knows the size of the base."""

import math
import random

import numpy as np
import pytest

from bench.generator import cases, people
from services.dedup import kernels_index
from services.dedup.cleaning import Identity, normalise, normalise_many
from services.dedup.index import Index
from services.dedup.reference import Base, features, log_odds
from services.dedup.scoring import FEATURES, load_model, probability
from services.dedup.training_data import as_rows

MASK = (1 << 64) - 1


def mix(h: int) -> int:
    h = ((h ^ (h >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    h = ((h ^ (h >> 27)) * 0x94D049BB133111EB) & MASK
    return h ^ (h >> 31)


class Counted:
    """The kernel's counters read as a mapping, through an independent copy of its hash."""

    def __init__(self, slots, number) -> None:
        self.slots, self.number, self.known = slots, number, {}

    def get(self, key, default):
        if key not in self.known:
            self.known[key] = float(self.slots[self.number(key) & (len(self.slots) - 1)])
        return self.known[key]


def fnv(start: int, codes) -> int:
    for c in codes:
        start = ((start ^ c) * 0x100000001B3) & MASK
    return mix(start) >> 1


def token_number(word: str) -> int:
    return fnv(0xCBF29CE484222325, (ord(c) - 96 for c in word))


def place_number(place: str) -> int:
    return fnv(0x9E3779B97F4A7C15, [ord(c) - 96 for c in place] + [0] * (16 - len(place)))


def plain_base(index: Index) -> Base:
    tokens, skeletons, places, total = index._base
    return Base(
        Counted(tokens, token_number),
        Counted(skeletons, lambda s: mix((s + 0x51) & MASK) >> 1),
        Counted(places, place_number),
        float(total[0]),
    )


@pytest.fixture(scope="module")
def common():
    base = list(people(12_000, seed=5))
    index = Index(reserve=1000)
    index.build(normalise_many(base), range(len(base)))
    return base, index


def test_kernel_and_reference_agree_on_twenty_thousand_pairs(common) -> None:
    """Half of the pairs come from blocking, half are drawn: both must give the same features and the same score."""
    base, index = common
    rows = as_rows(normalise_many(base))
    queries = as_rows(normalise_many(c.identity for c in cases(base, 9_000, seed=6)))
    found = index.search_many(queries, limit=1, blocked=40)
    query, place = np.nonzero(found.blocked >= 0)
    rng = np.random.default_rng(1)
    some = rng.permutation(len(query))[:10_000]
    left = np.concatenate([query[some], rng.integers(0, len(queries), 20_000 - len(some))])
    right = np.concatenate([found.blocked[query[some], place[some]], rng.integers(0, len(rows), 20_000 - len(some))])
    assert len(some) == 10_000
    x = np.zeros((len(left), len(FEATURES)))
    points, scores = np.zeros_like(x), np.zeros(len(left))
    kernels_index.score_pairs(
        queries[left], rows[right], index._base, index._kernel_model, index._scratch()[1], x, points, scores
    )
    plain = plain_base(index)
    for n in range(len(left)):
        mine = features(queries[left[n]].tobytes(), rows[right[n]].tobytes(), plain, index.model)
        for k, name in enumerate(FEATURES):
            assert math.isclose(x[n, k], mine[name], abs_tol=1e-6, rel_tol=1e-6), (name, x[n, k], mine[name])
        assert math.isclose(scores[n], log_odds(mine, plain, index.model), abs_tol=1e-6, rel_tol=1e-6)


def test_points_and_prior_sum_to_the_score(common) -> None:
    base, index = common
    for case in list(cases(base, 200, seed=8)):
        for match in index.search(normalise(case.identity), limit=3):
            prior = match.total - sum(match.points_by_feature().values())
            assert math.isfinite(prior)
            assert match.probability == pytest.approx(probability(match.total))


def test_the_same_evidence_is_worth_less_in_a_larger_base() -> None:
    document = load_model().document
    slopes = [card["size_slope"] for card in document["scorecards"]]
    assert max(slopes) > 0.5, "strangers of like name grow with the base"
    assert min(slopes) < 0.3, "brothers do not"
    small, large = Index(reserve=10), Index(reserve=10)
    for table in large._base:
        table *= 500  # ten million records in which names have the same shares
    a = normalise(Identity("Diallo", "Mamadou", "", "M", "1985-01-01", "Conakry", "GN", "GN", "93", "93200"))
    b = normalise(Identity("Diallo", "Mamadou", "", "M", "1985-01-01", "", "GN", "GN", "75", "75010"))
    assert large.compare(a, b).probability < small.compare(a, b).probability


@pytest.mark.parametrize("log_odds_value", [-800.0, -3.0, 0.0, 3.0, 40.0, 800.0])
def test_probability_stays_a_probability(log_odds_value: float) -> None:
    assert 0.0 <= probability(log_odds_value) <= 1.0


def test_probability_rises() -> None:
    values = sorted(random.Random(1).uniform(-30, 30) for _ in range(100))
    assert [probability(v) for v in values] == sorted(probability(v) for v in values)
