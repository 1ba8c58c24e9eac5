"""One index beside the same base in shards, each in a process of its own: what is found, how fast, in how much memory.

    python -m bench.shards [--size 1000000] [--shards 4] [--queries 100000] [--host-gb 24]

Queries are people of the base who come again under another spelling. Every pair above the threshold that the shards
miss is listed with its score, and the run fails where they are more than one in ten thousand or a score differs.
Memory and time of larger bases are computed from what was measured.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import psutil

from bench.client import undisturbed
from bench.generator import base_rows, people, returning
from deploy.processes import free_port
from services.dedup.domain.matching.normalisation import normalise_many
from services.dedup.index.index import Index
from services.dedup.index.results import BulkResults
from services.dedup.index.shard_index import ShardIndex, merged
from services.dedup.search.shard_line import Answer, Question, ShardLine, serve
from services.dedup.training.data import Rows, as_rows

SEED: Final = 2026
REAL: Final = 200_000
LIMIT: Final = 16
BATCH: Final = 500
ONE_BY_ONE: Final = 2_000
BLOCK: Final = 250_000
MISSING_AT_MOST: Final = 1 / 10_000
LARGER: Final = (10_000_000, 100_000_000, 1_000_000_000)
HOST: Final = "127.0.0.1"
TO_BUILD: Final = 1.4
"""What an index takes while it is built, of what it takes then (docs/matching/operations.md)."""


@dataclass
class Measured:
    """One way of holding the base: gigabytes of each process, milliseconds of single queries, bulk, processor time."""

    gigabytes: list[float]
    results: BulkResults
    single: npt.NDArray[np.float64]
    per_second: float
    processor_ms: float

    def show(self, what: str) -> None:
        """Print it in one line."""
        memory = " + ".join(f"{one:.2f}" for one in self.gigabytes)
        p50, p99 = np.percentile(self.single, [50, 99])
        print(f"{what:<12} {memory} GB; one query p50 {p50:.3f} ms, p99 {p99:.3f} ms; ", end="")
        print(
            f"{self.per_second:,.0f} queries/s in batches of {BATCH}; {self.processor_ms:.3f} ms of processor a query"
        )


def asked(size: int, count: int) -> Rows:
    """People of a base of this size who come again."""
    known, rng = list(people(min(size, REAL), SEED)), random.Random(SEED + 3)
    return as_rows(normalise_many(returning(rng.choice(known), rng)[0] for _ in range(count)))


def measure_whole(folder: Path, table: Rows, queries: Rows) -> Measured:
    """One index: its memory in a process that holds nothing else, its speed in this one."""
    with processes_of(folder, 1) as (_, _, gigabytes):
        pass
    index = Index(reserve=1000)
    index.build(table, np.arange(1, len(table) + 1))
    single = []
    for row in queries[:ONE_BY_ONE]:
        began = time.perf_counter()
        index.search_many(row.tobytes(), LIMIT, 1)
        single.append(time.perf_counter() - began)
    began, used = time.perf_counter(), time.process_time()
    parts = [index.search_many(queries[at : at + BATCH], LIMIT, 2) for at in range(0, len(queries), BATCH)]
    seconds, used = time.perf_counter() - began, time.process_time() - used
    return Measured(gigabytes, joined(parts), np.array(single) * 1e3, len(queries) / seconds, used / len(queries) * 1e3)


def joined(parts: Sequence[BulkResults]) -> BulkResults:
    """The answers of one batch after the other; points are not compared here."""
    seqs, scores = (np.concatenate([getattr(part, name) for part in parts]) for name in ("seqs", "scores"))
    return BulkResults(seqs, scores, np.zeros((0, 0, 0)), np.zeros((0, 0), np.int64))


@contextmanager
def processes_of(folder: Path, shards: int) -> Iterator[tuple[list[int], list[subprocess.Popen[str]], list[float]]]:
    """So many processes that hold the base together: their ports, themselves, and the gigabytes that each took."""
    ports = [free_port() for _ in range(shards)]
    begin = [sys.executable, "-m", "bench.shards", "--folder", str(folder)]
    children = [
        subprocess.Popen([*begin, "--serve", f"{at}/{shards}", "--port", str(port)], stdout=subprocess.PIPE, text=True)
        for at, port in enumerate(ports)
    ]
    try:
        yield ports, children, [float(child.stdout.readline().split()[1]) for child in children if child.stdout]
    finally:
        for child in children:
            child.terminate()
            child.wait()


def measure_shards(folder: Path, shards: int, queries: Rows) -> Measured:
    """The shards as processes, asked over their lines."""
    with processes_of(folder, shards) as (ports, children, gigabytes):
        return asyncio.run(ask_shards(ports, children, gigabytes, queries))


async def ask_shards(
    ports: Sequence[int], children: Sequence[subprocess.Popen[str]], gigabytes: list[float], queries: Rows
) -> Measured:
    """Each query to every shard, one by one and in batches."""
    lines = [ShardLine([(HOST, port)], None) for port in ports]

    async def ask(rows: bytes) -> BulkResults:
        questions = [Question("", (at, len(ports)), 0, 0, LIMIT) for at in range(len(ports))]
        everybody = (line.ask(question, rows) for line, question in zip(lines, questions, strict=True))
        return merged(await asyncio.gather(*everybody), LIMIT)

    single = []
    for row in queries[:ONE_BY_ONE]:
        began = time.perf_counter()
        await ask(row.tobytes())
        single.append(time.perf_counter() - began)
    began, used = time.perf_counter(), processor(children)
    parts = [await ask(queries[at : at + BATCH].tobytes()) for at in range(0, len(queries), BATCH)]
    seconds, used = time.perf_counter() - began, processor(children) - used
    for line in lines:
        line.close()
    return Measured(gigabytes, joined(parts), np.array(single) * 1e3, len(queries) / seconds, used / len(queries) * 1e3)


def processor(children: Sequence[subprocess.Popen[str]]) -> float:
    """Seconds of processor that these processes took so far."""
    return sum(sum(psutil.Process(child.pid).cpu_times()[:2]) for child in children)


def serve_shard(folder: Path, part: tuple[int, int], port: int) -> None:
    """One shard: fills itself from the rows of the folder, then answers until it is ended."""
    table = np.load(folder / "rows.npy", mmap_mode="r")
    Index(reserve=16).warm()
    process = psutil.Process()
    before = process.memory_info().rss
    index = ShardIndex(part, reserve=1000)
    starts = range(0, len(table), BLOCK)
    index.fill(
        (np.ascontiguousarray(table[at : at + BLOCK]), np.arange(at + 1, min(at + BLOCK, len(table)) + 1))
        for at in starts
    )
    del table

    async def answer(question: Question, rows: bytes) -> Answer:
        return Answer(await asyncio.to_thread(index.search_many, rows, question.limit, 1), index.size)

    async def answer_for_ever() -> None:
        server = await serve(HOST, port, answer, None)
        print(f"holds {(process.memory_info().rss - before) / 1e9:.3f}", flush=True)
        await server.serve_forever()

    asyncio.run(answer_for_ever())


def compare(whole: BulkResults, cut: BulkResults) -> bool:
    """Print what both find and what one alone finds; whether that is as it was promised."""
    one, other = (
        {(q, seq): score for q, line in enumerate(both) for seq, score in line if seq >= 0 and score >= 0}
        for both in (
            [list(zip(*line, strict=True)) for line in zip(r.seqs.tolist(), r.scores.tolist(), strict=True)]
            for r in (whole, cut)
        )
    )
    shared = one.keys() & other.keys()
    unequal = sum(one[key] != other[key] for key in shared)
    missing = sorted(one.keys() - other.keys())
    print(f"pairs above the threshold: {len(shared)} found by both, {unequal} of them with another score; ", end="")
    print(f"{len(missing)} missing in the shards, {len(other.keys() - one.keys())} found by them alone")
    for query, seq in missing:
        print(f"  missing: query {query}, record {seq}, log-odds {one[query, seq]:.2f}")
    return not unequal and len(missing) <= len(one) * MISSING_AT_MOST


def on_paper(size: int, whole: Measured, cut: Measured, host_gb: float) -> None:
    """Memory, shards and processor time of larger bases, from what was measured here."""
    held, mean = size / len(cut.gigabytes), sum(cut.gigabytes) / len(cut.gigabytes)
    a_record = (whole.gigabytes[0] - mean) / (size - held)
    fixed = mean - a_record * held
    print(f"computed: {fixed * 1e3:.0f} MB a process and {a_record * 1e9:.0f} bytes a record; hosts of {host_gb:g} GB")
    for records in LARGER:
        shards = max(1, math.ceil(records * a_record / (host_gb / TO_BUILD - fixed)))
        # A shard of so large a base is no cheaper to ask than the one index that was measured.
        cost = max(whole.processor_ms, cut.processor_ms / len(cut.gigabytes)) * shards
        print(
            f"  {records:>13,} records: {records * a_record + fixed:5.1f} GB whole; {shards} shard(s) of "
            f"{records * a_record / shards + fixed:.1f} GB; {cost:.2f} ms of processor a query over all, "
            f"{records * cost / 3.6e6:,.1f} processor hours to link everybody again"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Print the figures; 0 when the shards find what the one index finds."""
    parser = argparse.ArgumentParser(prog="python -m bench.shards", description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="records in the base")
    parser.add_argument("--shards", type=int, default=4, help="processes that share it")
    parser.add_argument("--queries", type=int, default=100_000, help="people who come again")
    parser.add_argument("--host-gb", type=float, default=24.0, help="memory of a host, for what is computed")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.serve:
        at, _, count = options.serve.partition("/")
        serve_shard(options.folder, (int(at), int(count)), options.port)
        return 0
    if options.shards < 2:
        parser.error("--shards: two at least")
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; {options.size:,} records", flush=True)
    Index(reserve=16).warm()
    table, queries = base_rows(options.size, SEED), asked(options.size, options.queries)
    undisturbed()
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "rows.npy", table)
        whole = measure_whole(Path(folder), table, queries)
        whole.show("one index")
        cut = measure_shards(Path(folder), options.shards, queries)
    cut.show(f"{options.shards} shards")
    held = compare(whole.results, cut.results)
    on_paper(options.size, whole, cut, options.host_gb)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
