"""An invented base for a re-linkage: people, and some of them again under another spelling."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.generator import people, returning
from services.dedup.domain.matching.model import load_model
from services.dedup.domain.matching.normalisation import Identity, normalise
from services.dedup.relink import run_folder
from services.dedup.relink.run_folder import RunBase, RunFolder
from services.dedup.training.data import as_rows

RETURNING = 0.3
SEED = 11


def identities(count: int) -> Iterator[Identity]:
    """``count`` records; three in ten are an earlier person who comes again."""
    rng = random.Random(SEED)
    first = round(count / (1 + RETURNING))
    known = list(people(first, SEED))
    yield from known
    for _ in range(count - first):
        yield returning(rng.choice(known), rng)[0]


def people_again(count: int) -> list[tuple[int, int]]:
    """Of the same records, the seqs of each who comes again and of the earlier person; in order, lower first."""
    rng = random.Random(SEED)
    first = round(count / (1 + RETURNING))
    known = list(enumerate(people(first, SEED), start=1))
    again = []
    for seq in range(first + 1, count + 1):
        earlier, person = rng.choice(known)
        returning(person, rng)
        again.append((earlier, seq))
    return sorted(again)


def base_of(count: int) -> RunBase:
    """The base in an index; two records of a household in twenty."""
    rows = as_rows(b"".join(normalise(one) for one in identities(count)))
    seqs = np.arange(1, len(rows) + 1, dtype=np.int64)
    return RunBase(load_model(), rows, seqs, np.where(seqs % 20 < 2, seqs // 20, len(rows) + seqs))


def run_of(base: RunBase, path: Path, partitions: int = 8, limit: int = 16, shards: int = 1) -> RunFolder:
    """A run of this base, prepared and not searched."""
    size = max(1, -(-len(base.seqs) // partitions))
    return run_folder.prepare(path, base, floor=0.0, limit=limit, rows_a_partition=size, shards=shards)
