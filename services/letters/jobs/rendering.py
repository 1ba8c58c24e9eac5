"""The rendering that follows issuing: rows with a next attempt, taken a few at a time, by one instance per database.

A document that is taken gets a lease: if this process dies, it is due again when the next one leads, or when the lease
ends. What fails comes back later and later. Erased letters lose their PDF here too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from prometheus_client import Counter, Gauge
from psycopg import AsyncConnection

from services.letters.domain.catalogue import Template
from services.letters.rendering.typst import Pdf, RenderError
from services.letters.rendering.worker_process import Renderer
from services.letters.store.issuance import DUE_CHANNEL, SYSTEM
from services.letters.store.pdf_archive import Archive, FolderArchive
from services.letters.tables import discards, documents
from shared.contract.events import LetterRendered
from shared.database.leader_election import Leadership, Wake
from shared.database.unit_of_work import Unit, emit
from shared.ids import named_uuid
from shared.observability import logs, metrics, tracing
from shared.service.runtime import Runtime

log = logs.logger("drawing")

BATCH = 40
LEASE = dt.timedelta(minutes=3)
TAKE_OVERS = (
    3  # a letter that was under way each time a process died may be the cause: from then on it waits for its lease
)
IDLE_SECONDS = 5.0
SWEEP_SECONDS = 3600.0  # well over a lease: what is younger may still be told
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 3600.0

rendered = Counter("ame_letters_rendered_total", "Letters drawn as PDF", registry=metrics.registry)
refused = Counter("ame_letters_render_failures_total", "Attempts at drawing that failed", registry=metrics.registry)
due = Gauge("ame_letters_to_render", "Letters issued and not yet drawn", registry=metrics.registry)


@dataclass(frozen=True)
class Drawn:
    """One attempt: the PDF as filed, or the error."""

    letter_id: UUID
    sha256: str | None
    pages: int
    attempts: int
    error: str = ""


async def open_workshop(runtime: Runtime) -> None:
    """Make what routes and background work share: the archive and the rendering process."""
    runtime.state["archive"] = FolderArchive(runtime.settings.state_dir / "letters" / "pdf")
    runtime.state["renderer"] = Renderer()


async def close_workshop(runtime: Runtime) -> None:
    await renderer_of(runtime).stop()


def archive_of(runtime: Runtime) -> Archive:
    archive: Archive = runtime.state["archive"]
    return archive


def renderer_of(runtime: Runtime) -> Renderer:
    renderer: Renderer = runtime.state["renderer"]
    return renderer


async def draw_letters(runtime: Runtime) -> None:
    """Background work: draw what is due, for ever."""

    async def work(_: AsyncConnection, wake: Wake) -> None:
        await take_over(runtime)
        await sweep(runtime)
        while True:
            taken = await draw_due(runtime)
            pause = await _pause(runtime)
            if taken < BATCH:
                await throw_away(runtime)
                await wake.wait(pause)

    await Leadership(runtime.settings, "letters-drawing", [DUE_CHANNEL]).run(work)


async def take_over(runtime: Runtime) -> None:
    """Make due what the leader before us was drawing when it died: nobody else draws now."""
    async with runtime.database.unit() as unit:
        await unit.execute(_TAKE_OVER, {"take_overs": TAKE_OVERS})


async def draw_due(runtime: Runtime, limit: int = BATCH) -> int:
    """Take, draw, file and tell up to ``limit`` letters; returns how many were taken."""
    async with runtime.database.unit() as unit:
        taken = await unit.rows(_TAKE, {"limit": limit, "lease": LEASE})
    results = [await _attempt(runtime, row) for row in taken]
    if results:
        async with runtime.database.unit() as unit:
            await record(unit, results)
    return len(taken)


async def _attempt(runtime: Runtime, row: sa.Row[Any]) -> Drawn:
    try:
        template = Template(row.template, row.template_version)
        with tracing.work(
            "INTERNAL", [tracing.Part("draw letter", row.correlation_id, {"ame.letter.id": str(row.letter_id)})]
        ):
            pdf = await renderer_of(runtime).render(row.content, template.file)
    except RenderError as error:
        log.error("render_failed", letter_id=str(row.letter_id), attempts=row.attempts, error=str(error))
        return Drawn(row.letter_id, None, 0, row.attempts, str(error)[:500])
    return Drawn(row.letter_id, await archive_of(runtime).put(pdf.body), pdf.pages, row.attempts)


async def draw_now(runtime: Runtime, row: sa.Row[Any], content: dict[str, Any]) -> Pdf:
    """Draw one letter for somebody who asks before its turn, or whose file was lost. Raises RenderError."""
    pdf = await renderer_of(runtime).render(content, Template(row.template, row.template_version).file)
    if row.pdf_sha256 is not None and hashlib.sha256(pdf.body).hexdigest() != row.pdf_sha256:
        log.error("pdf_differs", letter_id=str(row.letter_id))  # another typesetter or font: shown, not filed
        return pdf
    sha256 = await archive_of(runtime).put(pdf.body)
    async with runtime.database.unit() as unit:
        await record(unit, [Drawn(row.letter_id, sha256, pdf.pages, 0)])
    return pdf


async def record(unit: Unit, results: Sequence[Drawn]) -> None:
    """Write what was drawn and tell it, once per letter; plan the next attempt of what failed.

    A letter erased meanwhile has no document any more: its PDF is marked for removal instead.
    """
    done = {result.letter_id: result for result in results if result.sha256 is not None}
    if done:
        alive = {row.letter_id for row in await unit.rows(_ALIVE, {"ids": sorted(done)})}
        await _file(unit, [done[key] for key in sorted(alive)])
        gone = [{"sha256": result.sha256} for key, result in done.items() if key not in alive]
        await unit.insert_many(discards, gone, conflict=["sha256"])
    for result in results:
        if result.sha256 is None:
            refused.inc()
            pause = dt.timedelta(seconds=min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(result.attempts, 20)))
            again = sa.update(documents).where(documents.c.letter_id == result.letter_id)
            await unit.execute(again.values(next_attempt_at=sa.func.now() + pause, error=result.error))


async def _file(unit: Unit, drawn: Sequence[Drawn]) -> None:
    """Note the PDFs of these letters and tell those that had none; a second, different PDF of a letter goes."""
    if not drawn:
        return
    values = {
        "rows": json.dumps([{"letter_id": str(d.letter_id), "sha256": d.sha256, "pages": d.pages} for d in drawn])
    }
    by_id = {result.letter_id: result for result in drawn}
    for row in await unit.rows(_FILE, values):
        emit(unit, _told(row, by_id[row.letter_id]))
        rendered.inc()
    await unit.execute(_SECOND_COPIES, values)
    await unit.execute(_DONE, {"ids": sorted(by_id)})


def _told(row: sa.Row[Any], result: Drawn) -> LetterRendered:
    return LetterRendered.new(
        application_id=row.application_id,
        caisse=row.caisse,
        actor=SYSTEM,
        correlation_id=row.correlation_id,
        id=named_uuid("letter.rendered", row.letter_id),
        letter_id=row.letter_id,
        kind=row.kind,
        pdf_sha256=result.sha256,
        pages=result.pages,
    )


async def throw_away(runtime: Runtime) -> None:
    """Remove the PDFs of erased letters. The row goes last, so that a crash between leaves it to be done again."""
    async with runtime.database.unit() as unit:
        hashes = [row.sha256 for row in await unit.rows(sa.select(discards.c.sha256).limit(1000))]
    for sha256 in hashes:
        await archive_of(runtime).remove(sha256)
    if hashes:
        async with runtime.database.unit() as unit:
            await unit.execute(sa.delete(discards).where(discards.c.sha256.in_(hashes)))


async def sweep(runtime: Runtime, older_than: float = SWEEP_SECONDS) -> int:
    """Remove PDFs that no living letter names: filed just before a crash, of a letter erased since. Returns how
    many."""
    archive, removed = archive_of(runtime), 0
    hashes = await archive.older_than(older_than)
    for start in range(0, len(hashes), 1000):
        some = hashes[start : start + 1000]
        async with runtime.database.unit() as unit:
            kept = {row.pdf_sha256 for row in await unit.rows(_NAMED, {"hashes": some})}
        for sha256 in set(some) - kept:
            await archive.remove(sha256)
            removed += 1
    if removed:
        log.warning("unnamed_pdfs_removed", count=removed)
    return removed


async def _pause(runtime: Runtime) -> float:
    """How long nothing will be due, at most IDLE_SECONDS; new letters and erasures wake earlier."""
    async with runtime.database.unit() as unit:
        row = (await unit.rows(_NEXT))[0]
    due.set(row.waiting)
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
_ALIVE = sa.text(
    "SELECT letter_id FROM documents WHERE letter_id = ANY(CAST(:ids AS uuid[])) ORDER BY letter_id FOR KEY SHARE"
)
_DRAWN = "json_to_recordset(CAST(:rows AS json)) AS drawn(letter_id uuid, sha256 text, pages int)"
_FILE = sa.text(
    f"UPDATE letters SET pdf_sha256 = drawn.sha256, pages = drawn.pages FROM {_DRAWN} "
    "WHERE letters.letter_id = drawn.letter_id AND letters.pdf_sha256 IS NULL "
    "RETURNING letters.letter_id, letters.application_id, letters.caisse, letters.kind, letters.correlation_id"
)
_SECOND_COPIES = sa.text(
    f"INSERT INTO discards (sha256) SELECT drawn.sha256 FROM {_DRAWN} JOIN letters USING (letter_id) "
    "WHERE letters.pdf_sha256 <> drawn.sha256 ON CONFLICT DO NOTHING"
)
_DONE = sa.text("UPDATE documents SET next_attempt_at = NULL, error = '' WHERE letter_id = ANY(CAST(:ids AS uuid[]))")
_NAMED = sa.text(
    "SELECT pdf_sha256 FROM letters JOIN documents USING (letter_id) WHERE pdf_sha256 = ANY(CAST(:hashes AS text[]))"
)
_NEXT = sa.text(
    "SELECT count(*) AS waiting, coalesce(extract(epoch FROM min(next_attempt_at) - now()), 0) AS seconds "
    "FROM documents WHERE next_attempt_at IS NOT NULL"
)
