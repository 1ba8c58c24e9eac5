"""The common base in memory: every identity as a 96-byte row, found again in a fraction of a millisecond.

One writer, many readers.  ``insert`` and ``erase`` are visible to the next ``search``; a merge runs beside the queries
and
is swapped in whole.  Nothing here is the truth: the index is a view of the table ``identities`` and can be rebuilt.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.kernels.prior import prior_counts_of
from services.dedup.domain.matching.model import Model, load_model, probability
from services.dedup.domain.matching.record import ROW_BYTES
from services.dedup.index import snapshot as snapshots
from services.dedup.index.results import CANDIDATES, BulkResults, Match
from services.dedup.index.segments import Delta, Progress, Rows, Segment, empty_rows, row_of, table_of, yield_to_queries

if TYPE_CHECKING:
    from services.dedup.index.searcher import Searcher

RESERVE: Final = 4_000_000
"""Rows of address space kept for insertions (virtual memory: nothing is used before it is written)."""
MERGE_AT: Final = 50_000
"""Records in the delta at which a background merge starts."""
BLOCK: Final = 256
"""Queries of a bulk search that a thread takes at a time."""


class Index:
    """In-memory index of normalised rows keyed by the database's ``seq`` (int64, rising)."""

    def __init__(self, model: Model | None = None, reserve: int = RESERVE) -> None:
        self.model = model or load_model()
        self._reserve = reserve
        self._write = threading.Lock()
        self._searchers: deque[Searcher] = deque()
        self._building = False
        self._to_wipe: list[int] = []
        self._erased_meanwhile: list[int] | None = None  # seqs, while a snapshot is being written
        self.part: tuple[int, int] = (0, 1)
        """Which shard of how many this is (``index/shard_index.py``); this one is the whole."""
        self.followed = 0
        """The last seq that was inserted here or, of another shard's records, counted."""
        self._adopt(np.zeros((0, ROW_BYTES), np.uint8), np.zeros(0, np.int64), np.zeros(0, np.uint8))

    # ---- building -------------------------------------------------------------------------------------------------

    def _adopt(self, rows: Rows, seqs: npt.NDArray[np.int64], alive: npt.NDArray[np.uint8]) -> None:
        """Make these rows the content, with room behind them for insertions; none of them is found yet."""
        count = len(rows)
        room = count + self._reserve
        all_rows = empty_rows(room)
        all_rows[:count] = rows
        all_alive = np.zeros(room, np.uint8)
        all_alive[:count] = alive
        all_seqs = np.empty(room, np.int64)
        all_seqs[:count] = seqs
        self._take(all_rows, all_alive, all_seqs, count, Delta())

    def _take(self, rows: Rows, alive: Any, seqs: Any, count: int, delta: Delta) -> None:
        from services.dedup.index.view import View

        self._count = self._main_last = self._sorted = count
        self._dead = count - int(np.count_nonzero(alive[:count]))
        self._dead_in_main = 0  # erased, but still in its lists
        self.followed = int(seqs[count - 1]) if count else 0
        self._late: dict[int, int] = {}
        self._view = View(
            rows, alive, seqs, Segment.empty(), Segment.empty(), delta, prior_counts_of(self.model), self.model
        )

    def _index(self, progress: Progress | None) -> None:
        """Count names and fill the main segment with all there is."""
        from services.dedup.index.kernels import insertion as k

        view = self._view
        k.count_statistics(view.rows, 0, self._count, self.model.classes, *view.base)
        main = Segment.build(view.rows, 0, self._count, view.alive, self.model.classes, progress)
        self._view = view.replaced(main=main)

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
        table = table_of(rows)
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
            if gone.any():
                self._view.rows[: len(gone)][gone] = 0
            self._index(progress)

    def adopt(self, rows: Rows, seqs: npt.NDArray[np.int64], progress: Progress | None = None) -> None:
        """``build`` for rows in rising order of seq that the caller gives up: they are not copied.

        No record can then be inserted without a copy: for one-off runs.
        """
        with self._write:
            self._reserve = 0
            self._take(rows, np.ones(len(rows), np.uint8), seqs, len(rows), Delta(1024))
            self._index(progress)

    # ---- writing --------------------------------------------------------------------------------------------------

    def insert(self, seq: int, normalised: bytes) -> None:
        """Add one row, visible to the next search; doing it twice with the same seq changes nothing.

        Raises ValueError when ``normalised`` is not a 96-byte row.
        """
        from services.dedup.index.kernels import insertion as k

        row = row_of(normalised)
        with self._write:
            if self._number(seq) is not None:
                return
            number = self._count
            rising = self._sorted == number and (not number or seq > int(self._view.seqs[number - 1]))
            if not rising:
                self._late[seq] = number
            if number == len(self._view.rows):
                self._grow()
            view = self._view
            view.rows[number] = row
            view.alive[number] = 1
            view.seqs[number] = seq
            if not k.insert(view.insertion_plan, number, False):
                self._merge_now()
                view = self._view
                k.insert(view.insertion_plan, number, False)
            view.delta.records += 1
            self._count += 1
            self._sorted += rising
            self.followed = max(self.followed, seq)

    def erase(self, seq: int) -> bool:
        """Forget a row: it never matches again and its bytes are zeroed.  False when it was not there."""
        with self._write:
            number = self._number(seq)
            if number is None or not self._view.alive[number]:
                return False
            self._view.alive[number] = 0
            self._dead += 1
            self._dead_in_main += number < self._main_last
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
        count, seqs = self._sorted, self._view.seqs
        if count and seq > seqs[count - 1]:
            return None
        at = int(np.searchsorted(seqs[:count], seq))
        if at < count and int(seqs[at]) == seq:
            return at
        return None

    def _grow(self) -> None:
        view, count = self._view, self._count
        room = len(view.rows) * 2 + 1024
        rows = empty_rows(room)
        rows[:count] = view.rows[:count]
        alive = np.zeros(room, np.uint8)
        alive[:count] = view.alive[:count]
        seqs = np.empty(room, np.int64)
        seqs[:count] = view.seqs[:count]
        self._view = view.replaced(rows=rows, alive=alive, seqs=seqs)

    # ---- merging --------------------------------------------------------------------------------------------------

    @property
    def delta_size(self) -> int:
        """Records inserted since the last merge."""
        return self._view.delta.records

    def merge_due(self) -> bool:
        """Whether enough was inserted or erased for ``merge`` to be worth its while."""
        return self.delta_size >= MERGE_AT or self._dead_in_main * 20 > max(self._main_last, 200_000)

    def merge(self, everything: bool = False) -> None:
        """Fold the delta into the middle segment (queries go on meanwhile); all into the main one when it has grown by
        a quarter or a twentieth of it was erased.

        ``everything``: into the main one in any case, as a snapshot wants it.

        Call it from a thread: it holds the write lock only to note where it starts and to swap the result in.  What
        takes long
        is done by a thread of lower priority; not the swap, which the queries would wait for.
        """
        with self._write:
            if self._building:
                return
            self._building = True
            view, last, first = self._view, self._count, self._main_last
            whole = (
                everything or (last - first) * 4 > max(first, 200_000) or self._dead_in_main * 20 > max(first, 200_000)
            )
            start = 0 if whole else first
            alive, dead_before = view.alive[:last].copy(), self._dead_in_main
        try:
            with ThreadPoolExecutor(1, initializer=yield_to_queries) as aside:
                segment = aside.submit(Segment.build, view.rows, start, last, alive, self.model.classes).result()
                delta = aside.submit(
                    Delta
                ).result()  # its room is touched for the first time before queries wait for it
        finally:
            with self._write:
                self._building = False
                self._view.rows[self._to_wipe] = 0
                self._to_wipe.clear()
        with self._write:
            self._swap(segment, delta, whole, last)
            if whole:
                self._dead_in_main -= dead_before

    def _merge_now(self) -> None:
        view, last, first = self._view, self._count, self._main_last
        self._swap(Segment.build(view.rows, first, last, view.alive, self.model.classes), Delta(), False, last)

    def _swap(self, segment: Segment, delta: Delta, whole: bool, last: int) -> None:
        from services.dedup.index.kernels import insertion as k

        view = self._view
        main, middle = (segment, Segment.empty()) if whole else (view.main, segment)
        fresh = view.replaced(main=main, middle=middle, delta=delta)
        for number in range(last, self._count):
            k.insert(fresh.insertion_plan, number, True)
        fresh.delta.records = self._count - last
        if whole:
            self._main_last = last
        self._view = fresh

    # ---- searching ------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Records that can be found."""
        return self._count - self._dead

    @property
    def rarities(self) -> tuple[Any, ...]:
        """Counts of tokens, skeletons and places, and the total, as the scores use them."""
        base: tuple[Any, ...] = self._view.base
        return base

    @contextmanager
    def _searcher(self) -> Iterator[Searcher]:
        """A work space nobody else uses meanwhile."""
        from services.dedup.index.searcher import Searcher

        try:
            searcher = self._searchers.pop()
        except IndexError:
            searcher = Searcher()
        yield searcher
        self._searchers.append(searcher)

    def search(self, normalised: bytes, exclude: Collection[int] = (), limit: int = 10) -> list[Match]:
        """The most probable earlier records of this person, best first, never those in ``exclude``.

        Every candidate that blocking finds is scored with all its points.  An empty list when nothing looks alike.
        """
        row = row_of(normalised)
        wide = min(limit + len(exclude), CANDIDATES)
        with self._searcher() as searcher:
            matches = searcher.search(self._view, row, wide)
        return [match for match in matches if match.seq not in exclude][:limit] if exclude else matches

    def search_many(
        self,
        normalised: Rows | bytes,
        limit: int = 1,
        threads: int = 2,
        blocked: int = 0,
        progress: Progress | None = None,
        floor: float | None = None,
    ) -> BulkResults:
        """``search`` for many rows at once on several threads, without an object per candidate.

        ``blocked``: how many candidates before scoring to return for each query (0: none). ``floor``: only results of
        these log-odds and more are wanted, without their points; of others some are left out.
        """
        table = np.ascontiguousarray(table_of(normalised))
        count = len(table)
        found = BulkResults.room(count, limit, blocked, with_points=floor is None)
        least = -np.inf if floor is None else floor
        counts = np.zeros(count, np.int64)
        view = self._view

        def work(first: int) -> None:
            with self._searcher() as searcher:
                searcher.search_block(view, table, found, counts, (first, min(first + BLOCK, count)), least)

        starts = range(0, count, BLOCK)
        if len(starts) <= 1 or threads <= 1:
            for first in starts:
                work(first)
                if progress:
                    progress(min(first + BLOCK, count), count)
            return found
        with ThreadPoolExecutor(threads) as pool:
            for first, _ in zip(starts, pool.map(work, starts), strict=True):
                if progress:
                    progress(min(first + BLOCK, count), count)
        return found

    def compare(self, first: bytes, second: bytes) -> Match:
        """Score one pair of rows against this base, whether or not blocking would have brought them together."""
        _, points, scores = self.evidence(table_of(first), table_of(second))
        return Match(-1, probability(scores[0]), float(scores[0]), points[0])

    def evidence(
        self, first: Rows, second: Rows
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """(features, points, log-odds) of first[n] against second[n], line by line, in this base."""
        with self._searcher() as searcher:
            features, points, scores = searcher.score(
                self._view, np.ascontiguousarray(first), np.ascontiguousarray(second)
            )
        return features, points, scores

    def warm(self) -> None:
        """Compile (or load from the cache) every kernel, so that the first query is as fast as the others."""
        from services.dedup.domain.matching.alignment import mates

        small = Index(self.model, reserve=4096)
        row = bytes([0x80 | 1, 2, 0xA0 | 3, 4]).ljust(ROW_BYTES, b"\0")
        small.build(row, [1])
        small.insert(2, row)
        small.search(row)
        small.compare(row, row)
        mates(row, row, self.model)
        small.merge()

    # ---- keeping --------------------------------------------------------------------------------------------------

    def snapshot(self, path: Path) -> None:
        """Write the content under the folder ``path``, complete or not at all (``index/snapshot.py``).

        Call it from a thread: queries, insertions and erasures go on meanwhile. Who is erased while it is written is
        wiped from it before this returns.
        """
        if self._main_last < self._count:
            self.merge(everything=True)
        with self._write:
            view, count = self._view, self._count
            covers = snapshots.Covers(self.model.version, self._main_last, self.followed, self.part)
            alive, base = view.alive[:count].copy(), tuple(array.copy() for array in view.base)
            self._erased_meanwhile = []
        try:
            snapshots.save(path, view.rows[:count], view.seqs[:count], alive, view.main.kernel(), base, covers)
        finally:
            with self._write:
                gone, self._erased_meanwhile = self._erased_meanwhile, None
        if gone:
            snapshots.scrub(path, gone)

    def load(self, path: Path) -> int:
        """Take the content from a snapshot; returns the last seq that it covers (0 when it is empty).

        Raises ``snapshot.Unusable`` when it is absent, damaged, or of another model or layout: rebuild from the table
        then.
        """
        kept = snapshots.load(path, self.model.version, self._reserve, self.part)
        with self._write:
            self._take(kept.rows, kept.alive, kept.seqs, kept.count, Delta())
            self._main_last, self.followed = kept.covers.merged, kept.covers.followed
            middle = Segment.build(kept.rows, kept.covers.merged, kept.count, kept.alive, self.model.classes)
            self._view = self._view.replaced(main=Segment(*kept.segment), middle=middle, base=kept.base)
            return self.followed

    def sample(self, most: int) -> tuple[npt.NDArray[np.int64], Rows]:
        """(seqs, rows) of the ``most`` latest records and of ``most`` spread over all, those that were not erased."""
        view, count = self._view, self._count
        spread = np.linspace(0, count - 1, most, dtype=np.int64) if count else np.zeros(0, np.int64)
        numbers = np.unique(np.concatenate([spread, np.arange(max(0, count - most), count)]))
        numbers = numbers[view.alive[numbers] == 1]
        return view.seqs[numbers], view.rows[numbers]
