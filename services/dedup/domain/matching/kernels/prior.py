"""Prior counts of the rarity tables, from the shares of frequent names the model was taught."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.kernels.names import T_HASH, T_SKEL, TOKEN_COLUMNS, skeleton_hash, tokens_of
from services.dedup.domain.matching.kernels.pair import place_hash
from services.dedup.domain.matching.model import Model
from services.dedup.domain.matching.record import MAX_TOKENS, NAME_BYTES, OFF_PLACE, PLACE_BYTES, ROW_BYTES, TOKEN_START

COUNT_SLOTS: Final = (1 << 22, 1 << 18, 1 << 20)


def prior_counts_of(model: Model) -> tuple[npt.NDArray[Any], ...]:
    """(token, skeleton, place, total) counts before any record: the learned shares of frequent names.

    So that a small base already knows Mohamed is frequent; a large one soon outweighs them.
    """
    tokens: Mapping[str, float] = model.document["tokens"]
    places: Mapping[str, float] = model.document["places"]
    records, classes = float(model.document["prior_records"]), model.classes
    base = tuple(np.zeros(size, np.float32) for size in COUNT_SLOTS)
    scratch = np.zeros((MAX_TOKENS, TOKEN_COLUMNS), np.int64)
    for text, share, is_place in [(t, s, False) for t, s in tokens.items()] + [(p, s, True) for p, s in places.items()]:
        row = np.zeros(ROW_BYTES, np.uint8)
        codes = np.frombuffer(text.encode("ascii"), np.uint8) - 96
        if is_place:
            row[OFF_PLACE : OFF_PLACE + min(PLACE_BYTES, len(codes))] = codes[:PLACE_BYTES]
        else:
            row[: min(NAME_BYTES, len(codes))] = codes[:NAME_BYTES]
            row[0] |= TOKEN_START
        _add(row, tokens_of(row, scratch, classes), scratch, base, share * records, is_place)
    return *base, np.array([records], np.float64)


def _add(row: Any, n: int, scratch: Any, base: tuple[Any, ...], weight: float, is_place: bool) -> None:
    if is_place:
        base[2][place_hash(row) & (len(base[2]) - 1)] += weight
        return
    for i in range(n):
        base[0][scratch[i, T_HASH] & (len(base[0]) - 1)] += weight
        base[1][skeleton_hash(scratch[i, T_SKEL]) & (len(base[1]) - 1)] += weight
