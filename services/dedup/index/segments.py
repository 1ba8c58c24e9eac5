"""Where the index keeps what it found under each blocking key: immutable segments, and a delta for what came since."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.record import ROW_BYTES

Rows = npt.NDArray[np.uint8]
Progress = Callable[[int, int], None]

DELTA_LINKS: Final = 4_000_000
STEP: Final = 250_000
"""Rows between two signs of progress."""
KEYS_A_RECORD: Final = 7
"""There are so many buckets as records times this, at least: a bucket holds the postings of about two keys."""
LINE: Final = 64
"""Bytes of a cache line."""


def empty_rows(count: int) -> Rows:
    """Room for ``count`` rows that begin where a cache line begins: the second part of a row then lies in one line."""
    block = np.empty(count * ROW_BYTES + LINE, np.uint8)
    start = -block.__array_interface__["data"][0] % LINE
    return block[start : start + count * ROW_BYTES].reshape(count, ROW_BYTES)


def yield_to_queries() -> None:
    """Let the system run every other thread of the process before this one, for good."""
    mine = threading.get_native_id()
    os.setpriority(os.PRIO_PROCESS, mine, min(19, os.getpriority(os.PRIO_PROCESS, mine) + 10))


def row_of(normalised: bytes) -> Rows:
    """One row.  Raises ValueError when it has another size."""
    row = np.frombuffer(normalised, np.uint8)
    if len(row) != ROW_BYTES:
        raise ValueError(f"a normalised row has {ROW_BYTES} bytes, not {len(row)}")
    return row


def table_of(rows: Rows | bytes) -> Rows:
    """Rows, one below the other, that may have come joined."""
    table = np.frombuffer(rows, np.uint8) if isinstance(rows, (bytes, bytearray, memoryview)) else rows
    return table.reshape(-1, ROW_BYTES)


class Segment:
    """An immutable posting table over rows [first, last) (``kernels_index``)."""

    def __init__(self, offsets: Any, entries: Any, shift: int, id_bits: int) -> None:
        self.offsets, self.entries = offsets, entries
        self.shape = np.array([shift, id_bits], np.int64)

    @classmethod
    def empty(cls) -> Segment:
        """A segment without postings."""
        return cls(np.zeros(4, np.uint32), np.zeros(0, np.uint32), 63, 1)

    @classmethod
    def build(
        cls, rows: Rows, first: int, last: int, alive: Any, classes: Any, progress: Progress | None = None
    ) -> Segment:
        """Two passes over the rows; ``progress(done, total)`` is told after each slice."""
        from services.dedup.index.kernels import insertion as k

        if last <= first:
            return cls.empty()
        bits = max(4, min(30, int(np.log2((last - first) * KEYS_A_RECORD))))
        shift = 64 - bits
        id_bits = max(1, (last - 1).bit_length())
        offsets = np.zeros((1 << bits) + 2, np.uint32)
        total = 2 * (last - first)
        for at in range(first, last, STEP):
            end = min(at + STEP, last)
            k.count_postings(rows, at, end, alive, classes, shift, offsets)
            if progress:
                progress(end - first, total)
        k.running_sum(offsets)
        entries = np.empty(int(offsets[-1]), np.uint32)
        for at in range(first, last, STEP):
            end = min(at + STEP, last)
            k.fill_postings(rows, at, end, alive, classes, shift, id_bits, offsets, entries)
            if progress:
                progress(last - 2 * first + end, total)
        return cls(offsets, entries, shift, id_bits)

    def kernel(self) -> tuple[Any, ...]:
        """The arrays that the kernels read."""
        return self.offsets, self.entries, self.shape


class Delta:
    """Postings of the records inserted since the last merge: a chained hash table of fixed room."""

    def __init__(self, links: int = DELTA_LINKS) -> None:
        self.heads = np.full(1 << 20, -1, np.int32)
        self.links = np.empty(links, np.int32)
        self.keys = np.empty(links, np.uint64)
        self.ids = np.empty(links, np.int32)
        self.used = np.zeros(1, np.int64)
        self.records = 0

    def kernel(self) -> tuple[Any, ...]:
        """The arrays that the kernels read and write."""
        return self.heads, self.links, self.keys, self.ids, self.used
