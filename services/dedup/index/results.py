"""What a search answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.features import FEATURES

LONGEST_LIST: Final = 400
"""Posting lists longer than this say too little to be read."""
GATHERED: Final = 256
"""Candidates kept by the number and rarity of shared keys."""
CANDIDATES: Final = 32
"""Of these, the likeliest by date, sex, country and place: those that are scored."""


class Match(NamedTuple):
    """A candidate, scored.

    ``points`` are those of each feature, in the order of ``scoring.FEATURES``; with the intercept and the prior (the
    size of the base) they sum to ``total``, the log-odds of which ``probability`` is the logistic.
    """

    seq: int
    probability: float
    total: float
    points: npt.NDArray[np.float64]

    def points_by_feature(self) -> dict[str, float]:
        """Non-zero points, by feature name."""
        return {name: float(p) for name, p in zip(FEATURES, self.points, strict=True) if p}


@dataclass(slots=True)
class BulkResults:
    """Results of a bulk search, one line a query: arrays, no object per candidate.

    ``seqs`` and ``scores`` (log-odds) are (queries, limit), best first, -1 and -inf where there are fewer; ``points``
    is (queries, limit, features), or has no line where nobody wants them; ``blocked`` holds the candidates before
    scoring when they were asked for, else no column.
    """

    seqs: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]
    points: npt.NDArray[np.float64]
    blocked: npt.NDArray[np.int64]

    @classmethod
    def room(cls, count: int, limit: int, blocked: int, *, with_points: bool = True) -> BulkResults:
        """Nothing found yet."""
        return cls(
            np.full((count, limit), -1, np.int64),
            np.full((count, limit), -np.inf),
            np.zeros((count if with_points else 0, limit, len(FEATURES))),
            np.full((count, blocked), -1, np.int64),
        )
