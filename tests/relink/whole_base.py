"""The core on Spark in a local cluster, the core on this machine, Splink on DuckDB: one base, held side by side.

make relink-test                      200,000 records
make relink-test RECORDS=1000000      (SPLINK_ON_SPARK=1: Splink on Spark too, some minutes)
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from services.dedup.domain.relink.linkage import Pairs
from services.dedup.relink import engines, splink_linker
from services.dedup.relink.base_run import compared
from services.dedup.relink.run_folder import RunBase, RunFolder
from tests.relink.bases import base_of, people_again, run_of

RECORDS = int(os.environ.get("RELINK_RECORDS", "200000"))
CLUSTER = "local-cluster[2,1,2048]"
PARTITIONS = 16
LABELS = 2_000
"""Of those who came again, how many Splink is told of, as reviewers' judgements would tell it."""
SHARED_LEAST = 0.5
"""Share of Splink's pairs that the core sees too, at least: two linkers that agree on less read different records."""


@pytest.fixture(scope="module", autouse=True)
def java_knows_splink() -> None:
    if os.environ.get("SPLINK_ON_SPARK"):
        splink_linker.teach_java()


@pytest.fixture(scope="module")
def base() -> RunBase:
    return base_of(RECORDS)


@pytest.fixture(scope="module")
def searched_here(base: RunBase, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = run_of(base, tmp_path_factory.mktemp("here") / "run", PARTITIONS)
    began = time.perf_counter()
    engines.search_here(folder)
    told("core, this process, two threads", folder, began)
    return folder


def told(what: str, folder: RunFolder, began: float) -> None:
    seconds = time.perf_counter() - began
    print(f"\n{what}: {folder.meta.records} records in {seconds:.1f} s, {len(folder.pairs())} pairs", flush=True)


def is_the_same(one: RunFolder, other: RunFolder) -> bool:
    return all(np.array_equal(*columns) for columns in zip(one.directed(), other.directed(), strict=True))


def test_spark_gives_the_same_pairs_to_the_bit(base: RunBase, searched_here: RunFolder, tmp_path: Path) -> None:
    folder = run_of(base, tmp_path / "run", PARTITIONS)
    began = time.perf_counter()
    engines.search_on_spark(folder, CLUSTER)
    told(f"core, {CLUSTER}", folder, began)
    assert is_the_same(folder, searched_here)


def test_an_executor_lost_in_the_middle_changes_nothing(
    base: RunBase, searched_here: RunFolder, tmp_path: Path
) -> None:
    folder = run_of(base, tmp_path / "run", PARTITIONS)
    killed: list[int] = []

    def kill_one() -> None:
        pause = threading.Event()
        while not killed:
            if len(folder.missing()) < PARTITIONS:
                found = [one for one in psutil.Process().children(recursive=True) if is_executor(one)]
                if found:
                    killed.append(found[0].pid)
                    found[0].send_signal(signal.SIGKILL)
            pause.wait(0.05)

    watch = threading.Thread(target=kill_one, daemon=True)
    watch.start()
    engines.search_on_spark(folder, CLUSTER)
    assert killed
    assert is_the_same(folder, searched_here)


def is_executor(process: psutil.Process) -> bool:
    try:
        return "CoarseGrainedExecutorBackend" in " ".join(process.cmdline())
    except psutil.Error:
        return False


@pytest.mark.parametrize("labels", [0, LABELS])
def test_splink_reads_the_same_base_and_agrees_on_most_of_it(searched_here: RunFolder, labels: int) -> None:
    again = people_again(RECORDS)
    began = time.perf_counter()
    theirs = splink_linker.linked_on_duckdb(searched_here, random.Random(1).sample(again, min(labels, len(again))))
    seconds = time.perf_counter() - began
    mine = searched_here.pairs()
    held = compared(mine, theirs)
    print(f"\nSplink on DuckDB, {labels} labels: {seconds:.1f} s; both {held.both}, ", end="")
    print(f"core alone {len(held.core_only)}, Splink alone {len(held.other_only)}")
    print(f"people who came again: core {recall(mine, again):.3f}, Splink {recall(theirs, again):.3f}", flush=True)
    assert held.both / len(theirs) >= SHARED_LEAST
    assert len(held.core_only)


def recall(pairs: Pairs, again: list[tuple[int, int]]) -> float:
    """The share of those who came again that a linker sees as the earlier person."""
    found = set(zip(pairs["lower"].tolist(), pairs["higher"].tolist(), strict=True))
    return sum(pair in found for pair in again) / len(again)


@pytest.mark.skipif(not os.environ.get("SPLINK_ON_SPARK"), reason="SPLINK_ON_SPARK=1 asks for it: some minutes")
def test_splink_on_spark_gives_what_splink_on_duckdb_gives(searched_here: RunFolder) -> None:
    spark = splink_linker.linked_on_spark(searched_here)
    duckdb = splink_linker.linked_on_duckdb(searched_here)
    held = compared(spark, duckdb)
    assert held.both / max(len(spark), len(duckdb)) >= 0.99
