"""The common base in this process: the in-memory index, kept up to date with every committed row of ``identities``.

The table is the truth; each replica holds the whole base and follows it by ``seq`` (new rows) and by the numbers of
``retirements`` (rows that left). Both orders are commit orders, because whoever writes them holds one advisory lock. At
start a snapshot spares reading the table again (``search/snapshot_store.py``).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

import numpy.typing as npt
import psycopg
import sqlalchemy as sa

from services.dedup.domain.matching.model import load_model, probability
from services.dedup.domain.pairs.algorithm_description import thresholds_of
from services.dedup.index import snapshot
from services.dedup.index.results import CANDIDATES, Match
from services.dedup.search.snapshot_store import Progress, SnapshotStore, read_table
from services.dedup.store import model_versions
from shared.contract.sandbox import in_sandbox
from shared.database.unit_of_work import Database
from shared.observability.logs import logger
from shared.service.runtime import Runtime
from shared.settings import Settings

if TYPE_CHECKING:
    from services.dedup.index.index import Index

log = logger("common_base")

TEND_SECONDS: Final = 2.0
MOST_AT_ONCE: Final = 50_000
KEY: Final = "common_base"
SANDBOX_KEY: Final = "sandbox_base"
SNAPSHOT_FROM: Final = 20_000
"""Identities from which a snapshot is worth its disk: fewer are read from the table in a moment."""
SNAPSHOT_SECONDS: Final = 600.0
"""Least time between two snapshots: at ten million identities one is two gigabytes."""
PROGRESS_SECONDS: Final = 5.0

# One question for both: what came and what left, in one view of the table.
_CHANGES = sa.text(
    "(SELECT seq, CASE WHEN sandbox = :sandbox THEN normalised END AS normalised, CAST(NULL AS bigint) AS number "
    "FROM identities WHERE seq > :seq ORDER BY seq LIMIT :most) "
    "UNION ALL (SELECT seq, NULL, number FROM retirements WHERE number > :number ORDER BY number)"
)
_ENDS = "SELECT coalesce((SELECT max(seq) FROM identities), 0), coalesce((SELECT max(number) FROM retirements), 0)"


class CommonBase:
    """One per process: the index, and how far it has read the table; ``sandbox``: that of the sandbox, apart."""

    def __init__(
        self, settings: Settings, database: Database, index: Index | None = None, *, sandbox: bool = False
    ) -> None:
        self.sandbox = sandbox
        self._settings = settings
        self._database = database
        self._index = index
        self.model = load_model() if index is None else index.model
        self.is_loaded = False
        self.version = self.model.version
        self.thresholds = thresholds_of(self.model)
        self.control_secret = settings.dedup_control_secret.get_secret_value().encode()
        self.last_seq = 0
        self.last_retirement = 0
        self.snapshot_from = SNAPSHOT_FROM
        self._reading = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self._keeper: SnapshotStore | None = None
        self._to_scrub: list[int] = []
        self._kept_seq = self._kept_retirement = 0
        self._kept_at = self._looked_around_at = -SNAPSHOT_SECONDS

    @property
    def index(self) -> Index:
        """The index; only once the base is loaded does it hold everybody (``is_loaded``)."""
        if self._index is None:
            from services.dedup.index.index import Index  # not above: it cannot be had where numba cannot run

            self._index = Index(self.model)
        return self._index

    @property
    def size(self) -> int:
        """Records that can be found."""
        return self.index.size

    async def load(self) -> None:
        """Fill the index and warm the compiled code; done once, before any event or request."""
        started = time.monotonic()
        restored = await asyncio.to_thread(self._load)
        await self.follow_versions()
        self.is_loaded = True
        log.info(
            "common_base_loaded",
            size=self.index.size,
            last_seq=self.last_seq,
            from_snapshot=restored,
            seconds=round(time.monotonic() - started, 1),
        )

    def _load(self) -> bool:
        self.index.warm()
        folder = self._settings.state_dir / "common_base" / self._settings.slot
        try:
            if not self.sandbox:  # small, and gone each night
                self._keeper = SnapshotStore(folder)
                self._remove_left_behind(self._keeper)
        except OSError as error:  # no disk to write on: the table is read at each start
            log.warning("no_snapshot_kept", error=type(error).__name__)
        with psycopg.connect(self._settings.conninfo()) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            ends = connection.execute(_ENDS).fetchone()
            assert ends is not None
            restored = self._restore(connection, ends[0])
            if not restored:
                self._fill(connection, ends[0])
        self.last_seq, self.last_retirement = ends
        return restored

    def _fill(self, connection: psycopg.Connection[Any], last: int) -> None:
        rows, seqs = read_table(connection, 0, last, _progress_logger("read"), sandbox=self.sandbox)
        self.index.build(rows, seqs, progress=_progress_logger("indexed"))

    def _restore(self, connection: psycopg.Connection[Any], last: int) -> bool:
        """Whether a snapshot, and the rows that came and left after it, filled the index."""
        if self._keeper is None:
            return False
        try:
            kept_seq, kept_retirement = self._keeper.restore(self.index, connection)
        except snapshot.Unusable as error:
            log.info("snapshot_not_used", reason=str(error))
            return False
        rows, seqs = read_table(connection, kept_seq, last)
        for seq, row in zip(seqs.tolist(), rows, strict=True):
            self.index.insert(seq, row.tobytes())
        for seq in self._keeper.retired_since(connection, kept_retirement):
            self.index.erase(seq)
        self._kept_seq, self._kept_retirement = kept_seq, kept_retirement
        return True

    async def follow_versions(self) -> None:
        """Score by the version that a person accepted last: its name and its thresholds."""
        async with self._database.unit() as unit:
            version, thresholds = await model_versions.in_force(unit, self.model)
        if version != self.version:
            log.info("model_version_in_force", version=version)
        self.version, self.thresholds = version, thresholds

    async def refresh(self) -> None:
        """Make every committed identity visible to the next search, and forget every one that was retired.

        Who comes while another waits for its turn to read shares that reading: it begins after both came.
        """
        task = self._next
        if task is None:
            task = self._next = asyncio.create_task(self._read_changes())
        await asyncio.shield(task)

    async def _read_changes(self) -> None:
        async with self._reading:
            self._next = None  # what is committed from now on may be missed: who comes needs the next reading
            more = True
            while more:
                parameters = {
                    "seq": self.last_seq,
                    "most": MOST_AT_ONCE,
                    "number": self.last_retirement,
                    "sandbox": self.sandbox,
                }
                async with self._database.unit() as unit:
                    news = await unit.rows(_CHANGES, parameters)
                new = [row for row in news if row.number is None]
                gone = [row for row in news if row.number is not None]
                more = len(new) == MOST_AT_ONCE
                if len(news) > 200:
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
            self._to_scrub.append(row.seq)
            self.last_retirement = row.number

    async def search(self, rows: bytes, limit: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        """Seqs, scores and points of the best candidates of each row, off the event loop."""
        found = await asyncio.to_thread(self.index.search_many, rows, limit)
        return found.seqs, found.scores, found.points

    async def search_one(self, row: bytes, exclude: Collection[int] = (), limit: int = 10) -> list[Match]:
        """The most probable earlier records of one person, best first, never those in ``exclude``."""
        seqs, scores, points = await self.search(row, min(limit + len(exclude), CANDIDATES))
        found = zip(seqs[0].tolist(), scores[0].tolist(), points[0], strict=True)
        matches = [Match(seq, probability(score), score, point) for seq, score, point in found if seq >= 0]
        return [match for match in matches if match.seq not in exclude][:limit]

    async def run(self) -> None:
        """Follow the table even where nobody asks, merge what was inserted, and keep the snapshot, for ever."""
        while True:
            try:
                await self.refresh()
                await self.follow_versions()
            except (sa.exc.SQLAlchemyError, OSError) as error:  # the next request or batch tells it louder
                log.warning("common_base_not_followed", error=type(error).__name__)
            if self.index.merge_due():
                await asyncio.to_thread(self.index.merge)
            await asyncio.to_thread(self.save_snapshot)
            await asyncio.sleep(TEND_SECONDS)

    def save_snapshot(self) -> None:
        """Wipe from the snapshot who left the base, and write it again when enough has changed."""
        if self._keeper is None:
            return
        gone, self._to_scrub = self._to_scrub, []
        self._keeper.scrub(gone)
        self._remove_left_behind(self._keeper)
        if not self._snapshot_due():
            return
        seq, retirement = self.last_seq, self.last_retirement
        try:
            self._keeper.write(self.index, retirement)
        except OSError as error:
            log.warning("snapshot_not_written", error=type(error).__name__)
            self._keeper.remove()
        else:
            log.info("snapshot_written", size=self.index.size, last_seq=seq)
            self._kept_seq, self._kept_retirement = seq, retirement
        self._kept_at = time.monotonic()

    def _remove_left_behind(self, keeper: SnapshotStore) -> None:
        if time.monotonic() - self._looked_around_at < SNAPSHOT_SECONDS:
            return
        self._looked_around_at = time.monotonic()
        for name in keeper.remove_left_behind():
            log.info("snapshot_left_behind_removed", slot=name)

    def _snapshot_due(self) -> bool:
        """Whether so much has changed that starting from the present snapshot would take long: half a percent."""
        if self.index.size < self.snapshot_from or time.monotonic() - self._kept_at < SNAPSHOT_SECONDS:
            return False
        changed = self.last_seq - self._kept_seq + self.last_retirement - self._kept_retirement
        return changed >= max(self.snapshot_from // 2, self.index.size // 200) or not self._kept_seq

    def close(self) -> None:
        """Let another process of this slot take the snapshot."""
        if self._keeper is not None:
            self._keeper.close()


def _progress_logger(step: str) -> Progress:
    """Says every few seconds how far the start has come."""
    reported_at = time.monotonic()

    def say(done: int, total: int) -> None:
        nonlocal reported_at
        if time.monotonic() - reported_at >= PROGRESS_SECONDS:
            reported_at = time.monotonic()
            log.info("common_base_loading", step=step, percent=round(100 * done / max(total, 1)))

    return say


async def start(runtime: Runtime) -> None:
    """Hook: load the base before consumers and routes, then keep it fresh in the background.

    An interface whose kernels are not compiled yet does not wait for them: it answers by ``classical_search``. What
    consumes events waits, for signals are the learned score's.
    """
    base = runtime.state[KEY] = _base_of(runtime)
    if runtime.settings.role == "api" and not kernels_are_compiled():
        log.warning("searches_are_classical", reason="kernels_not_compiled")
        runtime.state["tending"] = asyncio.create_task(_load_and_run(base), name="load_common_base")
        return
    await base.load()
    runtime.state["tending"] = asyncio.create_task(base.run(), name="tend_common_base")


def _base_of(runtime: Runtime) -> CommonBase:
    from services.dedup.search.shard_settings import place_of

    place = place_of(runtime.settings)
    if place is None:
        return CommonBase(runtime.settings, runtime.database)
    from services.dedup.search.sharded_base import ShardedBase

    return ShardedBase(runtime.settings, runtime.database, place)


def kernels_are_compiled() -> bool:
    """Whether compiled kernels of these sources are kept here; not where numba cannot be had."""
    try:
        from services.dedup.domain.matching.kernels.compilation import is_compiled
    except ImportError:
        return False
    return is_compiled()


async def _load_and_run(base: CommonBase) -> None:
    while not base.is_loaded:
        try:
            await base.load()
        except (psycopg.Error, sa.exc.SQLAlchemyError) as error:
            log.warning("common_base_not_loaded", error=type(error).__name__)
            await asyncio.sleep(TEND_SECONDS)
        except Exception as error:  # whatever keeps numba from running: the processor, its libraries
            log.exception("searches_stay_classical", error=type(error).__name__)
            return
    await base.run()


async def stop(runtime: Runtime) -> None:
    """Hook: end the background following."""
    task: asyncio.Task[None] = runtime.state["tending"]
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    of(runtime).close()


def of(runtime: Runtime) -> CommonBase:
    """The common base of this process."""
    base: CommonBase = runtime.state[KEY]
    return base


async def base_of(runtime: Runtime, caisse: str | None) -> CommonBase:
    """The base in which files of this caisse are looked for: the common one, or the sandbox's own.

    That of the sandbox is small: it is read at its first use, and before each search.
    """
    common = of(runtime)
    if not in_sandbox(caisse):
        return common
    alone: CommonBase | None = runtime.state.get(SANDBOX_KEY)
    if alone is None:
        alone = runtime.state[SANDBOX_KEY] = CommonBase(runtime.settings, runtime.database, sandbox=True)
    async with runtime.state.setdefault(f"{SANDBOX_KEY}_loading", asyncio.Lock()):
        if common.is_loaded and not alone.is_loaded:
            await alone.load()
    if alone.is_loaded:
        await alone.follow_versions()
    return alone
