"""The work space of one thread that scores pairs."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from services.dedup.domain.matching.features import FEATURES
from services.dedup.domain.matching.phonetics import LETTERS
from services.dedup.domain.matching.record import MAX_TOKEN, MAX_TOKENS

LIKENESS_CACHE: Final = 1 << 16


def pair_scratch() -> tuple[Any, ...]:
    """Work space of one thread for scoring pairs (see ``kernels_search.search_one``)."""
    from services.dedup.domain.matching.kernels.names import NAME_FACTS, TOKEN_COLUMNS

    size = 2 * MAX_TOKEN + 8
    work = (
        np.zeros(size, np.int64),
        np.zeros(size, np.int64),
        np.zeros((7, size), np.int64),
        np.zeros(MAX_TOKENS, np.int64),
        np.zeros(MAX_TOKENS, np.int64),
        np.zeros((MAX_TOKENS, MAX_TOKENS), np.float64),
        np.zeros(LIKENESS_CACHE, np.uint64),
        np.zeros(LIKENESS_CACHE, np.float64),
        np.zeros(MAX_TOKENS, np.float64),
        np.zeros(LETTERS * LETTERS, np.int64),
    )
    tokens = np.zeros((MAX_TOKENS, TOKEN_COLUMNS), np.int64)
    count = len(FEATURES)
    return tokens, tokens.copy(), work, np.zeros(NAME_FACTS), np.zeros(count), np.zeros(count)
