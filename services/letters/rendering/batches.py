"""A batch on its way to the print room: its PDF made of the filed letters, fixed, made again without who was pulled."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.letters.domain import leaflets, library
from services.letters.domain.print_batches import BatchState, PrintPaper, last_cut_off
from services.letters.rendering.batch_pdf import combined
from services.letters.rendering.service import archive_of, batches_of, render_now, renderer_of
from services.letters.rendering.typst import Pdf, RenderError
from services.letters.store import print_batches as store
from services.letters.store.queries import content_of
from services.letters.tables import letters
from shared.database.unit_of_work import UnitOfWork
from shared.observability import logs
from shared.service.runtime import Runtime

log = logs.logger("batches")


async def close(runtime: Runtime, unit: UnitOfWork, batch: sa.Row[Any]) -> None:
    """Make the PDF of a locked batch and fix its hash. A batch that is closed already gets it again, the same unless
    letters were pulled."""
    await store.drop_stale(unit, batch.batch_id)
    there = [one for one in await store.letters_of(unit, batch.batch_id) if one.state != "pulled"]
    if not there:
        await store.closed(unit, batch, None, BatchState.POSTED)  # nobody is left in it: it needs nobody any more
        return
    plain = batch.paper == PrintPaper.PLAIN  # a leaflet would waste sheets that are counted
    accompanied = await store.with_leaflets(unit, [one.letter_id for one in there]) if plain else set()
    bodies, pages = [], {}
    for one in there:
        bodies.append(await _body(runtime, one.letter_id, one.sha256))
        if one.letter_id in accompanied and (leaflet := await _leaflet(runtime, unit, one.letter_id)) is not None:
            bodies.append(leaflet.body)
            pages[one.letter_id] = leaflet.pages
    await store.leaflets_rendered(unit, batch.batch_id, pages)
    body = await asyncio.to_thread(combined, bodies)
    await store.closed(unit, batch, await batches_of(runtime).put(body), BatchState.CLOSED)


async def _leaflet(runtime: Runtime, unit: UnitOfWork, letter_id: UUID) -> Pdf | None:
    """The leaflet in the language of the person, behind the letter. One that cannot be drawn holds no letter back."""
    content = await content_of(unit, letter_id)
    leaflet = leaflets.renderable(content) if content is not None else None
    if leaflet is None:
        return None
    try:
        return await renderer_of(runtime).render(leaflet, leaflets.TEMPLATE)
    except RenderError:
        log.error("leaflet_failed", letter_id=str(letter_id))
        return None


async def _body(runtime: Runtime, letter_id: UUID, sha256: str) -> bytes:
    """The filed PDF of a letter, or drawn again where the file was lost. Raises RenderError."""
    body = await archive_of(runtime).get(sha256)
    if body is not None:
        return body
    async with runtime.database.unit() as unit:
        row = await unit.one_or_none(sa.select(letters).where(letters.c.letter_id == letter_id))
        content = await content_of(unit, letter_id)
    assert row is not None
    assert content is not None
    return (await render_now(runtime, row, content)).body


async def batch_all(runtime: Runtime, unit: UnitOfWork, caisse: str, on: dt.date) -> Sequence[UUID]:
    """Open batches of what is ready at a caisse on a day; they are still to be closed."""
    return await store.open_batches(unit, caisse, await store.ready(unit, caisse, on), on)


async def pass_cut_offs(runtime: Runtime, now: dt.datetime) -> int:
    """Batch and close what is ready wherever a cut-off has passed; returns how many batches were made.

    ``now``: the business day with the hour of the clock, in no zone's favour: each room reads it in its own.
    """
    made = 0
    async with runtime.database.unit() as unit:
        rooms = await store.rooms(unit)
    for room in rooms:
        day = last_cut_off(now.astimezone(ZoneInfo(room.zone)), room.cut_off, library.print_rules())
        async with runtime.database.unit() as unit:
            if not await store.cut_off_passed(unit, room.caisse, day):
                continue
            opened = await batch_all(runtime, unit, room.caisse, day)
        for batch_id in opened:
            async with runtime.database.unit() as unit:
                batch = await store.by_id(unit, batch_id)
                await close(runtime, unit, batch)
        made += len(opened)
        log.info("batched", caisse=room.caisse, day=day.isoformat(), batches=len(opened))
    return made
