"""Compiled kernels: tokens of a row, alignment of two names.

``domain/matching/reference_implementation/scoring.py`` says the same things slowly and plainly; tests hold the two
together to 1e-6.
Every function works on rows (``layout``) in place: nothing is allocated per candidate.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from services.dedup.domain.matching.kernels.array_plan import popcount
from services.dedup.domain.matching.kernels.compilation import JIT
from services.dedup.domain.matching.kernels.spelling import load, spelling
from services.dedup.domain.matching.record import (
    LETTER_MASK,
    MAX_TOKEN,
    MAX_TOKENS,
    NAME_BYTES,
    OFF_FLAGS,
    ROLE_FAMILY,
    ROLE_GIVEN,
    ROLE_SHIFT,
    ROLE_USAGE,
    TOKEN_START,
)

# columns of a token table, one line a token
T_START, T_LEN, T_ROLE, T_MASK, T_SKEL = 0, 1, 2, 3, 4
T_HASH = 5
TOKEN_COLUMNS = 6


@njit(**JIT)
def mix(h):
    """64-bit finaliser (splitmix): spreads the bits of a key over the whole word."""
    h = np.uint64(h)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@njit(**JIT)
def skeleton_of(row, start, length, classes):
    """The first four consonant classes of a token, four bits each; digraphs of any language folded; never zero."""
    out = 0
    taken = 0
    previous = 0
    i = 0
    while i < length and taken < 4:
        a = row[start + i] & LETTER_MASK
        b = row[start + i + 1] & LETTER_MASK if i + 1 < length else 0
        cls = classes[a * 32 + b]
        i += 1
        if cls >= 16:  # the digraph counts for both letters
            cls -= 16
            i += 1
        if cls == 0:  # a vowel, or a letter that comes and goes
            if a == 1 or a == 5 or a == 9 or a == 15 or a == 21 or a == 25:
                previous = 0
            continue
        if cls != previous:
            out = out * 16 + cls
            taken += 1
        previous = cls
    if out == 0:
        out = 0x10000 + (row[start] & LETTER_MASK)
    return out


@njit(**JIT)
def tokens_of(row, table, classes):
    """Fill ``table`` (MAX_TOKENS x TOKEN_COLUMNS, int64) from ``row``; returns the number of tokens."""
    count = 0
    i = 0
    while i < NAME_BYTES and row[i] != 0 and count < MAX_TOKENS:
        start = i
        h = np.uint64(0xCBF29CE484222325)
        mask = 0
        while True:
            letter = np.int64(row[i] & LETTER_MASK)
            h = (h ^ np.uint64(letter)) * np.uint64(0x100000001B3)
            mask |= np.int64(1) << letter
            i += 1
            if i >= NAME_BYTES or row[i] == 0 or row[i] >= TOKEN_START:
                break
        table[count, T_START] = start
        table[count, T_LEN] = i - start
        table[count, T_ROLE] = (row[start] >> ROLE_SHIFT) & 3
        table[count, T_MASK] = mask
        table[count, T_SKEL] = skeleton_of(row, start, i - start, classes)
        table[count, T_HASH] = np.int64(mix(h) >> np.uint64(1))
        count += 1
    return count


@njit(**JIT)
def sigmoid(x):
    """From log-odds to a probability."""
    return 1.0 / (1.0 + math.exp(-x))


@njit(**JIT)
def rarity(slot_counts, h, total):
    """Nats of surprise of a token (or skeleton, or place): -ln of its share of the records."""
    count = slot_counts[h & (slot_counts.shape[0] - 1)]
    value = -math.log((count + 0.5) / (total + 1.0))
    return value if value < 12.0 else 12.0


@njit(**JIT)
def rarities(table, n, counts, total, out):
    """``rarity`` of each of the n tokens of a table."""
    for i in range(n):
        out[i] = rarity(counts, table[i, T_HASH], total)


@njit(**JIT)
def skeleton_hash(skeleton):
    """Hash of a consonant skeleton, as its slot in the counts."""
    return np.int64(mix(np.uint64(skeleton) + np.uint64(0x51)) >> np.uint64(1))


@njit(**JIT)
def far_apart(mask_a, mask_b):
    """Whether two tokens share too few letters to be worth an alignment."""
    pa = popcount(mask_a)
    pb = popcount(mask_b)
    return 2 * popcount(mask_a & mask_b) < min(pa, pb)


# columns of the result of align
N_FAM_EXACT, N_FAM_FUZZY, N_GIV_EXACT, N_GIV_FUZZY, N_CROSS_EXACT, N_CROSS_FUZZY = 0, 1, 2, 3, 4, 5
N_USAGE, N_JOINED, N_GAP, N_FAM_CONFLICT, N_FAM_EXTRA, N_GIV_CONFLICT, N_GIV_EXTRA = 6, 7, 8, 9, 10, 11, 12
N_INITIAL, N_WORST, N_FAM_MATCHED, N_GIV_MATCHED, N_ALL_SAME = 13, 14, 15, 16, 17
N_FAM_BEST = 18
NAME_FACTS = 19
THRESHOLD = 0.2
SIMILAR = -1.3862944
"""Log-odds of THRESHOLD."""


@njit(**JIT)
def credit(out, role_a, role_b, exact, value, loss):
    """Add the evidence of one matched pair of tokens to the facts."""
    if role_a == ROLE_USAGE or role_b == ROLE_USAGE:
        out[N_USAGE] += value
        if role_a == ROLE_FAMILY or role_b == ROLE_FAMILY:
            out[N_FAM_MATCHED] += 1.0
        elif role_a == ROLE_GIVEN or role_b == ROLE_GIVEN:
            out[N_GIV_MATCHED] += 1.0
    elif role_a != role_b:
        out[N_CROSS_EXACT if exact else N_CROSS_FUZZY] += value
        out[N_FAM_MATCHED] += 0.5
        out[N_GIV_MATCHED] += 0.5
    elif role_a == ROLE_FAMILY:
        out[N_FAM_EXACT if exact else N_FAM_FUZZY] += value
        out[N_FAM_MATCHED] += 1.0
    else:
        out[N_GIV_EXACT if exact else N_GIV_FUZZY] += value
        out[N_GIV_MATCHED] += 1.0
    out[N_GAP] += loss


@njit(**JIT)
def note_family(out, role_a, role_b, likeness):
    """How alike the most alike words are of which one at least is a family name."""
    if (role_a == ROLE_FAMILY or role_b == ROLE_FAMILY) and likeness > out[N_FAM_BEST]:
        out[N_FAM_BEST] = likeness


@njit(**JIT)
def remembered(row_a, ta, i, row_b, tb, j, group, tables, work):
    """Likeness of two tokens, 0 below THRESHOLD, kept in a small cache: the same names meet again and again."""
    letters_a, letters_b, dp, _, _, _, cache_keys, cache_values, _, _ = work
    first = min(ta[i, T_HASH], tb[j, T_HASH])
    second = max(ta[i, T_HASH], tb[j, T_HASH])
    key = mix(np.uint64(first) + np.uint64(second) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(group))
    slot = np.int64(key >> np.uint64(1)) & (cache_keys.shape[0] - 1)
    if cache_keys[slot] == key:
        return cache_values[slot]
    load(row_a, ta[i, T_START], ta[i, T_LEN], letters_a, 0)
    load(row_b, tb[j, T_START], tb[j, T_LEN], letters_b, 0)
    score = spelling(letters_a, ta[i, T_LEN], letters_b, tb[j, T_LEN], group, tables, dp, SIMILAR)
    t = sigmoid(score)
    if t < THRESHOLD:
        t = 0.0
    cache_keys[slot] = key
    cache_values[slot] = t
    return t


@njit(**JIT)
def pair_equal(ta, na, mate_a, tb, nb, mate_b, rare_a, out):
    """First phase: tokens written alike, in the same field first, then across fields."""
    for across in range(2):
        for i in range(na):
            if mate_a[i] >= 0:
                continue
            for j in range(nb):
                same = mate_b[j] < 0 and ta[i, T_HASH] == tb[j, T_HASH]
                if same and (across or ta[i, T_ROLE] == tb[j, T_ROLE]):
                    mate_a[i] = j
                    mate_b[j] = i
                    value = rare_a[i]
                    if ta[i, T_LEN] == 1:
                        value = min(value, 2.0)
                    credit(out, ta[i, T_ROLE], tb[j, T_ROLE], True, value, 0.0)
                    note_family(out, ta[i, T_ROLE], tb[j, T_ROLE], 1.0)
                    break


@njit(**JIT)
def may_be_joined(lt, i, st, sm, j):
    """Whether the free tokens j and j + 1 may be what the other name writes as its one word i."""
    if sm[j] >= 0 or sm[j + 1] >= 0 or st[j, T_ROLE] != st[j + 1, T_ROLE]:
        return False
    size = st[j, T_LEN] + st[j + 1, T_LEN]
    if abs(size - lt[i, T_LEN]) > 2 and not (lt[i, T_LEN] >= MAX_TOKEN and size > MAX_TOKEN):
        return False
    return not far_apart(lt[i, T_MASK], st[j, T_MASK] | st[j + 1, T_MASK])


@njit(**JIT)
def pair_joined(long_row, lt, ln, lm, short_row, st, sn, sm, group, counts, total, tables, work, out):
    """Second phase: a word of the first name that the second one writes as two neighbours."""
    letters_a, letters_b, dp, _, _, _, _, _, _, _ = work
    for i in range(ln):
        if lm[i] >= 0 or lt[i, T_LEN] < 4:
            continue
        for j in range(sn - 1):
            if not may_be_joined(lt, i, st, sm, j):
                continue
            load(long_row, lt[i, T_START], lt[i, T_LEN], letters_a, 0)
            at = load(short_row, st[j, T_START], st[j, T_LEN], letters_b, 0)
            at = load(short_row, st[j + 1, T_START], st[j + 1, T_LEN], letters_b, at)
            at = min(at, MAX_TOKEN)
            t = sigmoid(spelling(letters_a, lt[i, T_LEN], letters_b, at, group, tables, dp, 0.0))
            if t < 0.5:
                continue
            lm[i] = j
            sm[j] = i
            sm[j + 1] = i
            value = t * rarity(counts, lt[i, T_HASH], total)
            out[N_JOINED] += value
            note_family(out, lt[i, T_ROLE], st[j, T_ROLE], t)
            for role in (lt[i, T_ROLE], st[j, T_ROLE]):
                out[N_FAM_MATCHED if role == ROLE_FAMILY else N_GIV_MATCHED] += 0.5
            if 1.0 - t > out[N_WORST]:
                out[N_WORST] = 1.0 - t
            break


@njit(**JIT)
def likenesses(row_a, ta, na, row_b, tb, nb, group, tables, work):
    """Fill ``sims`` with the likeness of each two free tokens, 0 below THRESHOLD; returns how many are above."""
    _, _, _, mate_a, mate_b, sims, _, _, _, _ = work
    found = 0
    for i in range(na):
        if mate_a[i] >= 0:
            continue
        for j in range(nb):
            sims[i, j] = 0.0
            if mate_b[j] >= 0:
                continue
            if ta[i, T_LEN] == 1 or tb[j, T_LEN] == 1:
                same = (row_a[ta[i, T_START]] & LETTER_MASK) == (row_b[tb[j, T_START]] & LETTER_MASK)
                if same and ta[i, T_ROLE] == tb[j, T_ROLE]:
                    sims[i, j] = THRESHOLD + 0.01
                    found += 1
                continue
            if far_apart(ta[i, T_MASK], tb[j, T_MASK]):
                continue
            t = remembered(row_a, ta, i, row_b, tb, j, group, tables, work)
            if t >= THRESHOLD:
                sims[i, j] = t
                found += 1
    return found


@njit(**JIT)
def most_alike(ta, na, mate_a, tb, nb, mate_b, sims):
    """The two free tokens that are most alike, the same field preferred; (-1, -1) when none are left."""
    best = 0.0
    bi = -1
    bj = -1
    for i in range(na):
        if mate_a[i] >= 0:
            continue
        for j in range(nb):
            if mate_b[j] >= 0 or sims[i, j] == 0.0:
                continue
            v = sims[i, j] + (0.1 if ta[i, T_ROLE] == tb[j, T_ROLE] else 0.0)
            if v > best:
                best = v
                bi = i
                bj = j
    return bi, bj


@njit(**JIT)
def pair_alike(row_a, ta, na, row_b, tb, nb, group, skeletons, total, tables, work, out):
    """Third phase: what is left, the most alike first."""
    _, _, _, mate_a, mate_b, sims, _, _, _, _ = work
    if likenesses(row_a, ta, na, row_b, tb, nb, group, tables, work) == 0:
        return
    while True:
        bi, bj = most_alike(ta, na, mate_a, tb, nb, mate_b, sims)
        if bi < 0:
            return
        t = sims[bi, bj]
        mate_a[bi] = bj
        mate_b[bj] = bi
        if ta[bi, T_LEN] == 1 or tb[bj, T_LEN] == 1:
            out[N_INITIAL] += 1.0
            if ta[bi, T_ROLE] == ROLE_FAMILY:
                out[N_FAM_MATCHED] += 0.5
            else:
                out[N_GIV_MATCHED] += 0.5
            continue
        full = rarity(skeletons, skeleton_hash(ta[bi, T_SKEL]), total)
        full = min(full, rarity(skeletons, skeleton_hash(tb[bj, T_SKEL]), total))
        credit(out, ta[bi, T_ROLE], tb[bj, T_ROLE], False, t * full, (1.0 - t) * full)
        note_family(out, ta[bi, T_ROLE], tb[bj, T_ROLE], t)
        if 1.0 - t > out[N_WORST]:
            out[N_WORST] = 1.0 - t


@njit(**JIT)
def count_unpaired(ta, na, mate_a, tb, nb, mate_b, rare_a, counts, total, out):
    """Fourth phase: what no token of the other name answers to; returns whether everything was paired."""
    free_fam_a = free_fam_b = free_giv_a = free_giv_b = 0.0
    everything = True
    for i in range(na):
        if mate_a[i] < 0 and ta[i, T_ROLE] != ROLE_USAGE:
            everything = False
            value = rare_a[i]
            if ta[i, T_ROLE] == ROLE_FAMILY:
                free_fam_a += value
            else:
                free_giv_a += value
    for j in range(nb):
        if mate_b[j] < 0 and tb[j, T_ROLE] != ROLE_USAGE:
            everything = False
            value = rarity(counts, tb[j, T_HASH], total)
            if tb[j, T_ROLE] == ROLE_FAMILY:
                free_fam_b += value
            else:
                free_giv_b += value
    out[N_FAM_CONFLICT] = min(free_fam_a, free_fam_b)
    out[N_FAM_EXTRA] = abs(free_fam_a - free_fam_b)
    out[N_GIV_CONFLICT] = min(free_giv_a, free_giv_b)
    out[N_GIV_EXTRA] = abs(free_giv_a - free_giv_b)
    return everything


@njit(**JIT)
def align(row_a, ta, na, row_b, tb, nb, counts, skeletons, total, tables, work, out):
    """Align the tokens of two names in four phases and fill ``out`` (NAME_FACTS floats).

    ``work``: (letters_a, letters_b, dp, mate_a, mate_b, sims, cache keys, cache values, rarities of the first name's
    tokens (``rarities`` fills them, once for many second names), pairs of letters).  Mates: -1 free, else the number of
    the other token.
    """
    _, _, _, mate_a, mate_b, _, _, _, rare_a, _ = work
    for k in range(NAME_FACTS):
        out[k] = 0.0
    flags = row_a[OFF_FLAGS] | row_b[OFF_FLAGS]
    group = 2 if flags & 2 else 1 if flags & 1 else 0
    for i in range(na):
        mate_a[i] = -1
    for j in range(nb):
        mate_b[j] = -1
    pair_equal(ta, na, mate_a, tb, nb, mate_b, rare_a, out)
    pair_joined(row_a, ta, na, mate_a, row_b, tb, nb, mate_b, group, counts, total, tables, work, out)
    pair_joined(row_b, tb, nb, mate_b, row_a, ta, na, mate_a, group, counts, total, tables, work, out)
    pair_alike(row_a, ta, na, row_b, tb, nb, group, skeletons, total, tables, work, out)
    everything = count_unpaired(ta, na, mate_a, tb, nb, mate_b, rare_a, counts, total, out)
    fuzzy = out[N_FAM_FUZZY] + out[N_GIV_FUZZY] + out[N_CROSS_EXACT] + out[N_CROSS_FUZZY]
    fuzzy += out[N_JOINED] + out[N_INITIAL]
    if everything and fuzzy == 0.0 and na > 0 and nb > 0:
        out[N_ALL_SAME] = 1.0
