"""The renderer and the archive that routes and jobs share; one letter rendered on demand."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain.kind_definition import Template
from services.letters.rendering.typst import Pdf, RenderError
from services.letters.rendering.worker_process import Renderer
from services.letters.store import title_photographs
from services.letters.store.documents import RenderResult, record
from services.letters.store.pdf_archive import Archive, FolderArchive
from shared.observability import logs, tracing
from shared.service.runtime import Runtime

log = logs.logger("rendering")


async def start_rendering(runtime: Runtime) -> None:
    """Make what routes and background work share: the archive and the rendering process."""
    runtime.state["archive"] = FolderArchive(runtime.settings.state_dir / "letters" / "pdf")
    runtime.state["scans"] = FolderArchive(runtime.settings.state_dir / "letters" / "scans", ".scan")
    runtime.state["batches"] = FolderArchive(runtime.settings.state_dir / "letters" / "batches", ".batch")
    runtime.state["photographs"] = FolderArchive(runtime.settings.state_dir / "letters" / "photographs", ".sealed")
    runtime.state["renderer"] = Renderer()


async def stop_rendering(runtime: Runtime) -> None:
    """End the process that renders."""
    await renderer_of(runtime).stop()


def archive_of(runtime: Runtime) -> Archive:
    """The archive of this process."""
    archive: Archive = runtime.state["archive"]
    return archive


def scans_of(runtime: Runtime) -> Archive:
    """The archive of scanned envelopes of this process."""
    archive: Archive = runtime.state["scans"]
    return archive


def batches_of(runtime: Runtime) -> Archive:
    """The archive of batches of this process."""
    archive: Archive = runtime.state["batches"]
    return archive


def photographs_of(runtime: Runtime) -> Archive:
    """The archive of the photographs of titles of this process; what it holds is encrypted."""
    archive: Archive = runtime.state["photographs"]
    return archive


def renderer_of(runtime: Runtime) -> Renderer:
    """The renderer of this process."""
    renderer: Renderer = runtime.state["renderer"]
    return renderer


async def photograph_for(runtime: Runtime, letter_id: UUID, content: dict[str, Any]) -> bytes:
    """The photograph that a title bears; empty where it bears none, or none is kept."""
    rank = next((block["rank"] for block in content.get("blocks", ()) if block["type"] == "photograph"), None)
    if rank is None:
        return b""
    async with runtime.database.unit() as unit:
        kept = await title_photographs.of_letter(unit, letter_id, rank)
    sealed = await photographs_of(runtime).get(kept.sha256) if kept is not None else None
    return (title_photographs.opened(sealed, kept.key) or b"") if sealed is not None and kept is not None else b""


async def attempt(runtime: Runtime, row: sa.Row[Any]) -> RenderResult:
    """Render one letter and file its PDF; the result of one that failed has no hash and says why."""
    try:
        template = Template(row.template, row.template_version)
        with tracing.work(
            "INTERNAL", [tracing.SpanSpec("draw letter", row.correlation_id, {"ame.letter.id": str(row.letter_id)})]
        ):
            photograph = await photograph_for(runtime, row.letter_id, row.content)
            pdf = await renderer_of(runtime).render(row.content, template.file, photograph=photograph)
    except RenderError as error:
        log.error("render_failed", letter_id=str(row.letter_id), attempts=row.attempts, reason=error.failure.value)
        return RenderResult(row.letter_id, None, 0, row.attempts, error.failure.value)
    return RenderResult(row.letter_id, await archive_of(runtime).put(pdf.body), pdf.pages, row.attempts)


async def render_now(runtime: Runtime, row: sa.Row[Any], content: dict[str, Any]) -> Pdf:
    """Draw one letter for somebody who asks before its turn, or whose file was lost. Raises RenderError."""
    photograph = await photograph_for(runtime, row.letter_id, content)
    template = Template(row.template, row.template_version)
    pdf = await renderer_of(runtime).render(content, template.file, photograph=photograph)
    if row.pdf_sha256 is not None and hashlib.sha256(pdf.body).hexdigest() != row.pdf_sha256:
        log.error("pdf_differs", letter_id=str(row.letter_id))  # another typesetter or font: shown, not filed
        return pdf
    sha256 = await archive_of(runtime).put(pdf.body)
    async with runtime.database.unit() as unit:
        await record(unit, [RenderResult(row.letter_id, sha256, pdf.pages, 0)])
    return pdf
