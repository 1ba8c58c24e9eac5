"""One search from Python: what a query sees, the work space of a thread, and the answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.features import FEATURES
from services.dedup.domain.matching.kernels.array_plan import flatten
from services.dedup.domain.matching.kernels.blocking_keys import KEY_TOKENS, MAX_PROBES
from services.dedup.domain.matching.kernels.names import TOKEN_COLUMNS
from services.dedup.domain.matching.kernels.workspace import pair_scratch
from services.dedup.domain.matching.model import probability
from services.dedup.domain.matching.record import MAX_TOKENS, ROW_BYTES
from services.dedup.index.kernels import arrays as state
from services.dedup.index.kernels import search as k
from services.dedup.index.results import CANDIDATES, GATHERED, LONGEST_LIST, BulkResults, Match
from services.dedup.index.segments import Rows
from services.dedup.index.view import View


class Searcher:
    """The work space of one search at a time: nothing is allocated in a search."""

    def __init__(self) -> None:
        lists = (1.0 + np.log(LONGEST_LIST / (np.arange(LONGEST_LIST + 2) + 1.0)) / 2).astype(np.float32)
        gather = (
            np.zeros(KEY_TOKENS, np.int64),
            np.zeros(MAX_PROBES, np.uint64),
            *(np.zeros(MAX_PROBES, np.int64) for _ in range(3)),
            np.zeros(k.CELLS, np.int64),
            np.zeros(k.CELLS, np.float32),
            np.zeros(1, np.int64),
            np.zeros(k.CELLS * 3 // 4, np.int64),
            np.zeros(GATHERED, np.int64),
            np.zeros(GATHERED, np.float32),
            np.zeros(CANDIDATES + 1, np.int64),
            np.zeros(256, np.int64),
            lists,
        )
        shortlist = (
            np.zeros((CANDIDATES, MAX_TOKENS, TOKEN_COLUMNS), np.int64),
            np.zeros(CANDIDATES, np.int64),
            np.zeros((CANDIDATES, len(FEATURES))),
            np.zeros(CANDIDATES, np.int64),
            np.zeros(CANDIDATES),
            np.zeros(CANDIDATES, np.int64),
        )
        self._scratch = (gather, pair_scratch(), shortlist)
        self._query = np.zeros((1, ROW_BYTES), np.uint8)
        self._found = BulkResults.room(1, CANDIDATES, 0)
        self._count = np.zeros(1, np.int64)
        self._mine = flatten(self._scratch, state.SCRATCH)
        self._one = self._plan_of(self._query, self._found, self._count)

    def _plan_of(self, queries: Rows, found: BulkResults, counts: Any) -> npt.NDArray[np.int64]:
        batch = (queries, found.seqs, found.scores, found.points, counts, found.blocked)
        return np.concatenate((self._mine, flatten(batch, state.BATCH)))

    def search(self, view: View, row: npt.NDArray[np.uint8], limit: int) -> list[Match]:
        """The ``limit`` (at most CANDIDATES) most probable records."""
        self._query[0] = row
        k.search(np.concatenate((view.plan, self._one)), 0, 1, limit, -np.inf)
        n = int(self._count[0])
        seqs, scores, points = self._found.seqs[0, :n], self._found.scores[0, :n], self._found.points[0, :n].copy()
        return [
            Match(seq, probability(score), score, point)
            for seq, score, point in zip(seqs.tolist(), scores.tolist(), points, strict=True)
        ]

    def search_block(
        self, view: View, queries: Rows, found: BulkResults, counts: Any, part: tuple[int, int], floor: float
    ) -> None:
        """Results of queries[part] into the same lines of ``found``; how many there are into ``counts``."""
        plan = np.concatenate((view.plan, self._plan_of(queries, found, counts)))
        k.search(plan, *part, min(found.seqs.shape[1], CANDIDATES), floor)

    def score(self, view: View, first: Rows, second: Rows) -> tuple[Any, Any, Any]:
        """(features, points, log-odds) of first[n] against second[n]."""
        x, points, scores = (
            np.zeros((len(first), len(FEATURES))),
            np.zeros((len(first), len(FEATURES))),
            np.zeros(len(first)),
        )
        pairs = flatten((first, second, x, points, scores), state.PAIRS)
        k.score_pairs(np.concatenate((view.plan, self._mine, pairs)))
        return x, points, scores
