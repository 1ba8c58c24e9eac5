"""What the kernels of the index work on, as numba types: the arrays of a view, of a thread, of a batch of queries.

The names of the parts are those under which the kernels take the tuples apart.
"""

from __future__ import annotations

from numba import types

from services.dedup.domain.matching.kernels.array_plan import nest

_BYTES = types.uint8[::1]
_INTS = types.int64[::1]
_FLOATS = types.float64[::1]
ROWS = types.uint8[:, ::1]

# offsets, entries, (shift, id_bits)
SEGMENT = nest(types.uint32[::1], types.uint32[::1], _INTS)
# heads, links, keys, ids, (links used)
DELTA = nest(types.int32[::1], types.int32[::1], types.uint64[::1], types.int32[::1], _INTS)
# counts of tokens, of skeletons, of places; total of the records
BASE = nest(types.float32[::1], types.float32[::1], types.float32[::1], _FLOATS)
_WEIGHTS = types.int32[:, ::1]
# sub, ins, dbl, end, two, pairs, bias, prefixes, prefix_weights, most
SPELLING = nest(
    types.int32[:, :, ::1],
    _WEIGHTS,
    _WEIGHTS,
    _WEIGHTS,
    types.int32[:, :, :, ::1],
    types.int64[:, :, ::1],
    _WEIGHTS,
    types.int64[:, ::1],
    _WEIGHTS,
    _WEIGHTS,
)
# weights, constants, slopes, (reference size, pseudo-records)
SCORECARD = nest(types.float64[:, ::1], _FLOATS, _FLOATS, _FLOATS)
# classes, spelling tables, scorecard, rough ranking
MODEL = nest(_BYTES, SPELLING, SCORECARD, _FLOATS)

# rows, alive, seqs, main, middle, delta, base, model, caps
VIEW = nest(ROWS, _BYTES, _INTS, SEGMENT, SEGMENT, DELTA, BASE, MODEL, _INTS)
# rows, classes, base, delta, (tokens, chosen, keys)
INSERTION = nest(ROWS, _BYTES, BASE, DELTA, nest(types.int64[:, ::1], _INTS, types.uint64[::1]))

# chosen, keys, starts, ends, longer; cells, weights, epoch; found, kept, kept_weights, order, bins, list_weights
GATHER = nest(
    _INTS,
    types.uint64[::1],
    _INTS,
    _INTS,
    _INTS,
    _INTS,
    types.float32[::1],
    _INTS,
    _INTS,
    _INTS,
    types.float32[::1],
    _INTS,
    _INTS,
    types.float32[::1],
)
# letters a, letters b, dp, mates a, mates b, likenesses, cache keys, cache values, rarities a, pairs of letters
WORK = nest(
    _INTS, _INTS, types.int64[:, ::1], _INTS, _INTS, types.float64[:, ::1], types.uint64[::1], _FLOATS, _FLOATS, _INTS
)
# tokens a, tokens b, work, name facts, features, points
PAIR = nest(types.int64[:, ::1], types.int64[:, ::1], WORK, _FLOATS, _FLOATS, _FLOATS)
# tokens of each candidate, how many they are, features of each candidate; number, score and candidate of the best
SHORTLIST = nest(types.int64[:, :, ::1], _INTS, types.float64[:, ::1], _INTS, _FLOATS, _INTS)
# queries; seqs, scores, points of the best; how many there are; seqs before scoring
BATCH = nest(ROWS, types.int64[:, ::1], types.float64[:, ::1], types.float64[:, :, ::1], _INTS, types.int64[:, ::1])
# rows a, rows b, features, points, scores
PAIRS = nest(ROWS, ROWS, types.float64[:, ::1], types.float64[:, ::1], _FLOATS)

SCRATCH = nest(GATHER, PAIR, SHORTLIST)
SEARCH = nest(VIEW, SCRATCH, BATCH)
SCORING = nest(VIEW, SCRATCH, PAIRS)
