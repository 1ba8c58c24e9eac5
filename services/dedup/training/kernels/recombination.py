"""Compiled kernel that makes strangers: rows whose pieces come from different rows of one country."""

from __future__ import annotations

import numpy as np
from numba import njit

from services.dedup.domain.matching.kernels.compilation import JIT
from services.dedup.domain.matching.record import (
    FLAG_SINGLE_NAME,
    NAME_BYTES,
    OFF_CAISSE,
    OFF_DAY,
    OFF_FLAGS,
    OFF_MONTH,
    OFF_PLACE,
    OFF_YEAR,
    ROLE_FAMILY,
    ROLE_GIVEN,
    ROLE_SHIFT,
    ROLE_USAGE,
    ROW_BYTES,
)


@njit(**JIT)
def copy_role(source, role, target, at):
    """Append the letters of one field of ``source`` to ``target``; returns the new end."""
    for k in range(NAME_BYTES):
        letter = source[k]
        if letter == 0 or at >= NAME_BYTES:
            break
        if (letter >> ROLE_SHIFT) & 3 == role:
            target[at] = letter
            at += 1
    return at


@njit(**JIT)
def recombine(rows, starts, ends, which_group, picks, out):
    """out[n]: family, given, usage, year, day, place, address of rows of the group which_group[n], chosen by picks[n,
    0..6].

    ``starts``/``ends``: first and last + 1 row of each group (rows are sorted by group); picks are random 62-bit
    integers. The day of a default or partial date stays so; any other becomes a random day.
    """
    for n in range(len(which_group)):
        first = starts[which_group[n]]
        size = ends[which_group[n]] - first
        row = out[n]
        whole = rows[first + picks[n, 0] % size]
        for k in range(NAME_BYTES, ROW_BYTES):
            row[k] = whole[k]
        for k in range(NAME_BYTES):
            row[k] = 0
        at = copy_role(rows[first + picks[n, 1] % size], ROLE_FAMILY, row, 0)
        had_family = at > 0
        given = whole
        before = at
        at = copy_role(given, ROLE_GIVEN, row, at)
        row[OFF_FLAGS] = 0 if had_family and at > before else FLAG_SINGLE_NAME
        if picks[n, 2] % 8 == 0:
            copy_role(rows[first + picks[n, 2] % size], ROLE_USAGE, row, at)
        year = rows[first + picks[n, 3] % size]
        row[OFF_YEAR] = year[OFF_YEAR]
        row[OFF_YEAR + 1] = year[OFF_YEAR + 1]
        month = np.int64(year[OFF_MONTH])
        day = np.int64(year[OFF_DAY])
        if not (month == 0 or day == 0 or (month == 1 and day == 1) or (month == 12 and day == 31)):
            month = 1 + picks[n, 4] % 12
            day = 1 + (picks[n, 4] // 12) % 28
        row[OFF_MONTH] = month
        row[OFF_DAY] = day
        place = rows[first + picks[n, 5] % size]
        for k in range(OFF_PLACE, ROW_BYTES):
            row[k] = place[k]
        home = rows[first + picks[n, 6] % size]
        for k in range(OFF_CAISSE, OFF_PLACE):
            row[k] = home[k]
