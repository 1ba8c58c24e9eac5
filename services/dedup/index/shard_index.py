"""One shard of a base that is larger than a process should hold: some of the records, the rarities of all of them.

A record belongs to one shard by a stable hash of its seq. Every shard counts every record, so that a pair has the same
score wherever it is found; each finds only its own. A query is put to all shards, and the best of all answers stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.kernels.prior import prior_counts_of
from services.dedup.domain.matching.model import Model
from services.dedup.domain.matching.record import ROW_BYTES
from services.dedup.index.index import RESERVE, Index
from services.dedup.index.results import BulkResults, Match
from services.dedup.index.segments import Progress, Rows, Segment, row_of

Block = tuple[Rows, npt.NDArray[np.int64]]


def shard_of(seqs: npt.NDArray[np.int64] | int, shards: int) -> npt.NDArray[np.int64]:
    """The shard of each record, 0 to ``shards`` - 1: the same on every host and for ever."""
    mixed = np.atleast_1d(np.asarray(seqs)).astype(np.uint64)
    with np.errstate(over="ignore"):
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) % np.uint64(shards)).astype(np.int64)


class ShardIndex(Index):
    """The index of one shard; ``part``: which one, of how many."""

    def __init__(self, part: tuple[int, int], model: Model | None = None, reserve: int = RESERVE) -> None:
        super().__init__(model, reserve)
        self.part = part

    def fill(self, blocks: Iterable[Block], progress: Progress | None = None) -> None:
        """Replace the content by the records of all blocks, in rising order of seq; of each only its own are kept.

        So a base is read that does not fit this host.
        """
        from services.dedup.index.kernels import insertion as k

        base = prior_counts_of(self.model)
        kept: list[Block] = [(np.zeros((0, ROW_BYTES), np.uint8), np.zeros(0, np.int64))]
        followed = 0
        for rows, seqs in blocks:
            if not len(seqs):
                continue
            k.count_statistics(rows, 0, len(rows), self.model.classes, *base)
            mine = shard_of(seqs, self.part[1]) == self.part[0]
            kept.append((rows[mine], seqs[mine]))
            followed = int(seqs[-1])
        own_rows, own_seqs = (np.concatenate(columns) for columns in zip(*kept, strict=True))
        kept.clear()
        with self._write:
            self._adopt(own_rows, own_seqs, np.ones(len(own_seqs), np.uint8))
            view = self._view
            main = Segment.build(view.rows, 0, len(own_seqs), view.alive, self.model.classes, progress)
            self._view, self.followed = view.replaced(main=main, base=base), followed

    def insert(self, seq: int, normalised: bytes) -> None:
        """Add one row, or count it where it is another shard's; doing it twice changes nothing.

        Rows come in rising order of seq.
        """
        if shard_of(seq, self.part[1])[0] == self.part[0]:
            super().insert(seq, normalised)
            return
        from services.dedup.index.kernels import insertion as k

        row = row_of(normalised).reshape(1, ROW_BYTES)
        with self._write:
            if seq > self.followed:
                k.count_statistics(row, 0, 1, self.model.classes, *self._view.base)
                self.followed = seq


def merged(parts: Sequence[BulkResults], limit: int) -> BulkResults:
    """The answers of all shards to the same queries as one: the best of each line, the lower seq first among equals."""
    seqs, scores = (np.concatenate([getattr(part, name) for part in parts], axis=1) for name in ("seqs", "scores"))
    points = np.concatenate([part.points for part in parts], axis=1)
    best = np.lexsort((seqs, -scores), axis=1)[:, :limit]
    lines = np.arange(len(seqs))[:, None]
    blocked = np.concatenate([part.blocked for part in parts], axis=1)
    return BulkResults(seqs[lines, best], scores[lines, best], points[lines, best], blocked)


def best_matches(parts: Sequence[Sequence[Match]], limit: int) -> list[Match]:
    """The same for one query."""
    return sorted((match for part in parts for match in part), key=lambda match: (-match.total, match.seq))[:limit]
