"""Compiled kernels that read the index: gather candidates, rank them roughly, score the likeliest.

At ten million records nearly every read misses the processor's caches, so every stage asks early for what the next one
will read (``prefetch``): buckets, posting lists, the dates of the rows, their names, the counters of their tokens.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from services.dedup.domain.matching.kernels.array_plan import arrays_at, prefetch
from services.dedup.domain.matching.kernels.blocking_keys import probe_keys
from services.dedup.domain.matching.kernels.ceiling import may_reach, most_of_names
from services.dedup.domain.matching.kernels.compilation import JIT
from services.dedup.domain.matching.kernels.names import T_HASH, rarities, rarity, tokens_of
from services.dedup.domain.matching.kernels.pair import (
    DATE_CLASSES,
    date_class,
    features,
    growth_of,
    judge,
    place_hash,
    share_out,
    u16,
)
from services.dedup.domain.matching.record import (
    NAME_BYTES,
    OFF_CAISSE,
    OFF_COUNTRY,
    OFF_DAY,
    OFF_MONTH,
    OFF_PLACE,
    OFF_POSTCODE,
    OFF_SEX,
    OFF_YEAR,
    PLACE_BYTES,
)
from services.dedup.index.kernels.arrays import SCORING, SEARCH
from services.dedup.index.kernels.insertion import bucket_of, mark_of

CELLS = 16384
"""Room of the table in which the candidates of a query meet (a power of two)."""
CELL_BITS = 14
SHORT = 8
"""Posting lists up to this length are read first."""
DELTA_WEIGHT = np.float32(2.0)
"""Of a key that a record inserted since shares: how rare it is was not counted."""
MISTAKE = np.float32(0.5)
"""What a key counts that is shared only if a date or year was mistaken."""


@njit(**JIT)
def meet(candidate, weight, cells, weights, mark, found, count):
    """Add weight to a candidate in the open-addressed table; returns the number of candidates.

    A cell holds the mark of the query in its high half and the candidate in its low half.
    """
    wanted = (mark << 32) | candidate
    at = np.int64((np.uint64(candidate) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - CELL_BITS))
    while cells[at] >> 32 == mark:
        if cells[at] == wanted:
            weights[at] += weight
            return count
        at = (at + 1) & (CELLS - 1)
    if count >= found.shape[0]:
        return count
    cells[at] = wanted
    weights[at] = weight
    found[count] = at
    return count + 1


@njit(**JIT)
def read_list(entries, first, last, key, id_bits, share, list_weights, cells, weights, mark, found, count):
    """Let the rows of one posting list meet; a rarer key weighs more.  ``share``: what the query's reason for this key
    counts."""
    wanted = mark_of(key, id_bits) >> np.uint32(id_bits)
    real = 0
    for k in range(first, last):
        real += (entries[k] >> np.uint32(id_bits)) == wanted
    if real:
        weight = share * list_weights[real]
        low = (np.int64(1) << id_bits) - 1
        for k in range(first, last):
            if (entries[k] >> np.uint32(id_bits)) == wanted:
                candidate = np.int64(entries[k]) & low
                count = meet(candidate, weight, cells, weights, mark, found, count)
    return count


@njit(**JIT)
def gather(row, ta, na, view, scratch):
    """Blocking: the rows that share keys with a query, those with the most and rarest keys kept.

    Returns how many are left in ``kept`` / ``kept_weights``.
    """
    rows, alive, _, main, middle, delta, _, _, caps = view
    chosen, keys, starts, ends, longer, cells, weights, epoch, found, kept, kept_weights, _, bins, list_weights = (
        scratch
    )
    probes, own = probe_keys(row, ta, na, chosen, keys)
    if epoch[0] == 0x7FFFFFFF:
        cells[:] = 0
        epoch[0] = 0
    epoch[0] += 1
    mark = epoch[0]
    longest = caps[0]
    count = 0
    for part in range(2):
        offsets, entries, shape = main if part == 0 else middle
        if entries.shape[0] == 0:
            continue
        shift = shape[0]
        id_bits = shape[1]
        for p in range(probes):
            prefetch(offsets, bucket_of(keys[p], shift))
        for p in range(probes):
            bucket = bucket_of(keys[p], shift)
            starts[p] = offsets[bucket]
            ends[p] = offsets[bucket + 1]
            prefetch(entries, starts[p])
        # short lists first, so that a full table holds the most telling candidates
        long = 0
        for p in range(probes):
            size = ends[p] - starts[p]
            if size > SHORT:
                if size <= longest:
                    longer[long] = p
                    long += 1
            elif size > 0:
                count = read_list(
                    entries,
                    starts[p],
                    ends[p],
                    keys[p],
                    id_bits,
                    np.float32(1.0) if p < own else MISTAKE,
                    list_weights,
                    cells,
                    weights,
                    mark,
                    found,
                    count,
                )
        below = SHORT
        while long > 0 and below < longest:
            reach = below * 4
            for at in range(long):
                p = longer[at]
                size = ends[p] - starts[p]
                if below < size <= reach:
                    count = read_list(
                        entries,
                        starts[p],
                        ends[p],
                        keys[p],
                        id_bits,
                        np.float32(1.0) if p < own else MISTAKE,
                        list_weights,
                        cells,
                        weights,
                        mark,
                        found,
                        count,
                    )
            below = reach
    heads, links, link_keys, link_ids, fill = delta
    if fill[0]:
        for p in range(probes):
            prefetch(heads, np.int64(keys[p] >> np.uint64(32)) & (heads.shape[0] - 1))
        for p in range(probes):
            link = np.int64(heads[np.int64(keys[p] >> np.uint64(32)) & (heads.shape[0] - 1)])
            steps = 0
            while link >= 0 and steps < longest:
                if link_keys[link] == keys[p]:
                    candidate = np.int64(link_ids[link])
                    weight = DELTA_WEIGHT if p < own else MISTAKE * DELTA_WEIGHT
                    count = meet(candidate, weight, cells, weights, mark, found, count)
                link = np.int64(links[link])
                steps += 1
    return select(count, caps[1], rows, alive, cells, weights, found, kept, kept_weights, bins)


@njit(**JIT)
def select(count, most, rows, alive, cells, weights, found, kept, kept_weights, bins):
    """The ``most`` heaviest candidates (all when fewer).

    Those erased since the segments were built are among them: to ask for each candidate whether it lives would cost
    more than all the rest of the gathering, so only these are asked (``sift``).
    """
    floor = -1
    room = 0
    if count > most:
        for k in range(256):
            bins[k] = 0
        for k in range(count):
            bins[min(255, np.int64(weights[found[k]] * 3.0))] += 1
        above = 0
        floor = 255
        while floor > 0 and above + bins[floor] <= most:
            above += bins[floor]
            floor -= 1
        room = most - above
    n = 0
    for k in range(count):
        weight = weights[found[k]]
        level = min(255, np.int64(weight * 3.0))
        if level > floor or (level == floor and room > 0):
            if level == floor:
                room -= 1
            kept[n] = cells[found[k]] & 0xFFFFFFFF
            prefetch(rows[kept[n]], NAME_BYTES)
            prefetch(alive, kept[n])
            kept_weights[n] = weight
            n += 1
    return n


@njit(**JIT)
def sift(row, rows, alive, count, most, rough, scratch):
    """Keep the ``most`` living candidates that date, sex, places and shared keys make likeliest; returns how many.

    Only the second half of each row is read.  ``rough``: see ``scoring.Model.rough``.  The order of kept candidates is
    by
    falling likelihood.
    """
    _, _, _, _, _, _, _, _, found, kept, weights, order, _, _ = scratch
    year = u16(row, OFF_YEAR)
    country = u16(row, OFF_COUNTRY)
    size = 0
    for k in range(count):
        if not alive[kept[k]]:
            continue
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
            whole = True
            for letter in range(2, PLACE_BYTES):
                whole = whole and row[OFF_PLACE + letter] == other[OFF_PLACE + letter]
            if whole:
                value += rough[4 + DATE_CLASSES]
        caisse = u16(row, OFF_CAISSE)
        if caisse and caisse == u16(other, OFF_CAISSE):
            value += rough[5 + DATE_CLASSES]
        postcode = u16(row, OFF_POSTCODE)
        if (
            postcode
            and postcode == u16(other, OFF_POSTCODE)
            and u16(row, OFF_POSTCODE + 2) == u16(other, OFF_POSTCODE + 2)
        ):
            value += rough[6 + DATE_CLASSES]
        weights[k] = value
        # insertion sort of the best ``most``
        if size < most:
            at = size
            size += 1
        elif weights[k] > weights[order[size - 1]]:
            at = size - 1
        else:
            continue
        while at > 0 and weights[order[at - 1]] < weights[k]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = k
    for k in range(size):
        found[k] = kept[order[k]]
    for k in range(size):
        kept[k] = found[k]
        prefetch(rows[kept[k]], 0)
        prefetch(rows[kept[k]], NAME_BYTES - 1)
    return size


@njit(**JIT)
def search_one(row, view, scratch, limit, floor):
    """Candidates of ``row`` scored, the most probable first in the shortlist; returns (how many best, how many
    candidates). Of those below ``floor`` some are left out."""
    rows, alive, _, _, _, _, base, model, caps = view
    classes, tables, scorecard, rough = model
    counts = base[0]
    total = base[3][0]
    gathering, (ta, _, work, names, _, _), (tokens, lengths, x, best, best_scores, best_of) = scratch
    kept = gathering[9]
    na = tokens_of(row, ta, classes)
    rarities(ta, na, counts, total, work[8])
    gathered = gather(row, ta, na, view, gathering)
    count = sift(row, rows, alive, gathered, caps[2], rough, gathering)
    growth = growth_of(scorecard, total)
    most = best_scores  # room for what names can give by each hypothesis; free until there are results
    place = 0.0
    if floor > -np.inf:
        for h in range(scorecard[0].shape[0]):
            most[h] = most_of_names(scorecard[0][h], ta, na, work[8], base[1], total)
        place = rarity(base[2], place_hash(row), total)
    for k in range(count):
        if floor > -np.inf and not may_reach(row, rows[kept[k]], floor, most, place, scorecard, growth, work[9]):
            lengths[k] = -1
            continue
        lengths[k] = tokens_of(rows[kept[k]], tokens[k], classes)
        for i in range(lengths[k]):
            prefetch(counts, tokens[k, i, T_HASH] & (counts.shape[0] - 1))
    results = 0
    for k in range(count):
        if lengths[k] < 0:
            continue
        features(row, ta, na, rows[kept[k]], tokens[k], lengths[k], base, tables, work, names, x[k])
        score = judge(x[k], scorecard, growth)
        at = results
        while at > 0 and (score > best_scores[at - 1] or (score == best_scores[at - 1] and kept[k] < best[at - 1])):
            at -= 1
        if at >= limit:
            continue
        for m in range(min(results, limit - 1), at, -1):
            best[m] = best[m - 1]
            best_scores[m] = best_scores[m - 1]
            best_of[m] = best_of[m - 1]
        best[at] = kept[k]
        best_scores[at] = score
        best_of[at] = k
        results = min(results + 1, limit)
    return results, count


@njit(**JIT)
def search(plan, first, last, limit, floor):
    """Search queries[first:last] of a batch and write down, for each, at most ``limit`` results, and their points where
    the batch has room for them. Of those below ``floor`` some are left out."""
    view, scratch, (queries, seqs, scores, points, found, blocked) = arrays_at(plan, SEARCH)
    numbers = view[2]
    scorecard = view[7][2]
    gathering, _, (_, _, x, best, best_scores, best_of) = scratch
    kept = gathering[9]
    for q in range(first, last):
        n, count = search_one(queries[q], view, scratch, limit, floor)
        growth = growth_of(scorecard, view[6][3][0])
        found[q] = n
        for r in range(n):
            seqs[q, r] = numbers[best[r]]
            scores[q, r] = best_scores[r]
            if q < points.shape[0]:
                share_out(x[best_of[r]], scorecard, growth, best_scores[r], points[q, r])
        for k in range(min(count, blocked.shape[1])):
            blocked[q, k] = numbers[kept[k]]


@njit(**JIT)
def score_pairs(plan):
    """Features, points and log-odds of rows_a[k] against rows_b[k]."""
    view, (_, pair, _), (rows_a, rows_b, xs, points, scores) = arrays_at(plan, SCORING)
    base = view[6]
    classes, tables, scorecard, _ = view[7]
    ta, tb, work, names, _, _ = pair
    growth = growth_of(scorecard, base[3][0])
    for k in range(rows_a.shape[0]):
        na = tokens_of(rows_a[k], ta, classes)
        nb = tokens_of(rows_b[k], tb, classes)
        rarities(ta, na, base[0], base[3][0], work[8])
        features(rows_a[k], ta, na, rows_b[k], tb, nb, base, tables, work, names, xs[k])
        scores[k] = judge(xs[k], scorecard, growth)
        share_out(xs[k], scorecard, growth, scores[k], points[k])
