"""From directed pairs of a whole-base search to pairs, and from pairs to groups of records (PURE)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.dedup.domain.pairs.persons import persons

PAIR: Final = np.dtype([("lower", np.int64), ("higher", np.int64), ("score", np.float64)])
"""Two records by their seq, and the log-odds that they are one person."""

Pairs = npt.NDArray[Any]


def undirected(queries: npt.NDArray[np.int64], found: npt.NDArray[np.int64], scores: npt.NDArray[np.float64]) -> Pairs:
    """Each pair once, lower seq first, in order; of its two readings the more probable stands."""
    pairs = np.empty(len(queries), PAIR)
    pairs["lower"], pairs["higher"] = np.minimum(queries, found), np.maximum(queries, found)
    pairs["score"] = scores
    pairs = pairs[np.lexsort((-pairs["score"], pairs["higher"], pairs["lower"]))]
    if len(pairs) < 2:
        return pairs
    again = (pairs["lower"][1:] == pairs["lower"][:-1]) & (pairs["higher"][1:] == pairs["higher"][:-1])
    return pairs[np.concatenate(([True], ~again))]


def groups_of(pairs: Pairs) -> dict[int, int]:
    """Under each record in a pair, the least seq of all that hang together with it."""
    groups = persons(zip(pairs["lower"].tolist(), pairs["higher"].tolist(), strict=True), ()).groups
    return {record: group[0] for group in groups for record in group}
