"""Where the index keeps what it found under each blocking key: immutable segments, and a delta for what came since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.uint8]
Progress = Callable[[int, int], None]

DELTA_LINKS: Final = 4_000_000


class Segment:
    """An immutable posting table over rows [first, last)."""

    def __init__(self, offsets: Any, ids: Any, marks: Any, shift: int) -> None:
        self.offsets, self.ids, self.marks = offsets, ids, marks
        self.shift = np.array([shift], np.uint64)

    @classmethod
    def empty(cls) -> Segment:
        return cls(np.zeros(3, np.uint32), np.zeros(1, np.int32), np.zeros(1, np.uint8), 63)

    @classmethod
    def build(
        cls, rows: Rows, first: int, last: int, alive: Any, classes: Any, progress: Progress | None = None
    ) -> Segment:
        """Two passes over the rows; ``progress(done, total)`` is told after each slice."""
        from services.dedup import kernels_index as k

        if last <= first:
            return cls.empty()
        bits = max(4, min(27, int(np.ceil(np.log2((last - first) * 7)))))
        shift = np.uint64(64 - bits)
        offsets = np.zeros((1 << bits) + 1, np.uint32)
        step = 250_000
        total = 2 * (last - first)
        for at in range(first, last, step):
            end = min(at + step, last)
            k.count_postings(rows, at, end, alive, classes, shift, offsets)
            if progress:
                progress(end - first, total)
        k.running_sum(offsets)
        cursor = offsets[:-1].copy()
        ids = np.empty(max(1, int(offsets[-1])), np.int32)
        marks = np.empty(len(ids), np.uint8)
        for at in range(first, last, step):
            end = min(at + step, last)
            k.fill_postings(rows, at, end, alive, classes, shift, offsets, cursor, ids, marks)
            if progress:
                progress(last - 2 * first + end, total)
        return cls(offsets, ids, marks, int(shift))

    def kernel(self) -> tuple[Any, ...]:
        return self.offsets, self.ids, self.marks, self.shift


class Delta:
    """Postings of the records inserted since the last merge: a chained hash table of fixed room."""

    def __init__(self, links: int = DELTA_LINKS) -> None:
        self.heads = np.full(1 << 20, -1, np.int32)
        self.links = np.empty(links, np.int32)
        self.keys = np.empty(links, np.uint64)
        self.ids = np.empty(links, np.int32)
        self.used = 0
        self.records = 0

    def kernel(self) -> tuple[Any, ...]:
        return self.heads, self.links, self.keys, self.ids
