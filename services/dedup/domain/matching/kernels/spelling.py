"""Compiled kernels: how alike two words are written, by a learned edit distance."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from services.dedup.domain.matching.kernels.compilation import JIT
from services.dedup.domain.matching.record import LETTER_MASK, SPELLING_SCALE

NO_MATCH = -20.0


@njit(**JIT)
def prefix_weight(letters, length, group, prefixes, prefix_weights):
    """(letters skipped, weight) of a glued particle at the head of a token (el, ben, ould...), or (0, 0)."""
    for p in range(prefixes.shape[0]):
        size = prefixes[p, 0]
        if length - size < 3:
            continue
        same = True
        for k in range(size):
            if letters[k] != prefixes[p, 1 + k]:
                same = False
                break
        if same:
            return size, prefix_weights[group, p]
    return 0, 0.0


@njit(**JIT)
def gaps(letters, length, group, tables, out):
    """Weight of leaving out each letter of a token: doubled, last, first or plain."""
    _, ins, dbl, end, _, _, bias, _, _, _ = tables
    for i in range(length):
        letter = letters[i]
        if i > 0 and letters[i - 1] == letter:
            out[i] = dbl[group, letter]
        elif i == length - 1:
            out[i] = end[group, letter]
        else:
            out[i] = ins[group, letter]
        if i == 0:
            out[i] += bias[group, 1]


@njit(**JIT)
def spelling(a, la, b, lb, group, tables, dp, floor):
    """Log-odds that two letter strings spell one name, by the learned weights of the best edit path.

    ``a``/``b``: letter codes; ``dp``: scratch; ``group``: 0 alphabet, 1 vowel-less, 2 syllabic source script.  Gives up
    and
    returns NO_MATCH as soon as the result cannot reach ``floor``.  The weights are whole numbers of 1/SPELLING_SCALE:
    integers are
    exact and their maximum costs one cycle.
    """
    sub, _, _, _, two, pairs, bias, prefixes, prefix_weights, most = tables
    before, last, row = dp[0], dp[1], dp[2]
    gap_a, gap_b, rest, pairs_b = dp[3], dp[4], dp[5], dp[6]
    gaps(a, la, group, tables, gap_a)
    gaps(b, lb, group, tables, gap_b)
    rest[la] = 0
    for i in range(la - 1, -1, -1):
        rest[i] = rest[i + 1] + most[group, a[i]]
    lowest = np.int64(math.floor(floor * SPELLING_SCALE)) - bias[group, 0]
    for j in range(lb):
        lowest -= max(0, gap_b[j])
    skip_a, weight_a = prefix_weight(a, la, group, prefixes, prefix_weights)
    skip_b, weight_b = prefix_weight(b, lb, group, prefixes, prefix_weights)
    last[0] = 0
    for j in range(1, lb + 1):
        best = last[j - 1] + gap_b[j - 1]
        if j == skip_b:
            best = max(best, np.int32(weight_b))
        last[j] = best
        pairs_b[j] = pairs[group, b[j - 2], b[j - 1]] if j > 1 else 0
    two_group = two[group]
    before_top = np.int32(-1 << 29)
    for i in range(1, la + 1):
        ai = a[i - 1]
        gap = gap_a[i - 1]
        sub_row = sub[group, ai]
        ap = a[i - 2] if i > 1 else 0
        paired = i > 1 and pairs[group, ap, ai] != 0
        pair_row = two_group[ap, ai]
        left = last[0] + gap
        if i == skip_a:
            left = max(left, np.int32(weight_a))
        row[0] = left
        top = left
        for j in range(1, lb + 1):
            bj = b[j - 1]
            best = max(last[j] + gap, last[j - 1] + sub_row[bj])
            if paired:
                best = max(best, before[j - 1] + pair_row[bj])
            if (pairs_b[j] >> ai) & 1:
                best = max(best, last[j - 2] + two_group[b[j - 2], bj, ai])
            left = max(best, left + gap_b[j - 1])
            row[j] = left
            top = max(top, left)
        if max(top + rest[i], before_top + rest[i - 1]) < lowest and i >= skip_a:
            return NO_MATCH
        before_top = top
        before, last, row = last, row, before
    return (last[lb] + bias[group, 0]) / SPELLING_SCALE


@njit(**JIT)
def load(row, start, length, out, at):
    """Copy the letters of a token into ``out`` from ``at``; returns the next free place."""
    for k in range(length):
        out[at + k] = row[start + k] & LETTER_MASK
    return at + length
