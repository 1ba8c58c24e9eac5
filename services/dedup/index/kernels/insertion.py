"""Compiled kernels that write the index: counts of names, posting tables, insertion.

A *segment* is an immutable posting table: ``offsets`` (one a bucket, and two) and ``entries``.  An entry is a row
number in its
low ``id_bits`` bits and, above, a *mark*: bits of the key's hash, so that two keys sharing a bucket are told apart.
The *delta*
is a chained hash table for the records inserted since.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from services.dedup.domain.matching.kernels.array_plan import arrays_at, prefetch
from services.dedup.domain.matching.kernels.blocking_keys import KEY_TOKENS, MAX_KEYS, stored_keys
from services.dedup.domain.matching.kernels.compilation import JIT
from services.dedup.domain.matching.kernels.names import T_HASH, T_SKEL, TOKEN_COLUMNS, skeleton_hash, tokens_of
from services.dedup.domain.matching.kernels.pair import place_hash
from services.dedup.domain.matching.record import MAX_TOKENS, OFF_PLACE
from services.dedup.index.kernels.arrays import INSERTION

AHEAD = 32
"""Rows whose buckets are fetched from memory together."""


@njit(**JIT)
def bucket_of(key, shift):
    """Bucket of a key: its highest bits."""
    return np.int64(np.uint64(key) >> np.uint64(shift))


@njit(**JIT)
def mark_of(key, id_bits):
    """Mark of a key, in the place it has in an entry: its lowest bits, as many as a row number leaves room for."""
    return np.uint32((np.uint64(key) << np.uint64(id_bits)) & np.uint64(0xFFFFFFFF))


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
    """Count the names, skeletons and place of a row of ``n`` tokens."""
    for i in range(n):
        counts[t[i, T_HASH] & (counts.shape[0] - 1)] += 1.0
        skeletons[skeleton_hash(t[i, T_SKEL]) & (skeletons.shape[0] - 1)] += 1.0
    if row[OFF_PLACE]:
        places[place_hash(row) & (places.shape[0] - 1)] += 1.0


@njit(**JIT)
def keys_of_rows(rows, first, last, alive, classes, t, chosen, keys, sizes):
    """Stored keys of the living rows[first:last], one line a row in ``keys``; how many each has in ``sizes``."""
    for r in range(first, last):
        sizes[r - first] = 0
        if alive[r]:
            n = tokens_of(rows[r], t, classes)
            sizes[r - first] = stored_keys(rows[r], t, n, chosen, keys[r - first])


@njit(**JIT)
def count_postings(rows, first, last, alive, classes, shift, offsets):
    """First pass of a build: size of each bucket, in offsets[bucket + 2]."""
    t = np.zeros((MAX_TOKENS, TOKEN_COLUMNS), np.int64)
    chosen = np.zeros(KEY_TOKENS, np.int64)
    keys = np.zeros((AHEAD, MAX_KEYS), np.uint64)
    sizes = np.zeros(AHEAD, np.int64)
    for at in range(first, last, AHEAD):
        end = min(at + AHEAD, last)
        keys_of_rows(rows, at, end, alive, classes, t, chosen, keys, sizes)
        for r in range(end - at):
            for k in range(sizes[r]):
                prefetch(offsets, bucket_of(keys[r, k], shift) + 2)
        for r in range(end - at):
            for k in range(sizes[r]):
                offsets[bucket_of(keys[r, k], shift) + 2] += 1


@njit(**JIT)
def fill_postings(rows, first, last, alive, classes, shift, id_bits, offsets, entries):
    """Second pass of a build, after ``running_sum``: offsets[bucket + 1] runs from where a bucket begins to where it
    ends."""
    t = np.zeros((MAX_TOKENS, TOKEN_COLUMNS), np.int64)
    chosen = np.zeros(KEY_TOKENS, np.int64)
    keys = np.zeros((AHEAD, MAX_KEYS), np.uint64)
    sizes = np.zeros(AHEAD, np.int64)
    for at in range(first, last, AHEAD):
        end = min(at + AHEAD, last)
        keys_of_rows(rows, at, end, alive, classes, t, chosen, keys, sizes)
        for r in range(end - at):
            for k in range(sizes[r]):
                prefetch(offsets, bucket_of(keys[r, k], shift) + 1)
        for r in range(end - at):
            for k in range(sizes[r]):
                prefetch(entries, np.int64(offsets[bucket_of(keys[r, k], shift) + 1]))
        for r in range(end - at):
            for k in range(sizes[r]):
                bucket = bucket_of(keys[r, k], shift) + 1
                entries[np.int64(offsets[bucket])] = np.uint32(at + r) | mark_of(keys[r, k], id_bits)
                offsets[bucket] += 1


@njit(**JIT)
def running_sum(offsets):
    """Replace each count by the sum of all up to it."""
    total = np.uint64(0)
    for k in range(offsets.shape[0]):
        total += np.uint64(offsets[k])
        offsets[k] = total


@njit(**JIT)
def insert(plan, number, counted):
    """Add the record in rows[number] to the delta and, unless it was ``counted`` before, to the statistics; False when
    full."""
    rows, classes, base, delta, (t, chosen, keys) = arrays_at(plan, INSERTION)
    heads, links, link_keys, link_ids, fill = delta
    row = rows[number]
    n = tokens_of(row, t, classes)
    count = stored_keys(row, t, n, chosen, keys)
    used = fill[0]
    if used + count > links.shape[0]:
        return False
    for k in range(count):
        bucket = np.int64(keys[k] >> np.uint64(32)) & (heads.shape[0] - 1)
        link_keys[used] = keys[k]
        link_ids[used] = number
        links[used] = heads[bucket]
        heads[bucket] = used
        used += 1
    fill[0] = used
    if not counted:
        counts, skeletons, places, total_box = base
        add_statistics(row, n, t, counts, skeletons, places)
        total_box[0] += 1.0
    return True
