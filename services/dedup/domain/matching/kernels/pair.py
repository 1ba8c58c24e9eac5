"""Compiled kernels: the evidence of one pair of records, as numbers that weights turn into points."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from services.dedup.domain.matching.kernels.compilation import JIT
from services.dedup.domain.matching.kernels.names import (
    N_ALL_SAME,
    N_CROSS_EXACT,
    N_CROSS_FUZZY,
    N_FAM_BEST,
    N_FAM_CONFLICT,
    N_FAM_EXACT,
    N_FAM_EXTRA,
    N_FAM_FUZZY,
    N_FAM_MATCHED,
    N_GAP,
    N_GIV_CONFLICT,
    N_GIV_EXACT,
    N_GIV_EXTRA,
    N_GIV_FUZZY,
    N_GIV_MATCHED,
    N_INITIAL,
    N_JOINED,
    N_USAGE,
    N_WORST,
    align,
    mix,
    rarity,
)
from services.dedup.domain.matching.record import (
    FLAG_SINGLE_NAME,
    LETTER_MASK,
    OFF_CAISSE,
    OFF_COUNTRY,
    OFF_DAY,
    OFF_FLAGS,
    OFF_MONTH,
    OFF_NATIONALITY,
    OFF_PLACE,
    OFF_POSTCODE,
    OFF_SEX,
    OFF_YEAR,
    PLACE_BYTES,
)

# the date lattice
D_EXACT, D_EXACT_DEFAULT, D_SWAPPED, D_UNKNOWN_DAY, D_UNKNOWN_DAY_DRIFT, D_YEAR_DIGIT, D_YEAR_NEXT = 0, 1, 2, 3, 4, 5, 6
D_DAY_DIFFERS, D_MONTH_DIFFERS, D_SAME_YEAR, D_SAME_DAY_MONTH, D_NEAR_YEAR, D_FAR, D_MISSING = 7, 8, 9, 10, 11, 12, 13
DATE_CLASSES = 14
SMALLEST = 0.5
"""Below half the reference size the prior stops growing: a small base does not make a match more likely."""

# features, in the order of scoring.FEATURES
F_DATE = 0
F_FAM_EXACT = 14
F_FAM_FUZZY = 15
F_GIV_EXACT = 16
F_GIV_FUZZY = 17
F_CROSS = 18
F_CROSS_FUZZY = 19
F_USAGE = 20
F_JOINED = 21
F_GAP = 22
F_FAM_CONFLICT = 23
F_FAM_EXTRA = 24
F_FAM_NONE = 25
F_GIV_CONFLICT = 26
F_GIV_EXTRA = 27
F_GIV_NONE = 28
F_INITIAL = 29
F_WORST = 30
F_SINGLE = 31
F_TWIN = 32
F_SIBLING = 33
F_NAMESAKE = 34
F_WEAK_DATE_NAMES = 35
F_SEX_SAME = 36
F_SEX_DIFFERS = 37
F_COUNTRY_SAME = 38
F_COUNTRY_DIFFERS = 39
F_NATION_DIFFERS = 40
F_PLACE_SAME = 41
F_PLACE_NEAR = 42
F_PLACE_DIFFERS = 43
F_POSTCODE = 44
F_CAISSE = 45
F_EXACT_CONFLICT = 46
F_DATE_DIGITS = 47
F_DRIFT_AGREES = 48
F_OTHER_FAMILY = 49
FEATURE_COUNT = 50

SAME_FAMILY = 0.5
"""Likeness below which no word of a family name is the other's: Karimi and Rahimi are alike, and two families."""
MALE = 1
ETHIOPIA = 4 * 26 + 20
ERITREA = 4 * 26 + 18
"""Countries as ``normalisation`` numbers them."""


@njit(**JIT)
def u16(row, at):
    """Two bytes of a row as a number, low byte first."""
    return np.int64(row[at]) | (np.int64(row[at + 1]) << 8)


@njit(**JIT)
def default_day(month, day):
    """Whether a day and month carry little: unknown, 1 January, 31 December."""
    return month == 0 or day == 0 or (month == 1 and day == 1) or (month == 12 and day == 31)


@njit(**JIT)
def digits_apart(a, b):
    """Number of differing decimal figures of two years; 1 also for two neighbours exchanged."""
    count = 0
    first = a
    second = b
    for _ in range(4):
        if first % 10 != second % 10:
            count += 1
        first //= 10
        second //= 10
    if count == 2:
        for place in (1, 10, 100):
            x = (a // place) % 10
            y = (a // (place * 10)) % 10
            if a + (y - x) * place + (x - y) * place * 10 == b:
                return 1
    return count


@njit(**JIT)
def date_class(ya, ma, da, yb, mb, db):
    """Where two birth dates stand in the lattice (D_*)."""
    if ya == 0 or yb == 0:
        return D_MISSING
    weak_a = default_day(ma, da)
    weak_b = default_day(mb, db)
    gap = abs(ya - yb)
    if gap == 0:
        if ma == mb and da == db:
            return D_EXACT_DEFAULT if weak_a else D_EXACT
        if ma == 0 or mb == 0:
            return D_UNKNOWN_DAY
        if da == 0 or db == 0:
            return D_UNKNOWN_DAY if ma == mb or weak_a or weak_b else D_SAME_YEAR
        if ma == db and da == mb:
            return D_SWAPPED
        if weak_a or weak_b:
            return D_UNKNOWN_DAY
        if ma == mb:
            return D_DAY_DIFFERS
        if da == db:
            return D_MONTH_DIFFERS
        return D_SAME_YEAR
    same_day = ma == mb and da == db and ma != 0
    if same_day and not weak_a:
        if gap == 1:
            return D_YEAR_NEXT
        if digits_apart(ya, yb) <= 1:
            return D_YEAR_DIGIT
        return D_SAME_DAY_MONTH
    if gap <= 3 and (weak_a or weak_b):
        return D_UNKNOWN_DAY_DRIFT
    if gap <= 2:
        return D_NEAR_YEAR
    return D_FAR


@njit(**JIT)
def counts_ethiopian_years(row):
    """Whether a record may bear a year of the Ethiopian calendar: it does not say so, its country does."""
    country = u16(row, OFF_COUNTRY)
    return country in (ETHIOPIA, ERITREA)


@njit(**JIT)
def date_between(row_a, row_b):
    """``date_class`` of two records; an Ethiopian year, seven or eight behind, is another way to write a year."""
    ya = u16(row_a, OFF_YEAR)
    yb = u16(row_b, OFF_YEAR)
    date = date_class(ya, row_a[OFF_MONTH], row_a[OFF_DAY], yb, row_b[OFF_MONTH], row_b[OFF_DAY])
    if date in (D_FAR, D_SAME_DAY_MONTH):
        gap = abs(ya - yb)
        if (gap == 7 or gap == 8) and counts_ethiopian_years(row_a) and counts_ethiopian_years(row_b):
            return D_UNKNOWN_DAY_DRIFT
    return date


@njit(**JIT)
def place_hash(row):
    """Hash of the place of birth, as its slot in the counts."""
    h = np.uint64(0x9E3779B97F4A7C15)
    for k in range(PLACE_BYTES):
        h = (h ^ np.uint64(row[OFF_PLACE + k])) * np.uint64(0x100000001B3)
    return np.int64(mix(h) >> np.uint64(1))


@njit(**JIT)
def letter_pair(row, at):
    """Number of two neighbouring letters of a place."""
    return np.int64(row[at] & LETTER_MASK) * 32 + np.int64(row[at + 1] & LETTER_MASK)


@njit(**JIT)
def place_likeness(a, b, seen):
    """Share of common letter pairs (Dice) of two places, 0 to 1; -1 when one is missing, 2 when equal.

    ``seen``: a counter for each pair of letters, all zero before and after.
    """
    if a[OFF_PLACE] == 0 or b[OFF_PLACE] == 0:
        return -1.0
    same = True
    for k in range(PLACE_BYTES):
        if a[OFF_PLACE + k] != b[OFF_PLACE + k]:
            same = False
            break
    if same:
        return 2.0
    pairs_a = 0
    while pairs_a < PLACE_BYTES - 1 and a[OFF_PLACE + pairs_a + 1] != 0:
        seen[letter_pair(a, OFF_PLACE + pairs_a)] += 1
        pairs_a += 1
    pairs_b = 0
    common = 0
    while pairs_b < PLACE_BYTES - 1 and b[OFF_PLACE + pairs_b + 1] != 0:
        pair = letter_pair(b, OFF_PLACE + pairs_b)
        if seen[pair] > 0:
            seen[pair] -= 1
            common += 1
        pairs_b += 1
    for k in range(pairs_a):
        seen[letter_pair(a, OFF_PLACE + k)] = 0
    likeness = 2.0 * common / (pairs_a + pairs_b) if pairs_a + pairs_b else 0.0
    if a[OFF_PLACE] == b[OFF_PLACE]:
        likeness += 0.1
    return likeness if likeness < 1.0 else 1.0


@njit(**JIT)
def features(row_a, ta, na, row_b, tb, nb, base, tables, work, names, x):
    """Fill ``x`` (FEATURE_COUNT floats) with the evidence that two records are one person.

    ``base``: (token counts, skeleton counts, place counts, total of the records) of the base searched.  The rarities of
    the
    first row's tokens must be in ``work`` (``align``).
    """
    counts, skeletons, places, total_box = base
    total = total_box[0]
    for k in range(FEATURE_COUNT):
        x[k] = 0.0
    align(row_a, ta, na, row_b, tb, nb, counts, skeletons, total, tables, work, names)
    date = date_between(row_a, row_b)
    x[F_DATE + date] = 1.0
    weak_a = default_day(row_a[OFF_MONTH], row_a[OFF_DAY])
    if date == D_FAR and digits_apart(u16(row_a, OFF_YEAR), u16(row_b, OFF_YEAR)) <= 1 and weak_a:
        x[F_DATE_DIGITS] = 1.0
    x[F_FAM_EXACT] = names[N_FAM_EXACT]
    x[F_FAM_FUZZY] = names[N_FAM_FUZZY]
    x[F_GIV_EXACT] = names[N_GIV_EXACT]
    x[F_GIV_FUZZY] = names[N_GIV_FUZZY]
    x[F_CROSS] = names[N_CROSS_EXACT]
    x[F_CROSS_FUZZY] = names[N_CROSS_FUZZY]
    x[F_USAGE] = names[N_USAGE]
    x[F_JOINED] = names[N_JOINED]
    x[F_GAP] = names[N_GAP]
    x[F_FAM_CONFLICT] = names[N_FAM_CONFLICT]
    x[F_FAM_EXTRA] = names[N_FAM_EXTRA]
    x[F_GIV_CONFLICT] = names[N_GIV_CONFLICT]
    x[F_GIV_EXTRA] = names[N_GIV_EXTRA]
    x[F_INITIAL] = names[N_INITIAL]
    x[F_WORST] = names[N_WORST]
    single = (row_a[OFF_FLAGS] | row_b[OFF_FLAGS]) & FLAG_SINGLE_NAME
    x[F_SINGLE] = 1.0 if single else 0.0
    if names[N_FAM_MATCHED] == 0.0 and not single:
        x[F_FAM_NONE] = 1.0
    if names[N_GIV_MATCHED] == 0.0 and not single:
        x[F_GIV_NONE] = 1.0
    close = date in (D_EXACT, D_EXACT_DEFAULT, D_SWAPPED, D_DAY_DIFFERS)
    if names[N_FAM_MATCHED] > 0.0 and names[N_GIV_MATCHED] == 0.0 and names[N_GIV_CONFLICT] > 0.0:
        x[F_TWIN if close else F_SIBLING] = 1.0
    evidence = names[N_FAM_EXACT] + names[N_GIV_EXACT]
    if names[N_ALL_SAME] == 1.0 and date in (D_FAR, D_SAME_DAY_MONTH, D_NEAR_YEAR, D_SAME_YEAR):
        x[F_NAMESAKE] = 1.0
    if date >= D_SAME_YEAR and date != D_MISSING:
        x[F_WEAK_DATE_NAMES] = evidence * 0.1
    if date == D_EXACT:
        x[F_EXACT_CONFLICT] = min(names[N_FAM_CONFLICT] + names[N_GIV_CONFLICT], 12.0)
    if row_a[OFF_SEX] and row_b[OFF_SEX]:
        x[F_SEX_SAME if row_a[OFF_SEX] == row_b[OFF_SEX] else F_SEX_DIFFERS] = 1.0
    ca = u16(row_a, OFF_COUNTRY)
    cb = u16(row_b, OFF_COUNTRY)
    if ca and cb:
        x[F_COUNTRY_SAME if ca == cb else F_COUNTRY_DIFFERS] = 1.0
    ca = u16(row_a, OFF_NATIONALITY)
    cb = u16(row_b, OFF_NATIONALITY)
    if ca and cb and ca != cb:
        x[F_NATION_DIFFERS] = 1.0
    likeness = place_likeness(row_a, row_b, work[9])
    if likeness == 2.0:
        x[F_PLACE_SAME] = rarity(places, place_hash(row_a), total)
        contradicted = x[F_SEX_DIFFERS] + x[F_COUNTRY_DIFFERS] + x[F_NATION_DIFFERS] > 0.0
        if date == D_UNKNOWN_DAY_DRIFT and names[N_ALL_SAME] == 1.0 and not contradicted:
            x[F_DRIFT_AGREES] = 1.0
    elif likeness >= 0.45:
        x[F_PLACE_NEAR] = likeness
    elif likeness >= 0.0:
        x[F_PLACE_DIFFERS] = 1.0 - likeness
    pa = u16(row_a, OFF_POSTCODE) | (u16(row_a, OFF_POSTCODE + 2) << 16)
    pb = u16(row_b, OFF_POSTCODE) | (u16(row_b, OFF_POSTCODE + 2) << 16)
    if pa and pa == pb:
        x[F_POSTCODE] = 1.0
    ca = u16(row_a, OFF_CAISSE)
    if ca and ca == u16(row_b, OFF_CAISSE):
        x[F_CAISSE] = 1.0
    if names[N_FAM_BEST] < SAME_FAMILY and names[N_USAGE] == 0.0 and not single:
        men = row_a[OFF_SEX] == MALE and row_b[OFF_SEX] == MALE
        if men or weak_a or default_day(row_b[OFF_MONTH], row_b[OFF_DAY]) or date == D_MISSING:
            x[F_OTHER_FAMILY] = 1.0


@njit(**JIT)
def growth_of(scorecard, records):
    """Logarithm of how many times larger than the reference a base of so many records is."""
    sizes = scorecard[3]
    return math.log(max(records - sizes[1], sizes[0] * SMALLEST) / sizes[0])


@njit(**JIT, fastmath={"reassoc", "nsz"})
def weigh(x, scorecard, growth):
    """Log-odds that two records are one person, before any ceiling; see ``scoring``.

    ``scorecard``: (weights (hypotheses, features), constants, slopes of ln(size), (reference size, pseudo-records,
    ceiling, floor)). The same person is weighed against each innocent explanation (a relative, a stranger of like
    name) by a scorecard of its own; the log-odds are those against all of them together.
    """
    weights, constants, slopes, _ = scorecard
    lowest = 1e300
    share = 0.0
    for h in range(weights.shape[0]):
        against = constants[h] - slopes[h] * growth
        for k in range(FEATURE_COUNT):
            against += weights[h, k] * x[k]
        if against < lowest:
            share = share * math.exp(against - lowest) + 1.0
            lowest = against
        else:
            share += math.exp(lowest - against)
    return lowest - math.log(share)


@njit(**JIT)
def judge(x, scorecard, growth):
    """``weigh``, by two rules of the model: a ceiling where two records bear other family names (F_OTHER_FAMILY), a
    floor where all agrees but a year that drifts (F_DRIFT_AGREES)."""
    total = weigh(x, scorecard, growth)
    ceiling = scorecard[3][2]
    floor = scorecard[3][3]
    if x[F_OTHER_FAMILY] == 1.0 and total > ceiling:
        return ceiling
    return floor if x[F_DRIFT_AGREES] == 1.0 and total < floor else total


@njit(**JIT)
def share_out(x, scorecard, growth, total, points):
    """The points of each feature of a pair judged ``total``: those against each innocent explanation, in proportion to
    how likely each explanation is; what a rule of ``judge`` takes or gives are those of its feature."""
    weights, constants, slopes, _ = scorecard
    weighed = weigh(x, scorecard, growth)
    for k in range(FEATURE_COUNT):
        points[k] = 0.0
    for h in range(weights.shape[0]):
        against = constants[h] - slopes[h] * growth
        for k in range(FEATURE_COUNT):
            against += weights[h, k] * x[k]
        share = math.exp(weighed - against)
        for k in range(FEATURE_COUNT):
            points[k] += share * weights[h, k] * x[k]
    points[F_OTHER_FAMILY if total < weighed else F_DRIFT_AGREES] += total - weighed
