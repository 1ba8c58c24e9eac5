"""Compiled kernels: the most that a pair can be judged, before its names are compared.

A search that asks for pairs above a floor alone need not align the names of a pair that cannot reach it: nine in ten
candidates are such. What dates, sex and places say is exact here; of the names it is supposed that each word of the
query finds the mate that gives most. So no pair above the floor is passed over, and its score is that of every day.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from services.dedup.domain.matching.kernels import pair as p
from services.dedup.domain.matching.kernels.compilation import JIT
from services.dedup.domain.matching.kernels.names import T_ROLE, T_SKEL, rarity, skeleton_hash
from services.dedup.domain.matching.record import (
    OFF_CAISSE,
    OFF_COUNTRY,
    OFF_DAY,
    OFF_MONTH,
    OFF_NATIONALITY,
    OFF_POSTCODE,
    OFF_SEX,
    OFF_YEAR,
    ROLE_FAMILY,
    ROLE_GIVEN,
)

SLACK = 1e-6
"""Sums in another order differ in their last digits."""
RAREST = 12.0
"""No rarity is larger (``names.rarity``)."""


@njit(**JIT)
def most_of_names(w, ta, na, rare_a, skeletons, total):
    """The most points, by the weights ``w`` of one hypothesis, that the names of the query can give with any others.

    Infinite where a weight rewards what contradicts: then nothing is known beforehand.
    """
    for k in (
        p.F_GAP,
        p.F_FAM_CONFLICT,
        p.F_FAM_EXTRA,
        p.F_GIV_CONFLICT,
        p.F_GIV_EXTRA,
        p.F_WEAK_DATE_NAMES,
        p.F_EXACT_CONFLICT,
    ):
        if w[k] > 0.0:
            return np.inf
    most = 0.0
    for k in (
        p.F_FAM_NONE,
        p.F_GIV_NONE,
        p.F_WORST,
        p.F_SINGLE,
        p.F_TWIN,
        p.F_SIBLING,
        p.F_NAMESAKE,
        p.F_OTHER_FAMILY,
        p.F_DRIFT_AGREES,
    ):
        most += max(0.0, w[k])
    for i in range(na):
        exact = w[p.F_USAGE]
        fuzzy = w[p.F_USAGE]
        role = ta[i, T_ROLE]
        if role == ROLE_FAMILY:
            exact = max(exact, w[p.F_FAM_EXACT], w[p.F_CROSS])
            fuzzy = max(fuzzy, w[p.F_FAM_FUZZY], w[p.F_CROSS_FUZZY])
        elif role == ROLE_GIVEN:
            exact = max(exact, w[p.F_GIV_EXACT], w[p.F_CROSS])
            fuzzy = max(fuzzy, w[p.F_GIV_FUZZY], w[p.F_CROSS_FUZZY])
        alike = rarity(skeletons, skeleton_hash(ta[i, T_SKEL]), total)
        # Two words that the other name writes as one share what that one word, however rare, gives.
        joined = w[p.F_JOINED] * max(rare_a[i], RAREST / 2.0)
        most += max(0.0, exact * rare_a[i], fuzzy * alike, joined, w[p.F_INITIAL])
    return most


@njit(**JIT)
def may_reach(row_a, row_b, floor, names, rarest_place, scorecard, growth, seen):
    """Whether a pair may be judged ``floor`` or more.

    ``names``: ``most_of_names`` of each hypothesis; ``rarest_place``: rarity of the query's place of birth; ``seen``:
    see ``place_likeness``.
    """
    weights, constants, slopes, rules = scorecard
    date = p.date_between(row_a, row_b)
    likeness = p.place_likeness(row_a, row_b, seen)
    if date == p.D_UNKNOWN_DAY_DRIFT and likeness == 2.0 and rules[3] >= floor:
        return True  # a rule of the model may lift it (``judge``)
    digits = date == p.D_FAR and p.default_day(row_a[OFF_MONTH], row_a[OFF_DAY])
    digits = digits and p.digits_apart(p.u16(row_a, OFF_YEAR), p.u16(row_b, OFF_YEAR)) <= 1
    sex = -1
    if row_a[OFF_SEX] and row_b[OFF_SEX]:
        sex = p.F_SEX_SAME if row_a[OFF_SEX] == row_b[OFF_SEX] else p.F_SEX_DIFFERS
    country = -1
    ca = p.u16(row_a, OFF_COUNTRY)
    cb = p.u16(row_b, OFF_COUNTRY)
    if ca and cb:
        country = p.F_COUNTRY_SAME if ca == cb else p.F_COUNTRY_DIFFERS
    ca = p.u16(row_a, OFF_NATIONALITY)
    cb = p.u16(row_b, OFF_NATIONALITY)
    other_nation = ca and cb and ca != cb
    pa = p.u16(row_a, OFF_POSTCODE) | (p.u16(row_a, OFF_POSTCODE + 2) << 16)
    pb = p.u16(row_b, OFF_POSTCODE) | (p.u16(row_b, OFF_POSTCODE + 2) << 16)
    same_postcode = pa and pa == pb
    ca = p.u16(row_a, OFF_CAISSE)
    same_caisse = ca and ca == p.u16(row_b, OFF_CAISSE)
    for h in range(weights.shape[0]):
        w = weights[h]
        most = constants[h] - slopes[h] * growth + names[h] + w[p.F_DATE + date]
        if digits:
            most += w[p.F_DATE_DIGITS]
        if sex >= 0:
            most += w[sex]
        if country >= 0:
            most += w[country]
        if other_nation:
            most += w[p.F_NATION_DIFFERS]
        if likeness == 2.0:
            most += w[p.F_PLACE_SAME] * rarest_place
        elif likeness >= 0.45:
            most += w[p.F_PLACE_NEAR] * likeness
        elif likeness >= 0.0:
            most += w[p.F_PLACE_DIFFERS] * (1.0 - likeness)
        if same_postcode:
            most += w[p.F_POSTCODE]
        if same_caisse:
            most += w[p.F_CAISSE]
        if most < floor - SLACK:
            return False
    return True
