"""Compiled kernels that read the index: gather candidates, rank them roughly, score the likeliest."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from services.dedup.kernels_keys import probe_keys
from services.dedup.kernels_names import JIT, tokens_of
from services.dedup.kernels_pair import DATE_CLASSES, FEATURE_COUNT, date_class, features, judge, u16
from services.dedup.layout import OFF_COUNTRY, OFF_DAY, OFF_MONTH, OFF_PLACE, OFF_SEX, OFF_YEAR

SCRATCH = 16384


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
