"""The rendering that follows issuing: rows with a next attempt, taken a few at a time, by one instance per database.

A document that is taken gets a lease: if this process dies, it is due again when the next one leads, or when the lease
ends. What fails comes back later and later. Erased letters lose their PDF here too.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from prometheus_client import Gauge
from psycopg import AsyncConnection

from services.letters.rendering.service import archive_of, attempt, batches_of, photographs_of, scans_of
from services.letters.store.documents import record
from services.letters.store.issuance import DUE_CHANNEL
from services.letters.store.pdf_archive import Archive
from services.letters.store.title_photographs import PHOTOGRAPHED
from services.letters.tables import discards
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.observability import logs, metrics
from shared.service.runtime import Runtime

log = logs.logger("rendering")

BATCH = 40
LEASE = dt.timedelta(minutes=3)
TAKE_OVERS = (
    3  # a letter that was under way each time a process died may be the cause: from then on it waits for its lease
)
IDLE_SECONDS = 5.0
SWEEP_SECONDS = 3600.0  # well over a lease: what is younger may still be told

due = Gauge("ame_letters_to_render", "Letters issued and not yet drawn", registry=metrics.registry)
given_up = Gauge(
    "ame_letters_not_drawn", "Letters that three tries did not draw: a person looks", registry=metrics.registry
)


async def render_letters(runtime: Runtime) -> None:
    """Background work: draw what is due, for ever."""

    async def work(_: AsyncConnection, wake: WakeSignal) -> None:
        await take_over(runtime)
        await sweep(runtime)
        while True:
            taken = await render_due(runtime)
            pause = await _pause(runtime)
            if taken < BATCH:
                await remove_erased(runtime)
                await wake.wait(pause)

    await LeaderElection(runtime.settings, "letters-drawing", [DUE_CHANNEL]).run(work)


async def take_over(runtime: Runtime) -> None:
    """Make due what the leader before us was drawing when it died: nobody else draws now.

    What three tries did not draw gets one more: this process may have another font or another typesetter.
    """
    async with runtime.database.unit() as unit:
        await unit.execute(_TAKE_OVER, {"take_overs": TAKE_OVERS})
        await unit.execute(_ONE_MORE_TRY)


async def render_due(runtime: Runtime, limit: int = BATCH) -> int:
    """Take, draw, file and tell up to ``limit`` letters; returns how many were taken."""
    async with runtime.database.unit() as unit:
        taken = await unit.rows(_TAKE, {"limit": limit, "lease": LEASE})
    results = [await attempt(runtime, row) for row in taken]
    if results:
        async with runtime.database.unit() as unit:
            await record(unit, results)
    return len(taken)


async def remove_erased(runtime: Runtime) -> None:
    """Remove the PDFs of erased letters. The row goes last, so that a crash between leaves it to be done again."""
    async with runtime.database.unit() as unit:
        hashes = [row.sha256 for row in await unit.rows(sa.select(discards.c.sha256).limit(1000))]
    for sha256 in hashes:
        await archive_of(runtime).remove(sha256)
        await scans_of(runtime).remove(sha256)
        await batches_of(runtime).remove(sha256)
        await photographs_of(runtime).remove(sha256)
    if hashes:
        async with runtime.database.unit() as unit:
            await unit.execute(sa.delete(discards).where(discards.c.sha256.in_(hashes)))


async def sweep(runtime: Runtime, older_than: float = SWEEP_SECONDS) -> int:
    """Remove PDFs, scans, batches and photographs that nothing names: filed just before a crash, of a letter
    erased since. Returns how many."""
    removed = await _swept(runtime, archive_of(runtime), _NAMED, older_than)
    removed += await _swept(runtime, scans_of(runtime), _SCANNED, older_than)
    removed += await _swept(runtime, batches_of(runtime), _BATCHED, older_than)
    removed += await _swept(runtime, photographs_of(runtime), PHOTOGRAPHED, older_than)
    if removed:
        log.warning("unnamed_files_removed", count=removed)
    return removed


async def _swept(runtime: Runtime, archive: Archive, named: sa.TextClause, older_than: float) -> int:
    hashes, removed = await archive.older_than(older_than), 0
    for start in range(0, len(hashes), 1000):
        some = hashes[start : start + 1000]
        async with runtime.database.unit() as unit:
            kept = {row.sha256 for row in await unit.rows(named, {"hashes": some})}
        for sha256 in set(some) - kept:
            await archive.remove(sha256)
            removed += 1
    return removed


async def _pause(runtime: Runtime) -> float:
    """How long nothing will be due, at most IDLE_SECONDS; new letters and erasures wake earlier."""
    async with runtime.database.unit() as unit:
        row = (await unit.rows(_NEXT))[0]
    due.set(row.waiting)
    given_up.set(row.given_up)
    return min(IDLE_SECONDS, max(0.05, float(row.seconds))) if row.waiting else IDLE_SECONDS


_TAKE = sa.text(
    "UPDATE documents SET attempts = attempts + 1, next_attempt_at = now() + CAST(:lease AS interval) FROM letters "
    "WHERE letters.letter_id = documents.letter_id AND documents.letter_id IN ("
    "SELECT letter_id FROM documents WHERE next_attempt_at <= now() ORDER BY next_attempt_at LIMIT :limit "
    "FOR UPDATE SKIP LOCKED) "
    "RETURNING documents.letter_id, documents.content, documents.attempts, letters.template, letters.template_version, "
    "letters.correlation_id"
)
_TAKE_OVER = sa.text(
    "UPDATE documents SET next_attempt_at = now() WHERE next_attempt_at > now() AND error = '' AND attempts <= "
    ":take_overs"
)

_ONE_MORE_TRY = sa.text("UPDATE documents SET next_attempt_at = now() WHERE next_attempt_at IS NULL AND error <> ''")
_NAMED = sa.text(
    "SELECT pdf_sha256 AS sha256 FROM letters JOIN documents USING (letter_id) "
    "WHERE pdf_sha256 = ANY(CAST(:hashes AS text[]))"
)
_SCANNED = sa.text("SELECT sha256 FROM envelope_scans WHERE sha256 = ANY(CAST(:hashes AS text[]))")
_BATCHED = sa.text("SELECT pdf_sha256 AS sha256 FROM print_batches WHERE pdf_sha256 = ANY(CAST(:hashes AS text[]))")
_NEXT = sa.text(
    "SELECT count(next_attempt_at) AS waiting, count(*) - count(next_attempt_at) AS given_up, "
    "coalesce(extract(epoch FROM min(next_attempt_at) - now()), 0) AS seconds "
    "FROM documents WHERE next_attempt_at IS NOT NULL OR error <> ''"
)
