"""Compiled kernel: which word of one name answers to which of another, as the score aligned them."""

from __future__ import annotations

from numba import njit

from services.dedup.domain.matching.kernels.compilation import JIT
from services.dedup.domain.matching.kernels.names import align, rarities, tokens_of


@njit(**JIT)
def mates_of(row_a, row_b, base, model, pair, mates):
    """Fill ``mates`` (2 x MAX_TOKENS) with the number of the other word, or -1; returns how many words each name has.

    Which words answer to which does not hang on the base: ``base`` may be an empty one.
    """
    classes, tables, _, _ = model
    ta, tb, work, names, _, _ = pair
    counts, skeletons, _, total_box = base
    _, _, _, mate_a, mate_b, _, _, _, rare_a, _ = work
    na = tokens_of(row_a, ta, classes)
    nb = tokens_of(row_b, tb, classes)
    rarities(ta, na, counts, total_box[0], rare_a)
    align(row_a, ta, na, row_b, tb, nb, counts, skeletons, total_box[0], tables, work, names)
    for i in range(na):
        mates[0, i] = mate_a[i]
    for j in range(nb):
        mates[1, j] = mate_b[j]
    return na, nb
