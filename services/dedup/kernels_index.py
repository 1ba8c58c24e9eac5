"""Compiled kernels that write the index: counts of names, posting tables, insertion.

A *segment* is an immutable posting table: ``offsets`` (buckets + 1), ``ids`` (row numbers) and ``marks`` (one byte of the
key's hash beside each id, so that two keys sharing a bucket are told apart).  The *delta* is a chained hash table for the
records inserted since.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from services.dedup.kernels_keys import KEY_TOKENS, MAX_KEYS, stored_keys
from services.dedup.kernels_names import JIT, T_HASH, T_SKEL, TOKEN_COLUMNS, skeleton_hash, tokens_of
from services.dedup.kernels_pair import place_hash
from services.dedup.layout import MAX_TOKENS, OFF_PLACE


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
