"""The search of one partition in one shard, in whichever process: the index of the run, and the kernels of every day.

A worker keeps its index for all its partitions. It must lie in a module that is imported: what a task brings along is
made again for each task.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.model import load_model
from services.dedup.index.index import Index
from services.dedup.index.shard_index import ShardIndex
from services.dedup.relink.run_folder import Found, RunFolder, opened

WIDER = 64
"""Candidates read for a record whose list is full: a large household must not hide anybody else."""


@dataclass(frozen=True, slots=True)
class LoadedRun:
    """What a process has read of a run: the index, and which household each record belongs to."""

    index: Index
    seqs: npt.NDArray[np.int64]
    households: npt.NDArray[np.int64]

    def household_of(self, seqs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The households of these records; -1 where there is none."""
        at = np.minimum(np.searchsorted(self.seqs, seqs), len(self.seqs) - 1)
        return np.where(self.seqs[at] == seqs, self.households[at], -1)

    def members(self, household: int) -> set[int]:
        """The seqs of everybody of a household."""
        return set(self.seqs[np.flatnonzero(self.households == household)].tolist())


_loaded: dict[tuple[Path, int], LoadedRun] = {}


def loaded(folder: RunFolder, shard: int = 0) -> LoadedRun:
    """The index of a run, or one shard of it, read once in each process. Raises ``snapshot.Unusable``."""
    run = _loaded.get((folder.path, shard))
    if run is None:
        _loaded.clear()
        model, shards = load_model(folder.meta.model), folder.meta.shards
        index = Index(model, reserve=0) if shards == 1 else ShardIndex((shard, shards), model, reserve=0)
        index.load(folder.index(shard))
        run = _loaded[folder.path, shard] = LoadedRun(index, *folder.households())
    return run


def search_task(path: Path, task: int, threads: int = 1) -> int:
    """Search everybody of a partition in one shard, keep the pairs in its file; returns how many there are."""
    folder = opened(path)
    if not folder.meta.records:
        return 0
    number, shard = folder.task(task)
    run = loaded(folder, shard)
    rows, seqs, households = folder.read_base(number)
    results = run.index.search_many(rows, folder.meta.limit, threads, floor=folder.meta.floor)
    apart = run.household_of(results.seqs) != households[:, None]
    is_likely = results.scores >= folder.meta.floor
    lines, places = np.nonzero((results.seqs >= 0) & apart & is_likely)
    found = Found(seqs[lines], results.seqs[lines, places], results.scores[lines, places])
    full = np.flatnonzero((results.seqs[:, -1] >= 0) & is_likely[:, -1])
    if len(full):
        found = _read_further(run, folder.meta.floor, found, rows[full], seqs[full], households[full])
    folder.write_found(task, found)
    return len(found.query)


def _read_further(
    run: LoadedRun,
    floor: float,
    found: Found,
    rows: npt.NDArray[np.uint8],
    seqs: npt.NDArray[np.int64],
    households: npt.NDArray[np.int64],
) -> Found:
    """The same with the lists of these records read further, as the live search does."""
    kept = ~np.isin(found.query, seqs)
    parts = [found.only(kept)]
    for row, seq, household in zip(rows, seqs.tolist(), households.tolist(), strict=True):
        matches = [m for m in run.index.search(row.tobytes(), run.members(household), WIDER) if m.total >= floor]
        others = np.array([match.seq for match in matches], np.int64)
        scores = np.array([match.total for match in matches], np.float64)
        parts.append(Found(np.full(len(matches), seq, np.int64), others, scores))
    whole = Found.joined(parts)
    return whole.only(np.lexsort((whole.found, -whole.score, whole.query)))
