"""Batches on the real database: one letter in one batch whatever the desks do, cut-offs, and what an erasure takes."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pypdfium2
import sqlalchemy as sa

from services.letters.jobs import rendering
from services.letters.rendering.batches import batch_all, close, pass_cut_offs
from services.letters.rendering.service import batches_of
from services.letters.store import print_batches
from services.letters.tables import print_batch_letters, print_rooms
from services.letters.tables import print_batches as batches_table
from shared.contract import events
from shared.service.runtime import Runtime
from tests.letters.cases import SYSTEM, TODAY, submitted
from tests.letters.test_handlers import numbered, rows, take

PARIS = ZoneInfo("Europe/Paris")
DAY = dt.date(2026, 11, 2)


async def drawn(runtime: Runtime, count: int) -> list[UUID]:
    """So many acknowledgements, ready for the printer."""
    told = [numbered(submitted(TODAY))[0] for _ in range(count)]
    for event in told:
        await take(runtime, event)
    await rendering.render_due(runtime)
    return [event.application_id for event in told]


async def batch_now(runtime: Runtime, closes: bool = True) -> list[UUID]:
    async with runtime.database.unit() as unit:
        made = list(await batch_all(runtime, unit, "931", DAY))
    if closes:
        for batch_id in made:
            async with runtime.database.unit() as unit:
                await close(runtime, unit, await print_batches.by_id(unit, batch_id))
    return made


async def batch(runtime: Runtime) -> Any:
    (found,) = await rows(runtime, batches_table)
    return found


async def test_two_desks_that_batch_at_once_share_the_letters(runtime: Runtime) -> None:
    await drawn(runtime, 6)
    await asyncio.gather(*(batch_now(runtime, closes=False) for _ in range(3)))
    places = Counter(row.letter_id for row in await rows(runtime, print_batch_letters) if row.state == "in")
    assert sorted(places.values()) == [1] * 6
    assert await batch_now(runtime, closes=False) == [], "nothing is left"


async def test_a_room_batches_once_at_each_cut_off(runtime: Runtime) -> None:
    await drawn(runtime, 2)
    async with runtime.database.unit() as unit:
        room = {"caisse": "931", "cut_off": dt.time(17, 30), "zone": "Europe/Paris", "active": True, "actor_id": "a"}
        await unit.execute(sa.insert(print_rooms).values(**room, last_cut_off=DAY - dt.timedelta(days=3)))
    early, late = (dt.datetime.combine(DAY, dt.time(hour, 45), tzinfo=PARIS) for hour in (16, 17))
    assert await pass_cut_offs(runtime, early) == 0
    assert await pass_cut_offs(runtime, late) == 1
    made = await batch(runtime)
    assert (made.state, made.opened_on) == ("closed", DAY)
    await drawn(runtime, 1)
    assert await pass_cut_offs(runtime, late) == 0, "for the next day"
    assert await pass_cut_offs(runtime, late + dt.timedelta(days=1)) == 1


async def test_a_batch_closed_again_is_the_same_to_the_byte(runtime: Runtime) -> None:
    await drawn(runtime, 3)
    (batch_id,) = await batch_now(runtime)
    first = await batch(runtime)
    async with runtime.database.unit() as unit:
        await close(runtime, unit, await print_batches.by_id(unit, batch_id))
    assert (await batch(runtime)).pdf_sha256 == first.pdf_sha256
    body = await batches_of(runtime).get(first.pdf_sha256)
    assert body is not None


async def test_an_erasure_takes_the_person_and_the_pdf_out_of_the_batch(runtime: Runtime) -> None:
    gone, stays = await drawn(runtime, 2)
    (batch_id,) = await batch_now(runtime)
    before = (await batch(runtime)).pdf_sha256
    erasure = events.ApplicationErased.after(submitted(TODAY), SYSTEM, legal_ground="retention")
    (event,) = numbered(erasure, application_id=gone)
    await take(runtime, event.model_copy(update={"sequence": 2}))
    assert (await batch(runtime)).pdf_sha256 is None
    await rendering.remove_erased(runtime)
    assert await batches_of(runtime).get(before) is None
    async with runtime.database.unit() as unit:
        await close(runtime, unit, await print_batches.by_id(unit, batch_id))
    places = {row.application_id: (row.state, row.postcode) for row in await rows(runtime, print_batch_letters)}
    assert places == {gone: ("pulled", ""), stays: ("in", "93200")}
    assert (await batch(runtime)).pdf_sha256 not in (None, before)


async def test_a_batch_that_a_crash_left_unnamed_is_swept(runtime: Runtime) -> None:
    await drawn(runtime, 1)
    await batch_now(runtime)
    kept = (await batch(runtime)).pdf_sha256
    stray = await batches_of(runtime).put(b"%PDF of a batch that was never written down")
    assert await rendering.sweep(runtime, older_than=-1) == 1
    assert await batches_of(runtime).get(stray) is None
    assert await batches_of(runtime).get(kept) is not None


async def test_the_leaflet_of_a_language_lies_behind_its_letter(runtime: Runtime) -> None:
    """Of four letters two have a leaflet in Arabic: the manifest says where each begins, the PDF has all pages."""
    for language in ("fr", "ar", "fr", "ar"):
        first = submitted(TODAY)
        spoken = first.model_copy(update={"facts": first.facts.model_copy(update={"language": language})})
        await take(runtime, *numbered(spoken))
    await rendering.render_due(runtime)
    (batch_id,) = await batch_now(runtime)
    async with runtime.database.unit() as unit:
        there = await print_batches.letters_of(unit, batch_id)
        accompanied = await print_batches.with_leaflets(unit, [one.letter_id for one in there])
    assert len(accompanied) == 2
    assert {one.letter_id for one in there if one.leaflet_pages} == accompanied
    body = await batches_of(runtime).get((await batch(runtime)).pdf_sha256)
    assert body is not None
    document = pypdfium2.PdfDocument(body)
    assert len(document) == sum(one.pages + one.leaflet_pages for one in there)
    for one in there:
        first = document[one.first_page - 1].get_textpage().get_text_range()
        assert "Saint-Denis".upper() in first.upper(), "each letter begins where the manifest says, with its address"
    await batch_now(runtime)
    async with runtime.database.unit() as unit:
        await close(runtime, unit, await print_batches.by_id(unit, batch_id))
    assert await batches_of(runtime).get((await batch(runtime)).pdf_sha256) == body, "closed again it is the same"
