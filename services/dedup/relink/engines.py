"""Who searches the partitions of a run: threads of this process, or workers of Spark. The answers are the same."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.dedup.index.segments import Progress
from services.dedup.relink.partition_search import search_task
from services.dedup.relink.run_folder import RunFolder

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

ROOT: Final = Path(__file__).parents[3]
LOCAL_MASTER: Final = "local[2,4]"
"""Two threads of this machine; a task whose worker ends is tried four times, as on a cluster."""
WORKER_MEMORY: Final = "1g"
WITHOUT_SPARK: Final = (
    "ou passez sur cette machine seule : search --engine core, compare --engine duckdb (ni Java ni Spark)"
)


class EngineMissing(Exception):
    """What the engine needs is not on this machine; the text says what else there is."""


class EngineEnded(Exception):
    """The engine ended before the search; the text says how many partitions are left for the next start."""


def search_here(folder: RunFolder, threads: int = 2, progress: Progress | None = None) -> int:
    """Search what is missing of a run in this process; returns how many directed pairs were found now."""
    missing, pairs = folder.missing(), 0
    for done, task in enumerate(missing, start=1):
        pairs += search_task(folder.path, task, threads)
        if progress:
            progress(done, len(missing))
    return pairs


def search_on_spark(folder: RunFolder, master: str = LOCAL_MASTER) -> int:
    """Search what is missing of a run on Spark; returns how many directed pairs were found now.

    ``master``: an address of Spark. On a cluster the folder lies on storage that all workers reach under this path, and
    each has this code and its libraries. Raises EngineMissing, or EngineEnded where Spark gave up: what was searched by
    then is kept.
    """
    missing = folder.missing()
    if not missing:
        return 0
    session = session_of(master)
    try:
        # One task of Spark for each of the run: a hash would put several into one.
        tasks = session.sparkContext.parallelize([(task,) for task in missing], len(missing)).toDF(["task"])
        done = tasks.mapInArrow(_searching(str(folder.path)), "task long, pairs long").collect()
    except Exception as error:  # of Spark, of its Java, of the line to it: each says it in a class of its own
        left = len(folder.missing())
        raise EngineEnded(
            f"Spark s'est arrêté ({type(error).__name__}) : {left} partition(s) sur {len(folder.tasks())} restent à "
            "chercher ; la même commande reprend"
        ) from error
    finally:
        # A session whose Java is gone cannot be stopped.
        with contextlib.suppress(Exception):
            session.stop()
    return sum(row.pairs for row in done)


def _searching(path: str) -> Any:
    """The function of a worker: the numbers of tasks in, how many pairs each has out."""

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow

        from services.dedup.relink import partition_search

        for batch in batches:
            numbers = batch.column("task").to_pylist()
            pairs = [partition_search.search_task(Path(path), task) for task in numbers]
            yield pyarrow.RecordBatch.from_pydict({"task": numbers, "pairs": pairs})

    return work


def session_of(master: str) -> SparkSession:
    """A session of Spark. Raises EngineMissing without Java or without the libraries of this job."""
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise EngineMissing(f"Java est absent : installez Java 17, {WITHOUT_SPARK}")
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineMissing(f"PySpark est absent : installez locks/relink.txt, {WITHOUT_SPARK}") from error
    os.environ["PYSPARK_PYTHON"] = sys.executable
    return (
        SparkSession.builder.master(master)
        .appName("relink")
        .config("spark.ui.enabled", "false")
        .config("spark.executorEnv.PYTHONPATH", str(ROOT))
        .config("spark.executor.memory", WORKER_MEMORY)
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "1")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
