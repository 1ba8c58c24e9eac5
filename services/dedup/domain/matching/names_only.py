"""Two names compared alone: no date, no place, no roles, any script."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.features import NAME_FEATURES
from services.dedup.domain.matching.kernels.prior import prior_counts_of
from services.dedup.domain.matching.kernels.workspace import pair_scratch
from services.dedup.domain.matching.model import Model
from services.dedup.domain.matching.normalisation import MAX_INPUT, name_tokens, script_flags
from services.dedup.domain.matching.record import MAX_TOKENS, NAME_BYTES, OFF_FLAGS, ROW_BYTES, TOKEN_START


@lru_cache(maxsize=200_000)
def name_row(text: str) -> bytes:
    """A row whose only content is one name, all its words in one role."""
    out = bytearray()
    for word in name_tokens(text, MAX_TOKENS):
        codes = [ord(char) - 96 for char in word]
        codes[0] |= TOKEN_START
        out.extend(codes)
    row = bytearray(out[:NAME_BYTES].ljust(ROW_BYTES, b"\0"))
    row[OFF_FLAGS] = script_flags(text[:MAX_INPUT])
    return bytes(row)


def name_rows(names: Iterable[str]) -> npt.NDArray[np.uint8]:
    """``name_row`` of each name as an (n, 96) array."""
    return np.frombuffer(b"".join(map(name_row, names)), np.uint8).reshape(-1, ROW_BYTES)


def compare_names(
    model: Model, first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """(features, number of the NAME_CARDS, log-odds that both are one name) of ``name_rows`` line by line."""
    from services.dedup.domain.matching.kernels import names_only as k

    xs = np.zeros((len(first), len(NAME_FEATURES)))
    cards = np.zeros(len(first), np.int64)
    scores = np.zeros(len(first))
    k.compare_block(
        first, second, prior_counts_of(model), model.kernel(), pair_scratch(), *model.names_only, xs, cards, scores
    )
    return xs, cards, scores
