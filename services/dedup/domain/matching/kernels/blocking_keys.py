"""Compiled kernels: the blocking keys of a row.  ``domain/matching/reference_implementation/blocking.py`` describes
them in plain Python."""

from __future__ import annotations

import numpy as np
from numba import njit

from services.dedup.domain.matching.kernels.compilation import JIT
from services.dedup.domain.matching.kernels.names import T_LEN, T_SKEL, T_START, mix
from services.dedup.domain.matching.kernels.pair import default_day, u16
from services.dedup.domain.matching.record import LETTER_MASK, OFF_DAY, OFF_MONTH, OFF_PLACE, OFF_YEAR

KIND_DATE_HEAD, KIND_DATE_TAIL, KIND_PAIR_YEAR, KIND_PAIR_DAY = 1, 2, 3, 4
KIND_DATE_PLACE, KIND_YEAR_PLACE, KIND_DAY, KIND_HEAD_YEAR = 5, 6, 7, 8
KEY_TOKENS = 5
MAX_KEYS = 72
MAX_PROBES = 4096
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
    """The first three letters of the place of birth as one number; 0 without a place."""
    if row[OFF_PLACE] == 0:
        return 0
    return (np.int64(row[OFF_PLACE]) << 10) | (np.int64(row[OFF_PLACE + 1]) << 5) | np.int64(row[OFF_PLACE + 2])


@njit(**JIT)
def day_key(month, day):
    """Day and month in either order."""
    return min(month, day) * 32 + max(month, day)


@njit(**JIT)
def add_key(out, count, key):
    """Append a key unless it is among the last ones or the room is full; returns the new count."""
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
    """Keys of the date of birth with one name; returns the new count."""
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
    """Keys of the day and month of birth with one or two names; returns the new count."""
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
    """The keys a query looks under: its own first, then those of the usual mistakes; returns (how many, how many of its
    own)."""
    m = useful(row, t, n, chosen)
    year = u16(row, OFF_YEAR)
    month = np.int64(row[OFF_MONTH])
    day = np.int64(row[OFF_DAY])
    count = 0
    place = place_start(row)
    if year and month and day:
        count = date_keys(out, count, row, t, chosen, m, year, month, day)
    count = year_keys(out, count, t, chosen, m, year, place)
    count = pair_keys(out, count, t, chosen, m, year)
    if not default_day(month, day):
        count = day_keys(out, count, t, chosen, m, month, day)
    own = count
    if year and month and 0 < day <= 12 and day != month:
        count = date_keys(out, count, row, t, chosen, m, year, day, month)
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
    return count, own
