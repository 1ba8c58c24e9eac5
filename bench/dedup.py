"""Speed and size of the common base, beside the targets and beside a reference in the same run.

    python -m bench.dedup [--size 10000000] [--small 1000000] [--reference 200000] [--queries 4000] [--data DIR]

The reference is the embedded PostgreSQL with jellyfish codes stored in B-trees and a rapidfuzz re-rank.  The people are
invented
by ``bench.generator``; with ``--data``, those of the index (not of the reference) are the labelled files of that
folder, enlarged.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil

from bench.client import undisturbed
from bench.dedup_reference import Reference
from bench.generator import base_rows, cases, people
from bench.report_dedup import Labelled
from services.dedup.domain.matching.normalisation import normalise, normalise_many
from services.dedup.index.index import Index
from services.dedup.index.results import CANDIDATES
from services.dedup.training.data import Rows, as_rows

SEED = 2026
REAL = 200_000


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; 0 when every target is met, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m bench.dedup", description=__doc__)
    parser.add_argument("--size", type=int, default=10_000_000, help="records in the large base")
    parser.add_argument("--small", type=int, default=1_000_000, help="records in the base it is compared with")
    parser.add_argument("--queries", type=int, default=4_000, help="queries measured one by one")
    parser.add_argument("--reference", type=int, default=200_000, help="records given to PostgreSQL (0: leave it out)")
    parser.add_argument("--data", type=Path, help="folder of labelled files")
    options = parser.parse_args(argv)
    lines: list[tuple[str, float, str, float, bool]] = []

    def line(what: str, value: float, unit: str, target: float, at_most: bool = True) -> None:
        lines.append((what, value, unit, target, at_most))
        verdict = "ok" if (value <= target) == at_most or value == target else "SHORT"
        sign = "<=" if at_most else ">="
        print(f"{what:<52} {value:>12.3f} {unit:<10} target {sign} {target:<9g} {verdict}", flush=True)

    print(
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} (times below are wall-clock, other work slows "
        f"them)"
    )
    real = list(people(REAL, SEED))
    rows = [normalise(case.identity) for case in cases(real, options.queries, SEED + 1)]
    base: Callable[[int], Rows] = partial(base_rows, seed=SEED)
    if options.data:
        labelled = Labelled(options.data)
        drawn = np.random.default_rng(SEED).permutation(len(labelled.queries))[: options.queries]
        rows, base = [row.tobytes() for row in labelled.queries[drawn]], labelled.base
    Index(reserve=16).warm()
    undisturbed()

    small = Index(reserve=1000)
    small.build(base(options.small), np.arange(options.small))
    at_small = one_by_one(small, rows)
    p50_small = float(np.percentile(at_small, 50))
    print(f"one query at {options.small:,}: p50 {p50_small:.3f} ms, p99 {np.percentile(at_small, 99):.3f} ms")
    del small
    gc.collect()

    memory = psutil.Process()
    started = time.perf_counter()
    table = base(options.size)
    print(f"drew {options.size:,} records in {time.perf_counter() - started:.1f} s")
    large = Index(reserve=1_000_000)
    started = time.perf_counter()
    large.build(table, np.arange(options.size), progress=bar)
    line("build from stored rows", time.perf_counter() - started, "s", 60.0)
    del table
    gc.collect()
    line("memory with scoring columns", memory.memory_info().rss / 1e9, "GB", 3.0)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"most memory so far, the table it was built from included: {most:.2f} GB")
    at_large = one_by_one(large, rows)
    p50, p99 = (float(np.percentile(at_large, q)) for q in (50, 99))
    line(f"one query at {options.size:,}, p50", p50, "ms", 0.15)
    line(f"one query at {options.size:,}, p99", p99, "ms", 0.5)
    line("processor time per query (not slowed by other work)", processor_time(large, rows), "ms", 0.15)
    line("p50 against the smaller base", p50 / p50_small, "times", 1.5)
    many = as_rows(b"".join(rows * max(1, 20_000 // len(rows))))
    started, used = time.perf_counter(), time.process_time()
    large.search_many(many, limit=1, threads=2)
    line("bulk on two threads", len(many) / (time.perf_counter() - started), "queries/s", 15_000, at_most=False)
    print(f"  two processors with nothing else to do: {2 * len(many) / (time.process_time() - used):,.0f} queries/s")
    scored = (large.search_many(many[: len(rows)], limit=1, blocked=CANDIDATES).blocked >= 0).sum(1)
    print(f"  candidates scored per query: {scored.mean():.1f}")

    fresh = [normalise(identity) for identity in people(20_000, SEED + 7)]
    started = time.perf_counter()
    for number, row in enumerate(fresh):
        large.insert(options.size + number, row)
    line("insert, visible to the next query", (time.perf_counter() - started) / len(fresh) * 1e6, "us", 20.0)
    own, longest = longest_beside(large, rows, partial(threading.Event().wait, 10.0))
    print(f"longest query in 10 s without a merge: {own:.3f} ms, with all that was taken from it {longest:.3f} ms")
    for what, work in (("the delta", large.merge), ("everything", partial(large.merge, everything=True))):
        own, longest = longest_beside(large, rows, work)
        line(f"longest query while {what} is merged", own, "ms", 5.0)
        print(f"  with what the system and its host took for other work: {longest:.3f} ms")
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        large.snapshot(Path(folder) / "base")
        print(f"snapshot written in {time.perf_counter() - started:.1f} s")
        best = large.search(rows[0], limit=1)
        del large
        gc.collect()
        forget(Path(folder) / "base")
        started = time.perf_counter()
        again = Index(reserve=1_000_000)
        again.load(Path(folder) / "base")
        same = again.search(rows[0], limit=1)
        line("restart from a snapshot on disk, first answer", time.perf_counter() - started, "s", 5.0)
        if [m.seq for m in same] != [m.seq for m in best]:
            raise RuntimeError("the snapshot answers otherwise than the index it was made of")
        del again
    if options.reference:
        compare_with_reference(real[: options.reference])
    return 0 if all((value <= target) == at_most or value == target for _, value, _, target, at_most in lines) else 1


def one_by_one(index: Index, rows: Sequence[bytes]) -> npt.NDArray[np.float64]:
    """Milliseconds of each query through the Python call, after a warm-up."""
    for row in rows[:300]:
        index.search(row)
    times = np.empty(len(rows))
    for n, row in enumerate(rows):
        started = time.perf_counter()
        index.search(row)
        times[n] = time.perf_counter() - started
    return times * 1000


def processor_time(index: Index, rows: Sequence[bytes]) -> float:
    """Mean milliseconds of processor time of a query."""
    started = time.thread_time()
    for row in rows:
        index.search(row)
    return (time.thread_time() - started) / len(rows) * 1000


def longest_beside(index: Index, rows: Sequence[bytes], work: Callable[[], object]) -> tuple[float, float]:
    """Longest query, in ms, while ``work`` is done on another thread: what it worked or waited of its own accord (for a
    lock, for the interpreter), and with all that was taken from it.

    A query that never gave its processor up, to nobody, can have waited for nothing of this process: where it lasted
    longer than the processor time it used, the processor itself stood still, as a virtual one does that its host has no
    time for.
    """
    beside = threading.Thread(target=work)
    beside.start()
    own, longest, number = 0.0, 0.0, 0
    before = resource.getrusage(resource.RUSAGE_THREAD)
    while beside.is_alive():
        started, used = time.perf_counter(), time.thread_time()
        index.search(rows[number % len(rows)])
        took, used = time.perf_counter() - started, time.thread_time() - used
        after = resource.getrusage(resource.RUSAGE_THREAD)
        longest = max(longest, took)
        if after.ru_nivcsw == before.ru_nivcsw:
            own = max(own, took if after.ru_nvcsw != before.ru_nvcsw else used)
        before = after
        number += 1
    beside.join()
    return own * 1000, longest * 1000


def forget(folder: Path) -> None:
    """Have the system drop what it keeps in memory of the files of a folder, as after a restart of the machine."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def compare_with_reference(base: list[Any]) -> None:
    """The same people in PostgreSQL and in the index: time, and how often each puts a returning person first."""
    drawn = [case for case in cases(base, 1_500, SEED + 3) if case.match is not None]
    queries = [case.identity for case in drawn]
    index = Index(reserve=1000)
    index.build(normalise_many(base), range(len(base)))
    mine, ours = timed(lambda q: [m.seq for m in index.search(normalise(q), limit=1)], queries)
    with Reference(base) as reference:
        theirs, other = timed(lambda q: reference.search(q)[:1], queries)
    first = [sum(a == [c.match] for a, c in zip(found, drawn, strict=True)) / len(drawn) for found in (ours, other)]
    print(f"reference at {len(base):,}: PostgreSQL with stored phonetic codes in B-trees, rapidfuzz re-rank")
    for what, times in (("reference", theirs), ("the index, normalisation included", mine)):
        print(f"  {what:<36} p50 {np.percentile(times, 50):8.3f} ms   p99 {np.percentile(times, 99):8.3f} ms")
    ratio = np.percentile(theirs, 50) / np.percentile(mine, 50)
    print(f"  the index is {ratio:.1f} times as fast")
    print(f"  returning persons put first: the index {first[0]:.1%}, the reference {first[1]:.1%}")


def timed(
    search: Callable[[Any], list[int]], queries: Sequence[Any]
) -> tuple[npt.NDArray[np.float64], list[list[int]]]:
    """(milliseconds, answers) of each query."""
    times, answers = [], []
    for query in queries:
        started = time.perf_counter()
        answers.append(search(query))
        times.append((time.perf_counter() - started) * 1000)
    return np.array(times), answers


def bar(done: int, total: int) -> None:
    """A progress bar on the terminal."""
    if sys.stderr.isatty():
        filled = 40 * done // max(total, 1)
        print(
            f"\r[{'#' * filled}{'.' * (40 - filled)}]", end="\n" if done == total else "", file=sys.stderr, flush=True
        )


if __name__ == "__main__":
    raise SystemExit(main())
