"""The index at start: from a snapshot of this replica where there is a good one, else from the whole table, in bulk.

A snapshot holds people, so it is kept like a table: its folder is readable by its owner alone, who is erased is wiped
from it, and what a replica that is gone left behind is removed by the next one that starts.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import psycopg

from services.dedup.domain.matching.record import ROW_BYTES
from services.dedup.index import snapshot
from services.dedup.index.index import Index
from shared.observability.logs import logger

log = logger("snapshot_store")

ROWS_AT_ONCE: Final = 50_000
SAMPLE: Final = 500
"""Rows of a snapshot compared with the table before it is trusted: so many of the latest, and so many over all of
it."""
_UNFINISHED: Final = ("index.new", "index.old")
LEFT_BEHIND_SECONDS: Final = 24 * 3600.0

Progress = Callable[[int, int], None]

# One Python object for 50,000 rows: the server puts (seq, row) after (seq, row), 104 bytes each.
_BLOCK = (
    "SELECT coalesce(string_agg(int8send(seq) || normalised, ''::bytea), ''::bytea) FROM (SELECT seq, normalised "
    "FROM identities WHERE seq > %s AND seq <= %s AND state = 'current' AND sandbox = %s ORDER BY seq) AS block"
)
_PACKED = np.dtype([("seq", ">i8"), ("row", np.uint8, (ROW_BYTES,))])
_PRESENT = "SELECT seq, normalised FROM identities WHERE seq = ANY(%s)"
_RETIRED = "SELECT seq FROM retirements WHERE number > %s ORDER BY number"


def read_table(
    connection: psycopg.Connection[Any],
    after: int,
    last: int,
    progress: Progress | None = None,
    *,
    sandbox: bool = False,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """(rows, seqs) of every current identity with ``after`` < seq <= ``last``, in order of seq.

    ``progress(done, total)`` counts seqs; ``sandbox``: of those of the sandbox instead of all others.
    """
    none = (np.zeros((0, ROW_BYTES), np.uint8), np.zeros(0, np.int64))
    rows, seqs = zip(none, *read_blocks(connection, after, last, progress, sandbox=sandbox), strict=True)
    return np.concatenate(rows), np.concatenate(seqs)


def read_blocks(
    connection: psycopg.Connection[Any],
    after: int,
    last: int,
    progress: Progress | None = None,
    *,
    sandbox: bool = False,
) -> Iterator[tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]]:
    """The same, a block at a time."""
    with connection.cursor(binary=True) as cursor:
        for start in range(after, last, ROWS_AT_ONCE):
            end = min(start + ROWS_AT_ONCE, last)
            [block] = cursor.execute(_BLOCK, (start, end, sandbox)).fetchone() or (b"",)
            table = np.frombuffer(block, _PACKED)
            yield np.ascontiguousarray(table["row"]), table["seq"].astype(np.int64)
            if progress:
                progress(end - after, last - after)


class SnapshotStore:
    """The snapshot of one replica under ``folder``; it holds the folder's lock for as long as the process lives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index_folder = folder / "index"
        self._position = folder / "position.json"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(
            self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB
        )  # BlockingIOError: another process of the same slot lives
        for name in _UNFINISHED:
            shutil.rmtree(folder / name, ignore_errors=True)

    def close(self) -> None:
        """Leave the folder to a later process."""
        os.close(self._lock)

    def restore(self, index: Index, connection: psycopg.Connection[Any]) -> tuple[int, int]:
        """Fill ``index`` from the snapshot; returns how far it goes: (last seq, last retirement).

        It is compared with the table first: a database put back from a backup may have given the same numbers to other
        people. Raises ``snapshot.Unusable``; the snapshot is then removed.
        """
        try:
            last_seq = index.load(self._index_folder)
            try:
                last_retirement = int(json.loads(self._position.read_text("utf-8"))["last_retirement"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise snapshot.Unusable("no position beside the snapshot") from error
            self._compare(index, connection, last_seq, last_retirement)
        except snapshot.Unusable:
            self.remove()
            raise
        return last_seq, last_retirement

    def _compare(self, index: Index, connection: psycopg.Connection[Any], last_seq: int, last_retirement: int) -> None:
        ends = connection.execute(
            "SELECT coalesce((SELECT max(seq) FROM identities), 0), coalesce((SELECT max(number) FROM retirements), 0)"
        ).fetchone()
        assert ends is not None
        if ends[0] < last_seq or ends[1] < last_retirement:
            raise snapshot.Unusable("the table is older than the snapshot")
        seqs, rows = index.sample(SAMPLE)
        found = dict(connection.execute(_PRESENT, (seqs.tolist(),)).fetchall())
        for seq, row in zip(seqs.tolist(), rows, strict=True):
            if seq not in found or (found[seq] is not None and found[seq] != row.tobytes()):
                raise snapshot.Unusable("the table holds other people under the same numbers")

    def retired_since(self, connection: psycopg.Connection[Any], number: int) -> list[int]:
        """Seqs that left the base after retirement ``number``; they are wiped from the snapshot too."""
        gone = [seq for (seq,) in connection.execute(_RETIRED, (number,)).fetchall()]
        self.scrub(gone)
        return gone

    def write(self, index: Index, last_retirement: int) -> None:
        """Write a snapshot. ``last_retirement``: up to where ``index`` had followed when this was called, at least."""
        index.snapshot(self._index_folder)
        # After the arrays: a kill in between leaves an older number, and forgetting somebody twice changes nothing.
        draft = self._position.with_suffix(".new")
        draft.write_text(json.dumps({"last_retirement": last_retirement}), "utf-8")
        draft.replace(self._position)

    def scrub(self, seqs: list[int]) -> None:
        """Wipe people from the snapshot on disk, if there is one, and from those whose replica does not live."""
        if not seqs:
            return
        if self._index_folder.exists():
            try:
                snapshot.scrub(self._index_folder, seqs)
            except (snapshot.Unusable, OSError) as error:
                log.warning("snapshot_removed", error=type(error).__name__)
                self.remove()
        for other in self._left_behind():
            try:
                snapshot.scrub(other / "index", seqs)
            except (snapshot.Unusable, OSError):  # nothing that a start could use: half written, or of another model
                _empty(other)

    def remove(self) -> None:
        """Forget the snapshot."""
        shutil.rmtree(self._index_folder, ignore_errors=True)
        self._position.unlink(missing_ok=True)

    def remove_left_behind(self) -> list[str]:
        """Remove the snapshots of other replicas that have not lived for a day."""
        removed = []
        for other in self._left_behind():
            # Wiping somebody touches the rows, not their numbers.
            written = [*other.glob("*/seqs.bin")] or [*other.glob("*/rows.bin")]
            newest = max((one.stat().st_mtime for one in written), default=0.0)
            if newest and time.time() - newest > LEFT_BEHIND_SECONDS:
                shutil.rmtree(other)
                removed.append(other.name)
        return removed

    def _left_behind(self) -> Iterator[Path]:
        """The folders of replicas that do not live, each held for as long as the caller looks at it."""
        for other in self._folder.parent.iterdir():
            if other == self._folder or not (other / "lock").exists():
                continue
            with contextlib.suppress(OSError):
                lock = os.open(other / "lock", os.O_RDWR)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    yield other
                finally:
                    os.close(lock)


def _empty(folder: Path) -> None:
    for name in ("index", *_UNFINISHED):
        shutil.rmtree(folder / name, ignore_errors=True)
