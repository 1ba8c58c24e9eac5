"""Compiled kernels of the index: blocking keys, build, insertion, search.

A *segment* is an immutable posting table: ``offsets`` (buckets + 1), ``ids`` (row numbers) and ``marks`` (one byte of the
key's hash beside each id, so that two keys sharing a bucket are told apart).  The *delta* is a chained hash table for the
records inserted since.  ``blocking.py`` describes the keys in plain Python.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from services.dedup.kernels_names import (
    JIT,
    T_HASH,
    T_LEN,
    T_SKEL,
    T_START,
    TOKEN_COLUMNS,
    mix,
    skeleton_hash,
    tokens_of,
)
from services.dedup.kernels_pair import (
    DATE_CLASSES,
    FEATURE_COUNT,
    date_class,
    default_day,
    features,
    judge,
    place_hash,
    u16,
)
from services.dedup.layout import LETTER_MASK, MAX_TOKENS, OFF_COUNTRY, OFF_DAY, OFF_MONTH, OFF_PLACE, OFF_SEX, OFF_YEAR

KIND_DATE_HEAD, KIND_DATE_TAIL, KIND_PAIR_YEAR, KIND_PAIR_DAY, KIND_DATE_PLACE, KIND_YEAR_PLACE, KIND_DAY = (
    1,
    2,
    3,
    4,
    5,
    6,
    7,
)
KIND_HEAD_YEAR = 8
KEY_TOKENS = 5
MAX_KEYS = 72
MAX_PROBES = 4096
SCRATCH = 16384
FIRST_YEAR, LAST_YEAR = 1915, 2030


@njit(**JIT)
def key_of(kind, a, b, c):
    """Hash of a blocking key: its kind and three pieces."""
    h = mix(np.uint64(kind) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(a))
    h = mix(h ^ (np.uint64(b) * np.uint64(0xC2B2AE3D27D4EB4F)))
    return mix(h ^ (np.uint64(c) * np.uint64(0x165667B19E3779F9)))


@njit(**JIT)
def head_of(skeleton):
    """First two consonant classes."""
    if skeleton >= 0x10000:
        return skeleton
    while skeleton >= 256:
        skeleton >>= 4
    return skeleton


@njit(**JIT)
def tail_of(row, start, length):
    """Last two letters that are not vowels nor a final h, folded roughly; 0 when there are fewer."""
    out = 0
    taken = 0
    i = length - 1
    previous = 0
    while i >= 0 and taken < 2:
        a = row[start + i] & LETTER_MASK
        i -= 1
        if a == 1 or a == 5 or a == 9 or a == 15 or a == 21 or a == 25 or a == 23 or a == 8 or a == previous:
            continue
        previous = a
        if a == 26 or a == 3:
            a = 19
        elif a == 11 or a == 17:
            a = 7
        out = out * 32 + a
        taken += 1
    return out if taken == 2 else 0


@njit(**JIT)
def place_start(row):
    if row[OFF_PLACE] == 0:
        return 0
    return (np.int64(row[OFF_PLACE]) << 10) | (np.int64(row[OFF_PLACE + 1]) << 5) | np.int64(row[OFF_PLACE + 2])


@njit(**JIT)
def day_key(month, day):
    """Day and month in either order."""
    return min(month, day) * 32 + max(month, day)


@njit(**JIT)
def add_key(out, count, key):
    if count >= out.shape[0]:
        return count
    for k in range(max(0, count - 2 * KEY_TOKENS), count):
        if out[k] == key:
            return count
    out[count] = key
    return count + 1


@njit(**JIT)
def useful(row, t, n, chosen):
    """Numbers of the tokens that make keys: at most KEY_TOKENS, initials and repeated skeletons left out."""
    count = 0
    for i in range(n):
        if t[i, T_LEN] > 1 and count < KEY_TOKENS:
            new = True
            for c in range(count):
                if t[chosen[c], T_SKEL] == t[i, T_SKEL]:
                    new = False
            if new:
                chosen[count] = i
                count += 1
    return count


@njit(**JIT)
def date_keys(out, count, row, t, chosen, m, year, month, day):
    date = (year * 16 + month) * 32 + day
    weak = default_day(month, day)
    for c in range(m):
        i = chosen[c]
        skeleton = t[i, T_SKEL]
        count = add_key(out, count, key_of(KIND_DATE_HEAD, date, skeleton if weak else head_of(skeleton), 0))
        if not weak:
            tail = tail_of(row, t[i, T_START], t[i, T_LEN])
            if tail:
                count = add_key(out, count, key_of(KIND_DATE_TAIL, date, tail, 0))
    place = place_start(row)
    if place and not weak:
        count = add_key(out, count, key_of(KIND_DATE_PLACE, date, place, 0))
    return count


@njit(**JIT)
def first_of(skeleton):
    """First consonant class (or the vowel of a token without consonants)."""
    if skeleton >= 0x10000:
        return skeleton
    while skeleton >= 16:
        skeleton >>= 4
    return skeleton


@njit(**JIT)
def pair_keys(out, count, t, chosen, m, year):
    """Two skeletons and the year."""
    for c in range(m):
        a = t[chosen[c], T_SKEL]
        for d in range(c + 1, m):
            b = t[chosen[d], T_SKEL]
            count = add_key(out, count, key_of(KIND_PAIR_YEAR, year, min(a, b), max(a, b)))
    return count


@njit(**JIT)
def year_keys(out, count, t, chosen, m, year, place):
    """One skeleton, the year, and either the start of the place or the first consonant of another token."""
    for c in range(m):
        a = t[chosen[c], T_SKEL]
        if place:
            count = add_key(out, count, key_of(KIND_YEAR_PLACE, year, a, place))
        for d in range(m):
            if c != d:
                count = add_key(out, count, key_of(KIND_HEAD_YEAR, year, a, first_of(t[chosen[d], T_SKEL])))
    return count


@njit(**JIT)
def day_keys(out, count, t, chosen, m, month, day):
    both = day_key(month, day)
    for c in range(m):
        a = t[chosen[c], T_SKEL]
        count = add_key(out, count, key_of(KIND_DAY, both, a, 0))
        for d in range(c + 1, m):
            b = t[chosen[d], T_SKEL]
            count = add_key(out, count, key_of(KIND_PAIR_DAY, both, min(a, b), max(a, b)))
    return count


@njit(**JIT)
def stored_keys(row, t, n, chosen, out):
    """The keys under which a record is stored; returns how many."""
    m = useful(row, t, n, chosen)
    year = u16(row, OFF_YEAR)
    month = np.int64(row[OFF_MONTH])
    day = np.int64(row[OFF_DAY])
    count = 0
    if year and month and day:
        count = date_keys(out, count, row, t, chosen, m, year, month, day)
    count = year_keys(out, count, t, chosen, m, year, place_start(row))
    count = pair_keys(out, count, t, chosen, m, year)
    if not default_day(month, day):
        count = day_keys(out, count, t, chosen, m, month, day)
    return count


@njit(**JIT)
def probe_keys(row, t, n, chosen, out):
    """The keys a query looks under: its own, and those of the usual mistakes; returns how many."""
    m = useful(row, t, n, chosen)
    year = u16(row, OFF_YEAR)
    month = np.int64(row[OFF_MONTH])
    day = np.int64(row[OFF_DAY])
    count = 0
    place = place_start(row)
    if year and month and day:
        count = date_keys(out, count, row, t, chosen, m, year, month, day)
        if day <= 12 and day != month:
            count = date_keys(out, count, row, t, chosen, m, year, day, month)
    count = year_keys(out, count, t, chosen, m, year, place)
    count = pair_keys(out, count, t, chosen, m, year)
    if year:
        for step in range(1, 4):
            count = year_keys(out, count, t, chosen, m, year + step, place)
            count = year_keys(out, count, t, chosen, m, year - step, place)
        for step in range(1, 11):
            count = pair_keys(out, count, t, chosen, m, year + step)
            count = pair_keys(out, count, t, chosen, m, year - step)
        turned = year - year % 100 + (year % 10) * 10 + (year // 10) % 10
        if abs(turned - year) > 10:
            count = pair_keys(out, count, t, chosen, m, turned)
        count = pair_keys(out, count, t, chosen, m, 0)
        count = year_keys(out, count, t, chosen, m, 0, place)
    else:
        for other in range(FIRST_YEAR, LAST_YEAR):
            count = pair_keys(out, count, t, chosen, m, other)
            if place:
                count = year_keys(out, count, t, chosen, m, other, place)
    if not default_day(month, day):
        count = day_keys(out, count, t, chosen, m, month, day)
    return count


@njit(**JIT)
def count_statistics(rows, first, last, classes, counts, skeletons, places, total_box):
    """Add the tokens, skeletons and places of rows[first:last] to the base's tables."""
    t = np.zeros((MAX_TOKENS, TOKEN_COLUMNS), np.int64)
    for r in range(first, last):
        row = rows[r]
        add_statistics(row, tokens_of(row, t, classes), t, counts, skeletons, places)
        total_box[0] += 1.0


@njit(**JIT)
def add_statistics(row, n, t, counts, skeletons, places):
    for i in range(n):
        counts[t[i, T_HASH] & (counts.shape[0] - 1)] += 1.0
        skeletons[skeleton_hash(t[i, T_SKEL]) & (skeletons.shape[0] - 1)] += 1.0
    if row[OFF_PLACE]:
        places[place_hash(row) & (places.shape[0] - 1)] += 1.0


@njit(**JIT)
def count_postings(rows, first, last, alive, classes, shift, offsets):
    """First pass of a build: size of each bucket, in offsets[bucket + 1]."""
    t = np.zeros((MAX_TOKENS, TOKEN_COLUMNS), np.int64)
    chosen = np.zeros(KEY_TOKENS, np.int64)
    keys = np.zeros(MAX_KEYS, np.uint64)
    for r in range(first, last):
        if not alive[r]:
            continue
        n = tokens_of(rows[r], t, classes)
        count = stored_keys(rows[r], t, n, chosen, keys)
        for k in range(count):
            offsets[np.int64(keys[k] >> shift) + 1] += 1


@njit(**JIT)
def fill_postings(rows, first, last, alive, classes, shift, offsets, cursor, ids, marks):
    """Second pass of a build: write ids and marks; ``cursor`` holds how much of each bucket is filled."""
    t = np.zeros((MAX_TOKENS, TOKEN_COLUMNS), np.int64)
    chosen = np.zeros(KEY_TOKENS, np.int64)
    keys = np.zeros(MAX_KEYS, np.uint64)
    for r in range(first, last):
        if not alive[r]:
            continue
        n = tokens_of(rows[r], t, classes)
        count = stored_keys(rows[r], t, n, chosen, keys)
        for k in range(count):
            bucket = np.int64(keys[k] >> shift)
            at = np.int64(cursor[bucket])
            cursor[bucket] += 1
            ids[at] = r
            marks[at] = np.uint8(keys[k] & np.uint64(255))


@njit(**JIT)
def running_sum(offsets):
    total = np.uint64(0)
    for k in range(offsets.shape[0]):
        total += np.uint64(offsets[k])
        offsets[k] = total


@njit(**JIT)
def insert_delta(row, number, classes, base, heads, links, link_keys, link_ids, used):
    """Add one record to the delta and to the statistics; returns the new number of links, or -1 when full."""
    t = np.zeros((MAX_TOKENS, TOKEN_COLUMNS), np.int64)
    chosen = np.zeros(KEY_TOKENS, np.int64)
    keys = np.zeros(MAX_KEYS, np.uint64)
    n = tokens_of(row, t, classes)
    count = stored_keys(row, t, n, chosen, keys)
    if used + count > links.shape[0]:
        return np.int64(-1)
    for k in range(count):
        bucket = np.int64(keys[k] >> np.uint64(32)) & (heads.shape[0] - 1)
        link_keys[used] = keys[k]
        link_ids[used] = number
        links[used] = heads[bucket]
        heads[bucket] = used
        used += 1
    counts, skeletons, places, total_box = base
    add_statistics(row, n, t, counts, skeletons, places)
    total_box[0] += 1.0
    return np.int64(used)


@njit(**JIT)
def meet(candidate, weight, slots, slot_weights, slot_marks, mark, found, found_count):
    """Add weight to a candidate in the open-addressed table; returns the number of candidates."""
    at = np.int64((np.uint64(candidate) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(50))
    while slot_marks[at] == mark:
        if slots[at] == candidate:
            slot_weights[at] += weight
            return found_count
        at = (at + 1) & (SCRATCH - 1)
    if found_count >= found.shape[0]:
        return found_count
    slot_marks[at] = mark
    slots[at] = candidate
    slot_weights[at] = weight
    found[found_count] = at
    return found_count + 1


@njit(**JIT)
def gather(row, ta, na, rows, main, middle, delta, alive, caps, scratch):
    """Blocking: candidates of a query, those sharing the most and rarest keys first kept.

    ``caps``: (longest posting list read, most candidates kept).  Returns the number left in scratch.kept / kept_weights.
    """
    chosen, keys, slots, slot_weights, slot_marks, epoch, found, kept, kept_weights, _, starts, ends, bins = scratch
    probes = probe_keys(row, ta, na, chosen, keys)
    epoch[0] += 1
    mark = epoch[0]
    longest = caps[0]
    count = 0
    for part in range(2):
        offsets, ids, marks, shift_box = main if part == 0 else middle
        shift = shift_box[0]
        for p in range(probes):
            bucket = np.int64(keys[p] >> shift)
            starts[p] = offsets[bucket]
            ends[p] = offsets[bucket + 1]
        # short lists first, so that a full table holds the most telling candidates
        reach = 8
        below = 0
        while below < longest:
            for p in range(probes):
                size = ends[p] - starts[p]
                if size <= below or size > reach or size > longest:
                    continue
                wanted = np.uint8(keys[p] & np.uint64(255))
                real = 0
                for k in range(starts[p], ends[p]):
                    real += marks[k] == wanted
                weight = np.float32(1.0 + math.log(longest / (real + 1.0)))
                for k in range(starts[p], ends[p]):
                    if marks[k] == wanted and alive[ids[k]]:
                        count = meet(ids[k], weight, slots, slot_weights, slot_marks, mark, found, count)
            below = reach
            reach *= 4
    heads, links, link_keys, link_ids = delta
    for p in range(probes):
        link = heads[np.int64(keys[p] >> np.uint64(32)) & (heads.shape[0] - 1)]
        steps = 0
        while link >= 0 and steps < longest:
            if link_keys[link] == keys[p] and alive[link_ids[link]]:
                count = meet(link_ids[link], np.float32(3.0), slots, slot_weights, slot_marks, mark, found, count)
            link = links[link]
            steps += 1
    return select(count, caps[1], slots, slot_weights, found, kept, kept_weights, bins)


@njit(**JIT)
def select(count, most, slots, slot_weights, found, kept, kept_weights, bins):
    """The ``most`` heaviest candidates (all when fewer)."""
    floor = -1
    room = 0
    if count > most:
        for k in range(256):
            bins[k] = 0
        for k in range(count):
            bins[min(255, np.int64(slot_weights[found[k]] * 3.0))] += 1
        above = 0
        floor = 255
        while floor > 0 and above + bins[floor] <= most:
            above += bins[floor]
            floor -= 1
        room = most - above
    n = 0
    for k in range(count):
        weight = slot_weights[found[k]]
        level = min(255, np.int64(weight * 3.0))
        if level > floor or (level == floor and room > 0):
            if level == floor:
                room -= 1
            kept[n] = slots[found[k]]
            kept_weights[n] = weight
            n += 1
    return n


@njit(**JIT)
def sift(row, rows, count, most, rough, scratch):
    """Keep the ``most`` candidates that date, sex, country, place and shared keys make likeliest; returns how many.

    Only the second half of each row is read.  ``rough``: (points of a unit of key weight, of each date class, of another
    sex, of another country, of a like start of place).  The order of kept candidates is by falling likelihood.
    """
    kept = scratch[7]
    weights = scratch[8]
    order = scratch[9]
    if count <= 1:
        return count
    year = u16(row, OFF_YEAR)
    country = u16(row, OFF_COUNTRY)
    for k in range(count):
        other = rows[kept[k]]
        date = date_class(year, row[OFF_MONTH], row[OFF_DAY], u16(other, OFF_YEAR), other[OFF_MONTH], other[OFF_DAY])
        value = rough[0] * weights[k] + rough[1 + date]
        if row[OFF_SEX] and other[OFF_SEX] and row[OFF_SEX] != other[OFF_SEX]:
            value += rough[1 + DATE_CLASSES]
        theirs = u16(other, OFF_COUNTRY)
        if country and theirs and country != theirs:
            value += rough[2 + DATE_CLASSES]
        if row[OFF_PLACE] and row[OFF_PLACE] == other[OFF_PLACE] and row[OFF_PLACE + 1] == other[OFF_PLACE + 1]:
            value += rough[3 + DATE_CLASSES]
        weights[k] = value
    kept_count = min(count, most)
    # partial insertion sort: the best ``most`` move to the front
    for k in range(count):
        at = min(k, kept_count)
        if at == kept_count and weights[k] <= weights[order[kept_count - 1]]:
            continue
        if at == kept_count:
            at -= 1
        while at > 0 and weights[order[at - 1]] < weights[k]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = k
    for k in range(kept_count):
        scratch[2][k] = kept[order[k]]
    for k in range(kept_count):
        kept[k] = scratch[2][k]
    return kept_count


@njit(**JIT)
def search_one(
    row, rows, main, middle, delta, alive, base, model, caps, scratch, pair, best_ids, best_scores, best_points
):
    """Candidates of ``row`` scored; the best, most probable first, in best_ids / best_scores / best_points.

    Returns (number of results, number of candidates).
    """
    classes, tables, scorecard, rough = model
    ta, tb, work, names, x, points = pair
    na = tokens_of(row, ta, classes)
    gathered = gather(row, ta, na, rows, main, middle, delta, alive, caps, scratch)
    kept = scratch[7]
    count = sift(row, rows, gathered, caps[2], rough, scratch)
    limit = best_ids.shape[0]
    results = 0
    touched = 0
    for k in range(count):  # start the reads of all names before the first is needed
        touched += rows[kept[k], 0]
    size = base[3][0] if touched >= 0 else 0.0
    for k in range(count):
        other = rows[kept[k]]
        nb = tokens_of(other, tb, classes)
        features(row, ta, na, other, tb, nb, base, tables, work, names, x)
        score = judge(x, scorecard, size, points)
        at = results
        while at > 0 and (score > best_scores[at - 1] or (score == best_scores[at - 1] and kept[k] < best_ids[at - 1])):
            at -= 1
        if at >= limit:
            continue
        last = min(results, limit - 1)
        for m in range(last, at, -1):
            best_ids[m] = best_ids[m - 1]
            best_scores[m] = best_scores[m - 1]
            for f in range(FEATURE_COUNT):
                best_points[m, f] = best_points[m - 1, f]
        best_ids[at] = kept[k]
        best_scores[at] = score
        for f in range(FEATURE_COUNT):
            best_points[at, f] = points[f]
        results = min(results + 1, limit)
    return results, count


@njit(**JIT)
def search_block(
    queries, first, last, rows, main, middle, delta, alive, base, model, caps, scratch, pair, ids, scores, points, found,
    blocked, blocked_count,
):  # fmt: skip
    """``search_one`` for queries[first:last].

    ``blocked``: when it has columns, receives the candidates of each query before scoring.
    """
    for q in range(first, last):
        n, count = search_one(
            queries[q], rows, main, middle, delta, alive, base, model, caps, scratch, pair, ids[q], scores[q], points[q]
        )
        found[q] = n
        width = min(count, blocked.shape[1])
        blocked_count[q] = width
        for k in range(width):
            blocked[q, k] = scratch[7][k]


@njit(**JIT)
def score_pairs(rows_a, rows_b, base, model, pair, xs, points, scores):
    """Features, points and log-odds of rows_a[k] against rows_b[k]."""
    classes, tables, scorecard, _ = model
    ta, tb, work, names, x, p = pair
    for k in range(rows_a.shape[0]):
        na = tokens_of(rows_a[k], ta, classes)
        nb = tokens_of(rows_b[k], tb, classes)
        features(rows_a[k], ta, na, rows_b[k], tb, nb, base, tables, work, names, x)
        scores[k] = judge(x, scorecard, base[3][0], p)
        for f in range(FEATURE_COUNT):
            xs[k, f] = x[f]
            points[k, f] = p[f]
