"""The whole base searched against itself: seconds of each stage, and what larger bases take.

    python -m bench.relink [--sizes 1000000 10000000] [--only 16] [--engine core|spark] [--master URL]

A run as an operator starts it, but for the database: the index and the partitions are written, every partition is
searched, the pairs are read and hung together. Three records in ten, at most 300,000, are people who come again under
another spelling. Of a base of more than a million ``--only`` partitions are searched, spread over all; the whole, and
larger bases, are computed from the cost of a partition.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from bench.client import undisturbed
from bench.generator import base_rows, people, returning
from services.dedup.domain.matching.model import load_model
from services.dedup.domain.matching.normalisation import normalise_many
from services.dedup.domain.pairs.candidates import LIMIT
from services.dedup.domain.relink.linkage import groups_of
from services.dedup.index.index import Index
from services.dedup.relink import engines, partition_search, run_folder
from services.dedup.relink.engines import LOCAL_MASTER
from services.dedup.relink.run_folder import ROWS_A_PARTITION, RunBase, RunFolder
from services.dedup.training.data import as_rows

SEED: Final = 2026
REAL: Final = 200_000
"""People that the rest of a base is put together from."""
AGAIN: Final = 0.3
AGAIN_AT_MOST: Final = 300_000
WHOLE_UP_TO: Final = 1_000_000
RECORDS_A_SHARD: Final = 70_000_000
"""What one index is right for on a host of 24 GB (``bench.shards``)."""
ON_PAPER: Final = (10_000_000, 100_000_000, 1_000_000_000)
NIGHT: Final = 8 * 3600
CORES: Final = 2

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Searched:
    """Partitions that were searched: how many, of how many records, the seconds they took, those of processor."""

    partitions: int
    records: int
    seconds: float
    processor: float

    @property
    def milliseconds(self) -> float:
        """Of processor, for one record."""
        return self.processor / self.records * 1e3


def base_of(size: int) -> RunBase:
    """A base of this size in which people come again."""
    rng, count = random.Random(SEED + 3), min(round(size * AGAIN / (1 + AGAIN)), AGAIN_AT_MOST)
    known = list(people(min(size - count, REAL), SEED))
    again = as_rows(normalise_many(returning(rng.choice(known), rng)[0] for _ in range(count)))
    rows = np.concatenate([base_rows(size - count, SEED, REAL), again])
    seqs = np.arange(1, size + 1, dtype=np.int64)
    return RunBase(load_model(), rows, seqs, seqs)


def timed(work: Callable[[], Answer]) -> tuple[Answer, float]:
    """What it answers, and the seconds it took."""
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def search_here(folder: RunFolder, only: int) -> Searched:
    """Search all of a run by threads of this process, or of a large one ``only`` so many partitions."""
    tasks = folder.missing()
    if folder.meta.records > WHOLE_UP_TO:
        tasks = tasks[:: max(1, len(tasks) // only)][:only]
    began, used = time.perf_counter(), time.process_time()
    for task in tasks:
        partition_search.search_task(folder.path, task, CORES)
    seconds, used = time.perf_counter() - began, time.process_time() - used
    records = sum(len(folder.read_base(task)[1]) for task in tasks)
    return Searched(len(tasks), records, seconds, used)


def measure(size: int, only: int, engine: str, master: str) -> Searched | None:
    """One base, its stages told as they end; None where other processes did the search, whose cost is not seen here."""
    base = base_of(size)
    with tempfile.TemporaryDirectory(prefix="relink-") as place:
        folder, prepared = timed(lambda: run_folder.prepare(Path(place) / "run", base, floor=0.0, limit=LIMIT))
        print(f"{size:,} records: prepared in {prepared:.1f} s; ", end="", flush=True)
        made = None
        if engine == "spark":
            _, seconds = timed(lambda: engines.search_on_spark(folder, master))
            print(f"searched on {master} in {seconds:.1f} s; ", end="", flush=True)
        else:
            made = search_here(folder, only)
            seconds = made.seconds
            print(
                f"{made.partitions} of {folder.meta.partitions} partitions searched in {seconds:.1f} s, "
                f"{made.milliseconds:.3f} ms of processor a record; ",
                end="",
                flush=True,
            )
        highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        if folder.missing() and made is not None:
            whole = prepared + seconds / made.records * size
            print(f"computed for all: {whole:.0f} s without joining; {highest:.1f} GB at the highest", flush=True)
            return made
        pairs, reading = timed(folder.pairs)
        groups, hanging = timed(lambda: groups_of(pairs))
        print(
            f"{len(pairs):,} pairs of {len(groups):,} records joined in {reading + hanging:.1f} s; "
            f"{prepared + seconds + reading + hanging:.1f} s in all; {highest:.1f} GB at the highest",
            flush=True,
        )
    return made


def on_paper(sizes: Sequence[int], measured: Sequence[Searched]) -> None:
    """Larger bases, from the cost of a record and how it grew from the first measured size to the last."""
    last, grows = measured[-1].milliseconds, 0.0
    if len(measured) > 1:
        grows = max(0.0, (last - measured[0].milliseconds) / math.log10(sizes[-1] / sizes[0]))
    print(f"computed: {grows:.3f} ms a record more for each tenfold of what an index holds")
    for records in ON_PAPER:
        shards = math.ceil(records / RECORDS_A_SHARD)
        cost = last + grows * math.log10(records / shards / sizes[-1])
        used = records * shards * cost / 1e3
        hosts = max(shards, math.ceil(used / CORES / NIGHT))
        print(
            f"  {records:>13,} records, {shards} shard(s): {cost * ROWS_A_PARTITION / 1e3:.1f} s of processor for each "
            f"partition in each shard, {used / 3600:,.1f} hours; {used / CORES / 3600:,.2f} hours on one host of two "
            f"cores, {used / CORES / hosts / 3600:.2f} on {hosts}"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.relink", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000_000], help="records, the smaller base first")
    parser.add_argument("--only", type=int, default=16, help="partitions searched of a base above a million")
    parser.add_argument("--engine", choices=("core", "spark"), default="core")
    parser.add_argument("--master", default=LOCAL_MASTER, help="address of Spark")
    options = parser.parse_args(argv)
    Index(reserve=16).warm()
    undisturbed()
    measured = []
    for size in options.sizes:
        print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}", flush=True)
        measured.append(measure(size, options.only, options.engine, options.master))
    if seen := [one for one in measured if one is not None]:
        on_paper(options.sizes, seen)
    return 0


if __name__ == "__main__":
    sys.exit(main())
