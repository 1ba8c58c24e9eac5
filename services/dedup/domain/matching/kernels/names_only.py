"""Compiled kernel: evidence of two names alone, without roles, dates or places."""

from __future__ import annotations

import math

from numba import njit

from services.dedup.domain.matching.kernels.compilation import JIT
from services.dedup.domain.matching.kernels.names import (
    N_FAM_CONFLICT,
    N_FAM_EXACT,
    N_FAM_EXTRA,
    N_FAM_FUZZY,
    N_GAP,
    N_INITIAL,
    N_JOINED,
    N_WORST,
    T_HASH,
    T_LEN,
    T_START,
    align,
    rarities,
    tokens_of,
)
from services.dedup.domain.matching.kernels.spelling import load, spelling
from services.dedup.domain.matching.record import MAX_TOKEN, OFF_FLAGS

NAME_FEATURE_COUNT = 24
CARD_ONE_WORD, CARD_ALPHABET, CARD_OTHER_SCRIPTS = 0, 1, 2
SURE = 4.0
"""Log-odds beyond which one word written alike says no more."""
HOPELESS = -12.0


@njit(**JIT)
def consonants_differ(letters_a, la, letters_b, lb):
    """Whether two words differ by more than vowels and h."""
    i = 0
    j = 0
    while True:
        while i < la and silent(letters_a[i]):
            i += 1
        while j < lb and silent(letters_b[j]):
            j += 1
        if i == la or j == lb:
            return i != la or j != lb
        if letters_a[i] != letters_b[j]:
            return True
        i += 1
        j += 1


@njit(**JIT)
def silent(letter):
    """A vowel, y or h: letters that come and go between two spellings."""
    return letter == 1 or letter == 5 or letter == 8 or letter == 9 or letter == 15 or letter == 21 or letter == 25


@njit(**JIT)
def word_features(row_a, ta, na, row_b, tb, nb, group, tables, work, x):
    """What the aligned words say one by one: x[16:24]; ``align`` has just left the mates in ``work``."""
    letters_a, letters_b, dp, mate_a, mate_b, _, _, _, _, _ = work
    best_conflict = HOPELESS
    conflict = False
    longest = 0
    length_a = 0
    length_b = 0
    for j in range(nb):
        length_b += tb[j, T_LEN]
    for i in range(na):
        length_a += ta[i, T_LEN]
        load(row_a, ta[i, T_START], ta[i, T_LEN], letters_a, 0)
        j = mate_a[i]
        for other in range(i):
            if j >= 0 and mate_a[other] > j:
                x[21] += 1.0
        if j < 0:
            for free in range(nb):
                if mate_b[free] < 0:
                    load(row_b, tb[free, T_START], tb[free, T_LEN], letters_b, 0)
                    score = spelling(letters_a, ta[i, T_LEN], letters_b, tb[free, T_LEN], group, tables, dp, -1e9)
                    best_conflict = max(best_conflict, score)
                    conflict = True
            continue
        joined = (j + 1 < nb and mate_b[j] == i and mate_b[j + 1] == i) or (i > 0 and mate_a[i - 1] == j)
        if joined or (i + 1 < na and mate_a[i + 1] == j):
            x[22] += 1.0
            continue
        if ta[i, T_HASH] == tb[j, T_HASH] or ta[i, T_LEN] == 1 or tb[j, T_LEN] == 1:
            continue
        load(row_b, tb[j, T_START], tb[j, T_LEN], letters_b, 0)
        score = spelling(letters_a, ta[i, T_LEN], letters_b, tb[j, T_LEN], group, tables, dp, -1e9)
        x[16] += max(0.0, SURE - score)
        x[17] += 1.0 if consonants_differ(letters_a, ta[i, T_LEN], letters_b, tb[j, T_LEN]) else 0.0
        if letters_a[0] != letters_b[0]:
            x[18] = 1.0
        longest = max(longest, abs(ta[i, T_LEN] - tb[j, T_LEN]))
    x[19] = abs(length_a - length_b)
    x[20] = max(best_conflict, HOPELESS) - HOPELESS if conflict else 0.0
    x[23] = longest


@njit(**JIT)
def name_features(row_a, row_b, base, model, pair, x):
    """Fill ``x`` (NAME_FEATURE_COUNT) from two rows whose tokens all have the role family; see scoring.NAME_FEATURES.

    Returns the card that weighs them (CARD_*).
    """
    classes, tables, _, _ = model
    ta, tb, work, names, _, _ = pair
    counts, skeletons, _, total_box = base
    letters_a, letters_b, dp, mate_a, mate_b, _, _, _, rare_a, _ = work
    na = tokens_of(row_a, ta, classes)
    nb = tokens_of(row_b, tb, classes)
    rarities(ta, na, counts, total_box[0], rare_a)
    align(row_a, ta, na, row_b, tb, nb, counts, skeletons, total_box[0], tables, work, names)
    free_a = 0
    exact = 0
    for i in range(na):
        free_a += mate_a[i] < 0
        exact += mate_a[i] >= 0 and ta[i, T_HASH] == tb[mate_a[i], T_HASH]
    free_b = 0
    for j in range(nb):
        free_b += mate_b[j] < 0
    worst = names[N_WORST]
    x[0] = names[N_FAM_EXACT]
    x[1] = names[N_FAM_FUZZY]
    x[2] = names[N_JOINED]
    x[3] = names[N_GAP]
    x[4] = names[N_FAM_CONFLICT]
    x[5] = names[N_FAM_EXTRA]
    x[6] = worst
    x[7] = max(-6.0, min(6.0, math.log((1.0 - worst) / worst))) if worst > 0.0 else 6.0
    x[8] = names[N_INITIAL]
    x[9] = min(free_a, free_b)
    x[10] = max(free_a, free_b)
    complete = free_a == 0 and free_b == 0 and na > 0 and nb > 0
    x[11] = 1.0 if complete else 0.0
    x[12] = 1.0 if complete and exact == na and exact == nb else 0.0
    x[13] = 0.0
    at = 0
    for i in range(na):
        if at + ta[i, T_LEN] <= 2 * MAX_TOKEN:
            at = load(row_a, ta[i, T_START], ta[i, T_LEN], letters_a, at)
    bt = 0
    for j in range(nb):
        if bt + tb[j, T_LEN] <= 2 * MAX_TOKEN:
            bt = load(row_b, tb[j, T_START], tb[j, T_LEN], letters_b, bt)
    flags = row_a[OFF_FLAGS] | row_b[OFF_FLAGS]
    group = 2 if flags & 2 else 1 if flags & 1 else 0
    for k in range(16, NAME_FEATURE_COUNT):
        x[k] = 0.0
    whole = spelling(letters_a, at, letters_b, bt, group, tables, dp, -1e9) if at and bt else -20.0
    single = (na == 1 and nb == 1) or na == 0 or nb == 0
    if single:  # one word each (or none: like nothing): the spelling says all
        for k in range(14):
            x[k] = 0.0
    x[13] = 1.0 if single else 0.0
    x[14] = min(max(whole, -20.0), 12.0)
    x[15] = min(max(whole, -6.0), 10.0) if not single and not complete else 0.0
    word_features(row_a, ta, na, row_b, tb, nb, group, tables, work, x)
    if single:
        return CARD_ONE_WORD
    return CARD_ALPHABET if group == 0 else CARD_OTHER_SCRIPTS


@njit(**JIT)
def compare_block(rows_a, rows_b, base, model, pair, weights, intercepts, xs, cards, scores):
    """``name_features`` and the log-odds of rows_a[k] against rows_b[k], by the card of their kind (CARD_*)."""
    for k in range(rows_a.shape[0]):
        card = name_features(rows_a[k], rows_b[k], base, model, pair, xs[k])
        total = intercepts[card]
        for f in range(NAME_FEATURE_COUNT):
            total += weights[card, f] * xs[k, f]
        cards[k] = card
        scores[k] = total
