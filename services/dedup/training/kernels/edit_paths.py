"""Compiled kernels of the training: the best edit path of two spellings as a list of learned operations."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from services.dedup.domain.matching.kernels.compilation import JIT
from services.dedup.domain.matching.kernels.spelling import prefix_weight

OP_GAP, OP_DOUBLE, OP_LAST, OP_FIRST, OP_BIAS, OP_PREFIX, OP_TWO = 1024, 1056, 1088, 1120, 1121, 1122, 2048
OPS = 2048 + 32 * 32 * 32
MOVE_GAP_A, MOVE_GAP_B, MOVE_SUBSTITUTION, MOVE_TWO_A, MOVE_TWO_B, MOVE_PREFIX_B, MOVE_PREFIX_A = 1, 2, 3, 4, 5, 6, 7


@njit(**JIT)
def substitution(a, b):
    """The number of the operation that replaces one letter by the other, either way."""
    return min(a, b) * 32 + max(a, b)


@njit(**JIT)
def _gap(w, letter, before, last, first):
    """(weight, operation) of a letter that only one spelling has."""
    op = OP_DOUBLE + letter if before == letter else OP_LAST + letter if last else OP_GAP + letter
    value = w[op]
    if first:
        value += w[OP_FIRST]
    return value, op


@njit(**JIT)
def _best_move(a, la, i, b, lb, j, w, dp):
    """(score, move) of the best last step to the first i letters of one spelling and the first j of the other."""
    ai = a[i - 1] if i > 0 else 0
    ap = a[i - 2] if i > 1 else 0
    bj = b[j - 1] if j > 0 else 0
    bp = b[j - 2] if j > 1 else 0
    best = -1e9
    move = 0
    if i > 0:
        v, _ = _gap(w, ai, ap, i == la, i == 1)
        best = dp[i - 1, j] + v
        move = MOVE_GAP_A
    if j > 0:
        v, _ = _gap(w, bj, bp, j == lb, j == 1)
        if dp[i, j - 1] + v > best:
            best = dp[i, j - 1] + v
            move = MOVE_GAP_B
    if i > 0 and j > 0:
        v = dp[i - 1, j - 1] + w[substitution(ai, bj)]
        if v > best:
            best = v
            move = MOVE_SUBSTITUTION
    if i > 1 and j > 0:
        v = dp[i - 2, j - 1] + w[OP_TWO + ap * 1024 + ai * 32 + bj]
        if v > best:
            best = v
            move = MOVE_TWO_A
    if i > 0 and j > 1:
        v = dp[i - 1, j - 2] + w[OP_TWO + bp * 1024 + bj * 32 + ai]
        if v > best:
            best = v
            move = MOVE_TWO_B
    return best, move


@njit(**JIT)
def _fill(a, la, b, lb, w, prefixes, dp, back):
    """Fill ``dp`` with the best scores and ``back`` with the last move that gives each."""
    prefix_table = np.zeros((1, prefixes.shape[0]), np.float32)
    for p in range(prefixes.shape[0]):
        prefix_table[0, p] = w[OP_PREFIX + p]
    skip_a, weight_a = prefix_weight(a, la, 0, prefixes, prefix_table)
    skip_b, weight_b = prefix_weight(b, lb, 0, prefixes, prefix_table)
    for i in range(la + 1):
        for j in range(lb + 1):
            if i == 0 and j == 0:
                dp[0, 0] = 0.0
                continue
            best, move = _best_move(a, la, i, b, lb, j, w, dp)
            if i == 0 and j == skip_b and weight_b > best:
                best = weight_b
                move = MOVE_PREFIX_B
            if j == 0 and i == skip_a and weight_a > best:
                best = weight_a
                move = MOVE_PREFIX_A
            dp[i, j] = best
            back[i, j] = move


@njit(**JIT)
def _prefix_operation(letters, size, prefixes):
    """The operation that leaves out these first letters."""
    for p in range(prefixes.shape[0]):
        same = prefixes[p, 0] == size
        for k in range(size):
            same = same and prefixes[p, 1 + k] == letters[k]
        if same:
            return OP_PREFIX + p
    return OP_PREFIX


@njit(**JIT)
def _follow(a, la, b, lb, w, prefixes, back, ops):
    """Fill ``ops`` with the operations of the best path, from its end to its start; returns how many."""
    count = 0
    i = la
    j = lb
    while i > 0 or j > 0:
        move = back[i, j]
        if move == MOVE_GAP_A:
            _, op = _gap(w, a[i - 1], a[i - 2] if i > 1 else 0, i == la, False)
            if i == 1:
                ops[count] = OP_FIRST
                count += 1
            i -= 1
        elif move == MOVE_GAP_B:
            _, op = _gap(w, b[j - 1], b[j - 2] if j > 1 else 0, j == lb, False)
            if j == 1:
                ops[count] = OP_FIRST
                count += 1
            j -= 1
        elif move == MOVE_SUBSTITUTION:
            op = substitution(a[i - 1], b[j - 1])
            i -= 1
            j -= 1
        elif move == MOVE_TWO_A:
            op = OP_TWO + a[i - 2] * 1024 + a[i - 1] * 32 + b[j - 1]
            i -= 2
            j -= 1
        elif move == MOVE_TWO_B:
            op = OP_TWO + b[j - 2] * 1024 + b[j - 1] * 32 + a[i - 1]
            i -= 1
            j -= 2
        else:
            op = _prefix_operation(b, j, prefixes) if move == MOVE_PREFIX_B else _prefix_operation(a, i, prefixes)
            i = 0
            j = 0
        ops[count] = op
        count += 1
    return count


@njit(**JIT)
def path_of(a, la, b, lb, w, prefixes, dp, back, ops):
    """Best path under weights ``w`` (OPS floats): fills ``ops`` with operation numbers; returns (score, how many)."""
    _fill(a, la, b, lb, w, prefixes, dp, back)
    count = _follow(a, la, b, lb, w, prefixes, back, ops)
    ops[count] = OP_BIAS
    return dp[la, lb] + w[OP_BIAS], count + 1


@njit(**JIT)
def all_paths(left, left_size, right, right_size, w, prefixes, ops, sizes, scores):
    """``path_of`` for every line of the letter arrays."""
    dp = np.zeros((64, 64), np.float64)
    back = np.zeros((64, 64), np.int64)
    for k in range(len(left_size)):
        scores[k], sizes[k] = path_of(left[k], left_size[k], right[k], right_size[k], w, prefixes, dp, back, ops[k])


@njit(**JIT)
def descend(ops, sizes, labels, importance, order, w, start, memory, rate, pull):
    """One epoch of logistic regression (Adagrad) on operation counts, pulled towards ``start``; returns the mean
    loss."""
    loss = 0.0
    for k in order:
        score = 0.0
        for m in range(sizes[k]):
            score += w[ops[k, m]]
        p = 1.0 / (1.0 + math.exp(-score))
        error = (labels[k] - p) * importance[k]
        loss -= importance[k] * math.log(max(p if labels[k] > 0.5 else 1.0 - p, 1e-12))
        for m in range(sizes[k]):
            op = ops[k, m]
            g = error - pull * (w[op] - start[op])
            memory[op] += g * g
            w[op] += rate * g / math.sqrt(memory[op] + 1e-3)
    return loss / len(order)
