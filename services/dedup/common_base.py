"""The common base in this process: the in-memory index, kept up to date with every committed row of ``identities``.

The table is the truth; each replica holds the whole base and follows it by ``seq`` (new rows) and by the numbers of
``retirements`` (rows that left). Both orders are commit orders, because whoever writes them holds one advisory lock.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import sqlalchemy as sa

from services.dedup.index import Index
from services.dedup.layout import ROW_BYTES
from shared.observe import logger
from shared.service import Runtime
from shared.settings import Settings
from shared.store import Database

log = logger("common_base")

TEND_SECONDS = 2.0
MOST_AT_ONCE = 50_000
KEY = "common_base"

# One tuple of a binary COPY of (seq, normalised): number of fields, then each field with its length before it.
_TUPLE = np.dtype(
    [("fields", ">i2"), ("a", ">i4"), ("seq", ">i8"), ("b", ">i4"), ("row", np.uint8, (ROW_BYTES,))]
)  # fmt: skip
_COPY_HEADER = 19  # signature (11 bytes), flags and length of the extension (4 each)
_COPY_TRAILER = 2

_NEW = sa.text("SELECT seq, normalised FROM identities WHERE seq > :seq ORDER BY seq LIMIT :most")
_RETIRED = sa.text("SELECT number, seq FROM retirements WHERE number > :number ORDER BY number")


class CommonBase:
    """One per process: the index, and how far it has read the table."""

    def __init__(self, settings: Settings, database: Database, index: Index | None = None) -> None:
        self._settings = settings
        self._database = database
        self.index = index or Index()
        self.last_seq = 0
        self.last_retirement = 0
        self._reading = asyncio.Lock()

    async def load(self) -> None:
        """Read the whole table in bulk and warm the compiled code; done once, before any event or request."""
        await asyncio.to_thread(self._load)
        log.info("common_base_loaded", size=self.index.size, last_seq=self.last_seq)

    def _load(self) -> None:
        self.index.warm()
        with psycopg.connect(self._settings.conninfo()) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            last = connection.execute(
                "SELECT coalesce((SELECT max(seq) FROM identities), 0), coalesce((SELECT max(number) FROM retirements), 0)"
            ).fetchone()
            assert last is not None
            with connection.cursor().copy(
                "COPY (SELECT seq, normalised FROM identities WHERE state = 'current') TO STDOUT (FORMAT binary)"
            ) as copy:
                content = bytearray()
                for block in copy:
                    content += block
        table = np.frombuffer(content, _TUPLE, offset=_COPY_HEADER, count=_count(content))
        self.index.build(np.ascontiguousarray(table["row"]), table["seq"].astype(np.int64))
        self.last_seq, self.last_retirement = last

    async def catch_up(self) -> None:
        """Make every committed identity visible to the next search, and forget every one that was retired."""
        async with self._reading:
            more = True
            while more:
                async with self._database.unit() as unit:
                    new = await unit.rows(_NEW, {"seq": self.last_seq, "most": MOST_AT_ONCE})
                    gone = await unit.rows(_RETIRED, {"number": self.last_retirement})
                more = len(new) == MOST_AT_ONCE
                if len(new) + len(gone) > 200:
                    await asyncio.to_thread(self._apply, new, gone)
                else:
                    self._apply(new, gone)

    def _apply(self, new: Any, gone: Any) -> None:
        for row in new:
            if row.normalised is not None:
                self.index.insert(row.seq, bytes(row.normalised))
            self.last_seq = row.seq
        for row in gone:
            self.index.erase(row.seq)
            self.last_retirement = row.number

    async def search(self, rows: bytes, limit: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        """Seqs, scores and points of the best candidates of each row, off the event loop."""
        found = await asyncio.to_thread(self.index.search_many, rows, limit)
        return found.seqs, found.scores, found.points

    async def tend(self) -> None:
        """Follow the table even where nobody asks, and merge what was inserted when it is worth its while."""
        while True:
            try:
                await self.catch_up()
            except (sa.exc.SQLAlchemyError, OSError) as error:  # the next request or batch tells it louder
                log.warning("common_base_not_followed", error=type(error).__name__)
            if self.index.merge_due():
                await asyncio.to_thread(self.index.merge)
            await asyncio.sleep(TEND_SECONDS)


def _count(content: bytearray) -> int:
    return (len(content) - _COPY_HEADER - _COPY_TRAILER) // _TUPLE.itemsize


async def start(runtime: Runtime) -> None:
    """Hook: load the base before consumers and routes, then keep it fresh in the background."""
    base = CommonBase(runtime.settings, runtime.database)
    await base.load()
    runtime.state[KEY] = base
    runtime.state["tending"] = asyncio.create_task(base.tend(), name="tend_common_base")


async def stop(runtime: Runtime) -> None:
    """Hook: end the background following."""
    task: asyncio.Task[None] = runtime.state["tending"]
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def of(runtime: Runtime) -> CommonBase:
    """The common base of this process."""
    base: CommonBase = runtime.state[KEY]
    return base
