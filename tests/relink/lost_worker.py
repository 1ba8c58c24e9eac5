"""A process of Spark is lost in the middle of a run: it is tried again, or the next start goes on, to the same bytes.

Part of ``make relink-test``; a small base, whatever RECORDS says. An executor lost in a cluster: ``whole_base.py``.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from services.dedup.relink import engines
from services.dedup.relink.run_folder import RunBase, RunFolder
from tests.relink.bases import base_of, run_of

RECORDS = 6_000
PARTITIONS = 64
PATIENCE = 600.0
PAUSE = 0.005
SEARCH = (
    "import sys; from pathlib import Path; from services.dedup.relink import engines, run_folder\n"
    "try: engines.search_on_spark(run_folder.opened(Path(sys.argv[1])))\n"
    "except engines.EngineEnded as error: sys.exit(str(error))"
)


@pytest.fixture(scope="module")
def base() -> RunBase:
    return base_of(RECORDS)


@pytest.fixture(scope="module")
def undisturbed(base: RunBase, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = run_of(base, tmp_path_factory.mktemp("here") / "run", PARTITIONS)
    engines.search_here(folder)
    return folder


def bytes_of(folder: RunFolder) -> dict[str, bytes]:
    """Every file of pairs; what a killed worker was writing has another ending."""
    return {path.name: path.read_bytes() for path in sorted((folder.path / "pairs").glob("*.parquet"))}


def is_java(process: psutil.Process) -> bool:
    return process.name() == "java"


def is_python_worker(process: psutil.Process) -> bool:
    """A worker is a fork of the daemon that Java started; the daemon itself has Java for a parent."""
    parent = process.parent()
    return parent is not None and "pyspark.daemon" in " ".join(parent.cmdline())


def lost_in_the_middle(folder: RunFolder, which: Callable[[psutil.Process], bool]) -> subprocess.Popen[str]:
    """Search on Spark in a process of its own, and kill one of its processes once some partitions are done."""
    search = start(folder)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and search.poll() is None:
        if len(folder.missing()) < PARTITIONS and kill_one(search.pid, which):
            assert folder.missing(), "it was lost in the middle, not at the end"
            return search
        with contextlib.suppress(subprocess.TimeoutExpired):
            search.wait(PAUSE)
    search.kill()
    raise AssertionError(f"nothing was there to be lost: {search.communicate()}")


def start(folder: RunFolder) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SEARCH, str(folder.path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kill_one(parent: int, which: Callable[[psutil.Process], bool]) -> bool:
    for process in psutil.Process(parent).children(recursive=True):
        try:
            if which(process):
                process.send_signal(signal.SIGKILL)
                return True
        except psutil.Error:
            continue
    return False


def test_a_worker_that_is_killed_is_tried_again(base: RunBase, undisturbed: RunFolder, tmp_path: Path) -> None:
    folder = run_of(base, tmp_path / "run", PARTITIONS)
    search = lost_in_the_middle(folder, is_python_worker)
    _, said = search.communicate(timeout=PATIENCE)
    assert search.returncode == 0, said
    assert bytes_of(folder) == bytes_of(undisturbed)


def test_when_java_is_killed_the_next_start_goes_on(base: RunBase, undisturbed: RunFolder, tmp_path: Path) -> None:
    folder = run_of(base, tmp_path / "run", PARTITIONS)
    search = lost_in_the_middle(folder, is_java)
    _, said = search.communicate(timeout=PATIENCE)
    left = len(folder.missing())
    assert search.returncode == 1
    assert 0 < left < PARTITIONS
    assert "la même commande reprend" in said
    before = {path.name: path.stat().st_mtime_ns for path in (folder.path / "pairs").glob("*.parquet")}
    again = start(folder)
    _, said = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, said
    after = {path.name: path.stat().st_mtime_ns for path in (folder.path / "pairs").glob("*.parquet")}
    assert before.items() <= after.items(), "what was done stays done"
    assert bytes_of(folder) == bytes_of(undisturbed)
