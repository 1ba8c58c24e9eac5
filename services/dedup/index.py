"""The common base in memory: every identity as a 96-byte row, found again in a fraction of a millisecond.

One writer, many readers.  ``insert`` and ``erase`` are visible to the next ``search``; a merge runs beside the queries and
is swapped in whole.  Nothing here is the truth: the index is a view of the table ``identities`` and can be rebuilt.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.dedup import snapshot as snapshots
from services.dedup.layout import ROW_BYTES
from services.dedup.scoring import FEATURES, Model, load_model, pair_scratch, probability
from services.dedup.segments import Delta, Progress, Rows, Segment

LONGEST_LIST: Final = 400
"""Posting lists longer than this say too little to be read."""
GATHERED: Final = 256
"""Candidates kept by the number and rarity of shared keys."""
CANDIDATES: Final = 40
"""Of these, the likeliest by date, sex, country and place: those that are scored."""
RESERVE: Final = 4_000_000
"""Rows of address space kept for insertions (virtual memory: nothing is used before it is written)."""
MERGE_AT: Final = 50_000
"""Records in the delta at which a background merge starts."""


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate, scored.

    ``points`` are those of each feature, in the order of ``scoring.FEATURES``; with the intercept and the prior (the size of
    the base) they sum to ``total``, the log-odds of which ``probability`` is the logistic.
    """

    seq: int
    probability: float
    total: float
    points: npt.NDArray[np.float64]

    def points_by_feature(self) -> dict[str, float]:
        """Non-zero points, by feature name."""
        return {name: float(p) for name, p in zip(FEATURES, self.points, strict=True) if p}


@dataclass(slots=True)
class Found:
    """Results of a bulk search, one line a query: arrays, no object per candidate.

    ``seqs`` and ``scores`` (log-odds) are (queries, limit), best first, -1 and -inf where there are fewer; ``points`` is
    (queries, limit, features); ``blocked`` holds the candidates before scoring when they were asked for, else no column.
    """

    seqs: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]
    points: npt.NDArray[np.float64]
    blocked: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _View:
    """What one query sees: replaced whole, never changed, so that readers need no lock."""

    rows: Rows
    alive: npt.NDArray[np.uint8]
    main: Segment
    middle: Segment
    delta: Delta


class Index:
    """In-memory index of normalised rows keyed by the database's ``seq`` (int64, rising)."""

    def __init__(self, model: Model | None = None, reserve: int = RESERVE) -> None:
        self.model = model or load_model()
        self._kernel_model = self.model.kernel()
        self._reserve = reserve
        self._write = threading.Lock()
        self._local = threading.local()
        self._building = False
        self._to_wipe: list[int] = []
        self._erased_meanwhile: list[int] | None = None  # seqs, while a snapshot is being written
        self._adopt(np.zeros((0, ROW_BYTES), np.uint8), np.zeros(0, np.int64), np.zeros(0, np.uint8))
        self._base: tuple[Any, ...] = self.model.prior_counts()

    # ---- building -------------------------------------------------------------------------------------------------

    def _adopt(self, rows: Rows, seqs: npt.NDArray[np.int64], alive: npt.NDArray[np.uint8]) -> None:
        """Make these rows the content, with room behind them for insertions."""
        count = len(rows)
        room = count + self._reserve
        all_rows = np.empty((room, ROW_BYTES), np.uint8)
        all_rows[:count] = rows
        all_alive = np.zeros(room, np.uint8)
        all_alive[:count] = alive
        self._seqs = np.empty(room, np.int64)
        self._seqs[:count] = seqs
        self._count = count
        self._main_last = count
        self._sorted = count
        self._dead = count - int(np.count_nonzero(alive))
        self._late: dict[int, int] = {}
        self._view = _View(all_rows, all_alive, Segment.empty(), Segment.empty(), Delta())

    def build(
        self,
        rows: Rows | bytes,
        seqs: npt.NDArray[np.int64] | Sequence[int],
        erased: npt.NDArray[np.bool_] | Sequence[bool] | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Replace the content: ``rows`` (n x 96 bytes, or n * 96 bytes joined), their seqs, and which are erased.

        Erased rows are zeroed.  ``progress(done, total)`` is called as work advances.  Raises ValueError when lengths
        disagree or a seq appears twice.
        """
        from services.dedup import kernels_index as k

        table = np.frombuffer(rows, np.uint8) if isinstance(rows, (bytes, bytearray, memoryview)) else rows
        table = table.reshape(-1, ROW_BYTES)
        numbers = np.asarray(seqs, np.int64)
        if len(numbers) != len(table):
            raise ValueError(f"{len(table)} rows but {len(numbers)} seqs")
        gone = np.zeros(len(table), bool) if erased is None else np.asarray(erased, bool)
        if len(numbers) > 1 and not (np.diff(numbers) > 0).all():
            order = np.argsort(numbers, kind="stable")
            numbers, table, gone = numbers[order], table[order], gone[order]
            if not (np.diff(numbers) > 0).all():
                raise ValueError("a seq appears twice")
        with self._write:
            self._adopt(table, numbers, (~gone).astype(np.uint8))
            view = self._view
            if gone.any():
                view.rows[: len(gone)][gone] = 0
            base = self.model.prior_counts()
            k.count_statistics(view.rows, 0, self._count, self.model.classes, *base)
            self._base = base
            main = Segment.build(view.rows, 0, self._count, view.alive, self.model.classes, progress)
            self._view = _View(view.rows, view.alive, main, Segment.empty(), view.delta)

    def adopt(self, rows: Rows, seqs: npt.NDArray[np.int64], progress: Progress | None = None) -> None:
        """``build`` for rows in rising order of seq that the caller gives up: they are not copied.

        No record can then be inserted without a copy: for one-off runs.
        """
        from services.dedup import kernels_index as k

        with self._write:
            self._reserve = 0
            self._seqs = seqs
            self._count = self._sorted = self._main_last = len(rows)
            self._dead = 0
            self._late = {}
            alive = np.ones(len(rows) + 1, np.uint8)
            base = self.model.prior_counts()
            k.count_statistics(rows, 0, len(rows), self.model.classes, *base)
            self._base = base
            main = Segment.build(rows, 0, len(rows), alive, self.model.classes, progress)
            self._view = _View(rows, alive, main, Segment.empty(), Delta(1024))

    # ---- writing --------------------------------------------------------------------------------------------------

    def insert(self, seq: int, normalised: bytes) -> None:
        """Add one row, visible to the next search; doing it twice with the same seq changes nothing.

        Raises ValueError when ``normalised`` is not a 96-byte row.
        """
        from services.dedup import kernels_index as k

        row = np.frombuffer(normalised, np.uint8)
        if len(row) != ROW_BYTES:
            raise ValueError(f"a normalised row has {ROW_BYTES} bytes, not {len(row)}")
        with self._write:
            if self._number(seq) is not None:
                return
            rising = self._sorted == self._count and (not self._count or seq > int(self._seqs[self._count - 1]))
            if not rising:
                self._late[seq] = self._count
            if self._count == len(self._view.rows):
                self._grow()
            view = self._view
            number = self._count
            view.rows[number] = row
            view.alive[number] = 1
            self._seqs[number] = seq
            used = k.insert_delta(
                view.rows[number], number, self.model.classes, self._base, *view.delta.kernel(), view.delta.used
            )
            if used < 0:
                self._merge_now()
                view = self._view
                used = k.insert_delta(
                    view.rows[number], number, self.model.classes, self._base, *view.delta.kernel(), view.delta.used
                )
            view.delta.used = int(used)
            view.delta.records += 1
            self._count += 1
            self._sorted += rising

    def erase(self, seq: int) -> bool:
        """Forget a row: it never matches again and its bytes are zeroed.  False when it was not there."""
        with self._write:
            number = self._number(seq)
            if number is None or not self._view.alive[number]:
                return False
            self._view.alive[number] = 0
            self._dead += 1
            if self._erased_meanwhile is not None:
                self._erased_meanwhile.append(seq)
            if self._building:
                self._to_wipe.append(number)  # a build reads each row twice and must see it twice the same
            else:
                self._view.rows[number] = 0
            return True

    def _number(self, seq: int) -> int | None:
        late = self._late.get(seq)
        if late is not None:
            return late
        count = self._sorted
        at = int(np.searchsorted(self._seqs[:count], seq))
        if at < count and int(self._seqs[at]) == seq:
            return at
        return None

    def _grow(self) -> None:
        view = self._view
        room = len(view.rows) * 2 + 1024
        rows = np.empty((room, ROW_BYTES), np.uint8)
        rows[: self._count] = view.rows[: self._count]
        alive = np.zeros(room, np.uint8)
        alive[: self._count] = view.alive[: self._count]
        seqs = np.empty(room, np.int64)
        seqs[: self._count] = self._seqs[: self._count]
        self._seqs = seqs
        self._view = _View(rows, alive, view.main, view.middle, view.delta)

    # ---- merging --------------------------------------------------------------------------------------------------

    @property
    def delta_size(self) -> int:
        """Records inserted since the last merge."""
        return self._view.delta.records

    def merge_due(self) -> bool:
        """Whether the delta has grown enough for ``merge`` to be worth its while."""
        return self.delta_size >= MERGE_AT

    def merge(self, everything: bool = False) -> None:
        """Fold the delta into the middle segment (queries go on meanwhile); all into the main one when it has grown.

        ``everything``: into the main one in any case, as a snapshot wants it.

        Call it from a thread: it holds the write lock only to note where it starts and to swap the result in.
        """
        with self._write:
            if self._building:
                return
            self._building = True
            view, last, first = self._view, self._count, self._main_last
            whole = everything or (last - first) * 4 > max(first, 200_000)
            start = 0 if whole else first
            alive = view.alive[:last].copy()
        try:
            segment = Segment.build(view.rows, start, last, alive, self.model.classes)
        finally:
            with self._write:
                self._building = False
                self._view.rows[self._to_wipe] = 0
                self._to_wipe.clear()
        with self._write:
            self._swap(segment, whole, last)

    def _merge_now(self) -> None:
        view, last, first = self._view, self._count, self._main_last
        self._swap(Segment.build(view.rows, first, last, view.alive, self.model.classes), False, last)

    def _swap(self, segment: Segment, whole: bool, last: int) -> None:
        from services.dedup import kernels_index as k

        view = self._view
        delta = Delta()
        for number in range(last, self._count):
            used = k.insert_delta(
                view.rows[number], number, self.model.classes, _nothing(), *delta.kernel(), delta.used
            )
            delta.used = int(used)
            delta.records += 1
        if whole:
            self._main_last = last
        main, middle = (segment, Segment.empty()) if whole else (view.main, segment)
        self._view = _View(view.rows, view.alive, main, middle, delta)

    # ---- searching ------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Records that can be found."""
        return self._count - self._dead

    def _scratch(self) -> tuple[Any, ...]:
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            from services.dedup import kernels_keys as keys
            from services.dedup import kernels_search as k

            gather = (
                np.zeros(keys.KEY_TOKENS, np.int64),
                np.zeros(keys.MAX_PROBES, np.uint64),
                np.zeros(k.SCRATCH, np.int64),
                np.zeros(k.SCRATCH, np.float32),
                np.zeros(k.SCRATCH, np.int64),
                np.zeros(1, np.int64),
                np.zeros(k.SCRATCH * 3 // 4, np.int64),
                np.zeros(1024, np.int64),
                np.zeros(1024, np.float32),
                np.zeros(1024, np.int64),
                np.zeros(keys.MAX_PROBES, np.int64),
                np.zeros(keys.MAX_PROBES, np.int64),
                np.zeros(256, np.int64),
            )
            scratch = (gather, pair_scratch())
            self._local.scratch = scratch
        return scratch

    def search(self, normalised: bytes, exclude: Collection[int] = (), limit: int = 10) -> list[Match]:
        """The most probable earlier records of this person, best first, never those in ``exclude``.

        Every candidate that blocking finds is scored with all its points.  An empty list when nothing looks alike.
        """
        from services.dedup import kernels_search as k

        row = np.frombuffer(normalised, np.uint8)
        if len(row) != ROW_BYTES:
            raise ValueError(f"a normalised row has {ROW_BYTES} bytes, not {len(row)}")
        view = self._view
        wide = min(limit + len(exclude), CANDIDATES)
        ids = np.empty(wide, np.int64)
        scores = np.empty(wide, np.float64)
        points = np.empty((wide, len(FEATURES)), np.float64)
        gather, pair = self._scratch()
        found, _ = k.search_one(
            row, view.rows, view.main.kernel(), view.middle.kernel(), view.delta.kernel(), view.alive, self._base,
            self._kernel_model, _CAPS, gather, pair, ids, scores, points,
        )  # fmt: skip
        matches = []
        for r in range(found):
            seq = int(self._seqs[ids[r]])
            if seq not in exclude:
                matches.append(Match(seq, probability(scores[r]), float(scores[r]), points[r]))
        return matches[:limit]

    def search_many(
        self,
        normalised: Rows | bytes,
        limit: int = 1,
        threads: int = 2,
        blocked: int = 0,
        progress: Progress | None = None,
    ) -> Found:
        """``search`` for many rows at once on several threads, without an object per candidate.

        ``blocked``: how many candidates before scoring to return for each query (0: none).
        """
        from services.dedup import kernels_search as k

        table = np.frombuffer(normalised, np.uint8) if isinstance(normalised, (bytes, bytearray)) else normalised
        table = table.reshape(-1, ROW_BYTES)
        count = len(table)
        ids = np.full((count, limit), -1, np.int64)
        scores = np.full((count, limit), -np.inf)
        points = np.zeros((count, limit, len(FEATURES)))
        found = np.zeros(count, np.int64)
        early = np.full((count, blocked), -1, np.int64)
        early_count = np.zeros(count, np.int64)
        view = self._view

        def work(first: int) -> None:
            gather, pair = self._scratch()
            k.search_block(
                table, first, min(first + 256, count), view.rows, view.main.kernel(), view.middle.kernel(),
                view.delta.kernel(), view.alive, self._base, self._kernel_model, _CAPS, gather, pair, ids, scores, points,
                found, early, early_count,
            )  # fmt: skip

        done = 0
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(work, range(0, count, 256)):
                done = min(done + 256, count)
                if progress:
                    progress(done, count)
        seqs = self._seqs
        for q, n in enumerate(found):
            scores[q, n:] = -np.inf
            ids[q, n:] = -1
        result = np.where(ids >= 0, seqs[np.maximum(ids, 0)], -1)
        return Found(result, scores, points, np.where(early >= 0, seqs[np.maximum(early, 0)], -1))

    def compare(self, first: bytes, second: bytes) -> Match:
        """Score one pair of rows against this base, whether or not blocking would have brought them together."""
        a = np.frombuffer(first, np.uint8).reshape(1, ROW_BYTES)
        b = np.frombuffer(second, np.uint8).reshape(1, ROW_BYTES)
        _, points, scores = self.evidence(a, b)
        return Match(-1, probability(scores[0]), float(scores[0]), points[0])

    def evidence(
        self, first: Rows, second: Rows
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """(features, points, log-odds) of first[n] against second[n], line by line, in this base."""
        from services.dedup import kernels_search as k

        x, points, scores = (
            np.zeros((len(first), len(FEATURES))),
            np.zeros((len(first), len(FEATURES))),
            np.zeros(len(first)),
        )
        k.score_pairs(first, second, self._base, self._kernel_model, self._scratch()[1], x, points, scores)
        return x, points, scores

    def warm(self) -> None:
        """Compile (or load from the cache) every kernel, so that the first query is as fast as the others."""
        small = Index(self.model, reserve=4096)
        row = bytes([0x80 | 1, 2, 0xA0 | 3, 4]).ljust(ROW_BYTES, b"\0")
        small.build(row, [1])
        small.insert(2, row)
        small.search(row)
        small.search_many(row)
        small.compare(row, row)
        small.merge()

    # ---- keeping --------------------------------------------------------------------------------------------------

    def snapshot(self, path: Path) -> None:
        """Write the content under the folder ``path``, complete or not at all (``snapshot.py``).

        Call it from a thread: queries, insertions and erasures go on meanwhile. Who is erased while it is written is wiped
        from it before this returns.
        """
        if self._main_last < self._count:
            self.merge(everything=True)
        with self._write:
            view, count, seqs, merged = self._view, self._count, self._seqs, self._main_last
            alive, base = view.alive[:count].copy(), tuple(array.copy() for array in self._base)
            self._erased_meanwhile = []
        try:
            snapshots.save(
                path, view.rows[:count], seqs[:count], alive, view.main.kernel(), base, self.model.version, merged
            )  # fmt: skip
        finally:
            with self._write:
                gone, self._erased_meanwhile = self._erased_meanwhile, None
        if gone:
            snapshots.scrub(path, gone)

    def load(self, path: Path) -> int:
        """Take the content from a snapshot; returns its last seq (0 when it is empty).

        Raises ``snapshot.Unusable`` when it is absent, damaged, or of another model or layout: rebuild from the table then.
        """
        kept = snapshots.load(path, self.model.version, self._reserve)
        with self._write:
            self._count = self._sorted = kept.count
            self._seqs = kept.seqs
            self._late = {}
            self._dead = kept.count - int(np.count_nonzero(kept.alive[: kept.count]))
            self._base = kept.base
            self._main_last = kept.merged
            middle = Segment.build(kept.rows, kept.merged, kept.count, kept.alive, self.model.classes)
            self._view = _View(kept.rows, kept.alive, Segment(*kept.segment), middle, Delta())
            return int(kept.seqs[kept.count - 1]) if kept.count else 0

    def sample(self, most: int) -> tuple[npt.NDArray[np.int64], Rows]:
        """(seqs, rows) of the ``most`` latest records and of ``most`` spread over all, those that were not erased."""
        view, count = self._view, self._count
        spread = np.linspace(0, count - 1, most, dtype=np.int64) if count else np.zeros(0, np.int64)
        numbers = np.unique(np.concatenate([spread, np.arange(max(0, count - most), count)]))
        numbers = numbers[view.alive[numbers] == 1]
        return self._seqs[numbers], view.rows[numbers]


def _nothing() -> tuple[Any, ...]:
    """Statistics that lead nowhere: records moved between segments are counted already."""
    return (*(np.zeros(1, np.float32) for _ in range(3)), np.zeros(1))


_CAPS: Final = np.array([LONGEST_LIST, GATHERED, CANDIDATES], np.int64)
