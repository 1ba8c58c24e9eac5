"""How far the compiled score is from the plain one, on pairs half of which come from blocking."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.generator import cases, people
from services.dedup.domain.matching.features import FEATURES
from services.dedup.domain.matching.normalisation import normalise_many
from services.dedup.domain.matching.reference_implementation.scoring import Base, features, log_odds
from services.dedup.index.index import Index
from services.dedup.index.results import CANDIDATES
from services.dedup.training.data import as_rows

MASK = (1 << 64) - 1


def mix(h: int) -> int:
    """The 64-bit finaliser, in plain integers."""
    h = ((h ^ (h >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    h = ((h ^ (h >> 27)) * 0x94D049BB133111EB) & MASK
    return h ^ (h >> 31)


def _hashed(start: int, codes: list[int]) -> int:
    for code in codes:
        start = ((start ^ code) * 0x100000001B3) & MASK
    return mix(start) >> 1


def token_number(word: str) -> int:
    """Hash of a token."""
    return _hashed(0xCBF29CE484222325, [ord(c) - 96 for c in word])


def place_number(place: str) -> int:
    """Hash of a place."""
    return _hashed(0x9E3779B97F4A7C15, [ord(c) - 96 for c in place] + [0] * (16 - len(place)))


def skeleton_number(skeleton: int) -> int:
    """Hash of a skeleton."""
    return mix((skeleton + 0x51) & MASK) >> 1


class Counted(dict[Any, float]):
    """The kernel's counters read as a mapping, through the plain copy of its hash."""

    def __init__(self, slots: Any, number: Any) -> None:
        super().__init__()
        self.slots, self.number = slots, number

    def get(self, key: Any, default: Any = None) -> Any:
        """Count of ``key`` (counters never lack a key)."""
        if key not in self:
            self[key] = float(self.slots[self.number(key) & (len(self.slots) - 1)])
        return self[key]


def plain_base(index: Index) -> Base:
    """What ``index`` knows of rarity, for the plain reference."""
    tokens, skeletons, places, total = index.rarities
    return Base(
        Counted(tokens, token_number),
        Counted(skeletons, skeleton_number),
        Counted(places, place_number),
        float(total[0]),
    )


def agreement(pairs: int, seed: int = 6) -> float:
    """Largest difference of any feature or score over ``pairs`` pairs, half from blocking."""
    base = list(people(12_000, seed))
    index = Index(reserve=16)
    rows = as_rows(normalise_many(base))
    index.build(rows, range(len(base)))
    queries = as_rows(normalise_many(c.identity for c in cases(base, 9_000, seed + 1)))
    found = index.search_many(queries, limit=1, blocked=CANDIDATES)
    query, place = np.nonzero(found.blocked >= 0)
    rng = np.random.default_rng(seed)
    some = rng.integers(0, len(query), pairs // 2)
    other = pairs - len(some)
    left = np.concatenate([query[some], rng.integers(0, len(queries), other)])
    right = np.concatenate([found.blocked[query[some], place[some]], rng.integers(0, len(rows), other)])
    plain = plain_base(index)
    worst = 0.0
    for at in range(0, pairs, 10_000):
        a, b = left[at : at + 10_000], right[at : at + 10_000]
        x, _, scores = index.evidence(queries[a], rows[b])
        for n in range(len(a)):
            mine = features(queries[a[n]].tobytes(), rows[b[n]].tobytes(), plain, index.model)
            worst = max(worst, abs(scores[n] - log_odds(mine, plain, index.model)))
            worst = max(worst, *(abs(x[n, k] - mine[name]) for k, name in enumerate(FEATURES)))
    return worst
