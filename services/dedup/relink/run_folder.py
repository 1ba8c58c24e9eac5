"""The folder of one run: the base as it was, in partitions, and what was found for each.

It holds people. Its folder is readable by its owner alone; on a cluster it lies on storage that all workers share.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.model import Model
from services.dedup.domain.matching.record import LAYOUT_VERSION, ROW_BYTES
from services.dedup.domain.relink.linkage import Pairs, undirected
from services.dedup.index.index import Index
from services.dedup.index.results import CANDIDATES
from services.dedup.index.segments import Progress
from services.dedup.index.shard_index import ShardIndex
from shared.ids import uuid7

ROWS_A_PARTITION: Final = 25_000


class RunUnusable(Exception):
    """The folder cannot serve this run: absent, incomplete, or of another model. The text says which."""


@dataclass(frozen=True, slots=True)
class RunMeta:
    """What a run is of. ``floor``: log-odds from which a pair is kept; ``limit``: candidates read for each record;
    ``shards``: into how many parts the index is cut, each for a host of its own."""

    run_id: str
    model: str
    layout: int
    records: int
    last_seq: int
    partitions: int
    floor: float
    limit: int
    shards: int = 1


class Found(NamedTuple):
    """Directed pairs: who was asked about, who was found, and the log-odds that they are one person."""

    query: npt.NDArray[np.int64]
    found: npt.NDArray[np.int64]
    score: npt.NDArray[np.float64]

    def only(self, which: npt.NDArray[Any]) -> Found:
        """Those of a mask, or those at these places."""
        return Found(self.query[which], self.found[which], self.score[which])

    def best(self, most: int) -> Found:
        """The ``most`` best of each query, in order of query."""
        ordered = self.only(np.lexsort((self.found, -self.score, self.query)))
        _, starts, counts = np.unique(ordered.query, return_index=True, return_counts=True)
        places = np.arange(len(ordered.query)) - np.repeat(starts, counts)
        return ordered.only(places < most)

    @classmethod
    def joined(cls, parts: Sequence[Found]) -> Found:
        """All parts, one after the other."""
        none = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        return cls(*(np.concatenate(columns) for columns in zip(none, *parts, strict=True)))


class RunFolder:
    """Paths and files of a run; use ``prepare`` to make one and ``opened`` to go on with one."""

    def __init__(self, path: Path, meta: RunMeta) -> None:
        self.path, self.meta = path, meta

    def index(self, shard: int = 0) -> Path:
        """The snapshot of the index, or of one shard of it."""
        return self.path / f"index-{shard:02}"

    def households(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """(seqs, households) of all records, in rising order of seq."""
        table = np.memmap(self.path / "households.bin", np.int64, "r").reshape(2, -1)
        return table[0], table[1]

    def base(self, number: int) -> Path:
        """The records of a partition: seq, row, household."""
        return self.path / "base" / f"part-{number:05}.parquet"

    def tasks(self) -> list[int]:
        """What is to be searched: every partition in every shard, so that a worker stays long with one shard."""
        return list(range(self.meta.partitions * self.meta.shards))

    def task(self, number: int) -> tuple[int, int]:
        """(partition, shard) of a task."""
        shard, partition = divmod(number, self.meta.partitions)
        return partition, shard

    def found(self, task: int) -> Path:
        """The pairs found by a task."""
        partition, shard = self.task(task)
        return self.path / "pairs" / f"part-{partition:05}-{shard:02}.parquet"

    def missing(self) -> list[int]:
        """Tasks that nobody has done yet."""
        return [task for task in self.tasks() if not self.found(task).exists()]

    def read_base(self, number: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """(rows, seqs, households) of a partition."""
        import pyarrow.parquet as pq

        table = pq.read_table(self.base(number))
        rows = np.frombuffer(b"".join(table["row"].to_pylist()), np.uint8).reshape(-1, ROW_BYTES)
        return rows, table["seq"].to_numpy(), table["household"].to_numpy()

    def write_found(self, task: int, pairs: Found) -> None:
        """Keep the pairs of a task, whole or not at all: a task that is done twice writes the same."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        place = self.found(task)
        draft = place.with_name(f"{place.name}.{os.getpid()}.new")
        pq.write_table(pa.table(pairs._asdict()), draft)
        draft.replace(place)

    def directed(self) -> Found:
        """What all partitions found, in their order. Raises RunUnusable while some are missing.

        Of the answers of several shards to one record the best stand, as many as one index would read at most.
        """
        import pyarrow.parquet as pq

        if missing := self.missing():
            raise RunUnusable(f"{len(missing)} partition(s) sur {len(self.tasks())} restent à chercher")
        tables = [pq.read_table(self.found(task)) for task in self.tasks()]
        whole = Found.joined([Found(*(table[name].to_numpy() for name in Found._fields)) for table in tables])
        return whole if self.meta.shards == 1 else whole.best(CANDIDATES)

    def pairs(self) -> Pairs:
        """All pairs, each once."""
        return undirected(*self.directed())


@dataclass(frozen=True, slots=True)
class RunBase:
    """The base that a run is of: the model, and the rows, seqs and households of everybody, in order of seq.

    ``households``: one number for each record, the same for members of one application, who are never compared.
    """

    model: Model
    rows: npt.NDArray[np.uint8]
    seqs: npt.NDArray[np.int64]
    households: npt.NDArray[np.int64]


def prepare(
    path: Path,
    base: RunBase,
    *,
    floor: float,
    limit: int,
    rows_a_partition: int = ROWS_A_PARTITION,
    shards: int = 1,
    progress: Progress | None = None,
) -> RunFolder:
    """Write a run: the snapshot of the index, and the records in partitions. ``floor``, ``limit``, ``shards``: RunMeta.

    Raises RunUnusable where the folder holds something already.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.exists() and any(path.iterdir()):
        raise RunUnusable(f"{path} n'est pas vide : reprenez cette passe, ou nommez un autre dossier")
    rows, seqs, households = base.rows, base.seqs, base.households
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    partitions = -(-len(seqs) // rows_a_partition)
    last = int(seqs[-1]) if len(seqs) else 0
    meta = RunMeta(str(uuid7()), base.model.version, LAYOUT_VERSION, len(seqs), last, partitions, floor, limit, shards)
    folder = RunFolder(path, meta)
    for name in ("base", "pairs"):
        (path / name).mkdir()
    for number in range(partitions):
        part = slice(number * rows_a_partition, (number + 1) * rows_a_partition)
        block = pa.array([row.tobytes() for row in rows[part]], pa.binary(ROW_BYTES))
        table = pa.table({"seq": seqs[part], "row": block, "household": households[part]})
        pq.write_table(table, folder.base(number))
        if progress:
            progress(number + 1, partitions)
    np.concatenate([seqs, households]).astype(np.int64).tofile(path / "households.bin")
    for shard in range(shards):
        _indexed(base, (shard, shards)).snapshot(folder.index(shard))
    draft = path / "run.json.new"
    draft.write_text(json.dumps(asdict(meta), indent=1), "utf-8")
    draft.replace(path / "run.json")
    return folder


def _indexed(base: RunBase, part: tuple[int, int]) -> Index:
    if part[1] == 1:
        index = Index(base.model, reserve=0)
        index.build(base.rows, base.seqs)
        return index
    shard = ShardIndex(part, base.model, reserve=0)
    shard.fill([(base.rows, base.seqs)])
    return shard


def opened(path: Path, model: str | None = None) -> RunFolder:
    """A run that was prepared. Raises RunUnusable: none there, not finished, or of another model than ``model``."""
    try:
        meta = RunMeta(**json.loads((path / "run.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise RunUnusable(f"{path} ne contient pas de passe complète ({type(error).__name__})") from error
    if meta.layout != LAYOUT_VERSION:
        raise RunUnusable(f"la passe a des lignes de format {meta.layout}, le code en lit de format {LAYOUT_VERSION}")
    if model is not None and meta.model != model:
        raise RunUnusable(f"la passe est du modèle {meta.model}, le modèle chargé est {model}")
    return RunFolder(path, meta)


def remove(folder: RunFolder) -> None:
    """Forget a run: its folder holds people."""
    shutil.rmtree(folder.path)
