"""Rendering follows issuing: leased, retried later and later, told once, in a process that may die."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import signal
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.letters.jobs import rendering
from services.letters.rendering import service
from services.letters.rendering.typst import RenderError, render
from services.letters.rendering.worker_process import Renderer
from services.letters.store.documents import TRIES, RenderResult, record
from services.letters.store.queries import not_drawn
from services.letters.tables import documents, letters
from shared.service.runtime import Runtime
from tests.letters.cases import TODAY, granted, submitted, written
from tests.letters.test_handlers import numbered, rows, take, told


async def test_what_is_due_is_drawn_filed_and_told_once(runtime: Runtime) -> None:
    for _ in range(3):
        await take(runtime, *numbered(submitted(TODAY)))
    assert await rendering.render_due(runtime) == 3
    assert await rendering.render_due(runtime) == 0
    told_of = {event["letter_id"]: event for event in await told(runtime, "letter.rendered")}
    for letter in await rows(runtime, letters):
        body = await service.archive_of(runtime).get(letter.pdf_sha256)
        assert body is not None
        assert body.startswith(b"%PDF")
        assert told_of[str(letter.letter_id)]["pdf_sha256"] == hashlib.sha256(body).hexdigest()
        assert told_of[str(letter.letter_id)]["pages"] == letter.pages


async def test_a_letter_drawn_again_is_told_once(runtime: Runtime) -> None:
    await take(runtime, *numbered(submitted(TODAY)))
    (letter,), (document,) = await rows(runtime, letters), await rows(runtime, documents)
    await service.render_now(runtime, letter, document.content)
    await service.render_now(runtime, letter, document.content)
    assert await rendering.render_due(runtime) == 0
    assert len(await told(runtime, "letter.rendered")) == 1


async def test_a_letter_that_cannot_be_drawn_comes_back_later_and_holds_up_no_other(runtime: Runtime) -> None:
    await take(runtime, *numbered(submitted(TODAY)))
    (bad,) = await rows(runtime, letters)
    async with runtime.database.unit() as unit:
        await unit.execute(sa.update(letters).values(template_version=999))
    await take(runtime, *numbered(submitted(TODAY)))
    assert await rendering.render_due(runtime) == 2
    left = {d.letter_id: d for d in await rows(runtime, documents)}
    assert left.pop(bad.letter_id).error == "layout_missing"
    assert [document.next_attempt_at for document in left.values()] == [None]
    assert await rendering.render_due(runtime) == 0
    async with runtime.database.unit() as unit:
        await unit.execute(sa.update(letters).values(template_version=1))
        await unit.execute(sa.update(documents).values(next_attempt_at=sa.func.now()).where(documents.c.error != ""))
    assert await rendering.render_due(runtime) == 1
    assert len(await told(runtime, "letter.rendered")) == 2


async def test_what_three_tries_did_not_draw_waits_for_a_person_with_its_reason(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    """A letter frozen by an earlier version, with a character that its layout has no font for (U+0370)."""
    await take(runtime, *numbered(submitted(TODAY)))
    (document,) = await rows(runtime, documents)
    async with runtime.database.unit() as unit:
        await unit.execute(sa.update(documents).values(content=document.content | {"greeting": "Madame \u0370rax,"}))
        await unit.execute(sa.update(letters).values(template_version=2))
    for attempt in range(1, TRIES + 1):
        assert await rendering.render_due(runtime) == 1
        (document,) = await rows(runtime, documents)
        assert (document.attempts, document.error) == (attempt, "character_not_drawn")
        assert (document.next_attempt_at is None) == (attempt == TRIES)
        if attempt < TRIES:
            await due_now(runtime)
    (letter,) = await rows(runtime, letters)
    assert "character_not_drawn" in letter.problems
    assert await waiting_for_a_person(runtime) == [letter.letter_id]
    assert "\u0370" not in caplog.text
    assert "\\u0370" not in caplog.text

    async with runtime.database.unit() as unit:
        await unit.execute(sa.update(letters).values(template_version=3))  # a release that brings another font
    await rendering.take_over(runtime)
    assert await rendering.render_due(runtime) == 1
    (letter,) = await rows(runtime, letters)
    assert letter.pdf_sha256 is not None
    assert "character_not_drawn" not in letter.problems
    assert await waiting_for_a_person(runtime) == []


async def due_now(runtime: Runtime) -> None:
    async with runtime.database.unit() as unit:
        await unit.execute(sa.update(documents).values(next_attempt_at=sa.func.now()))


async def waiting_for_a_person(runtime: Runtime) -> list[UUID]:
    async with runtime.database.unit() as unit:
        return [row.letter_id for row in await unit.rows(sa.select(letters.c.letter_id).where(not_drawn()))]


async def test_a_lease_keeps_others_off_and_ends(runtime: Runtime) -> None:
    await take(runtime, *numbered(submitted(TODAY)))
    async with runtime.database.unit() as unit:
        taken = await unit.rows(rendering._TAKE, {"limit": 10, "lease": rendering.LEASE})
    assert len(taken) == 1
    assert await rendering.render_due(runtime) == 0
    async with runtime.database.unit() as unit:
        await unit.execute(sa.update(documents).values(next_attempt_at=sa.func.now() - dt.timedelta(seconds=1)))
    assert await rendering.render_due(runtime) == 1


async def test_a_new_leader_takes_over_what_a_dead_one_was_drawing(runtime: Runtime) -> None:
    """But not for ever at once: a letter that was under way each time a process died waits for its lease."""
    await take(runtime, *numbered(submitted(TODAY)))
    for _ in range(rendering.TAKE_OVERS):
        async with runtime.database.unit() as unit:
            assert len(await unit.rows(rendering._TAKE, {"limit": 10, "lease": rendering.LEASE})) == 1
        await rendering.take_over(runtime)
    async with runtime.database.unit() as unit:
        await unit.rows(rendering._TAKE, {"limit": 10, "lease": rendering.LEASE})
    await rendering.take_over(runtime)
    assert await rendering.render_due(runtime) == 0


async def test_a_pdf_lost_or_spoilt_on_disk_is_not_given_out(runtime: Runtime) -> None:
    await take(runtime, *numbered(submitted(TODAY)))
    await rendering.render_due(runtime)
    (letter,) = await rows(runtime, letters)
    folder = runtime.settings.state_dir / "letters" / "pdf"
    (file,) = folder.rglob("*.pdf")
    file.write_bytes(b"%PDF spoilt")
    assert await service.archive_of(runtime).get(letter.pdf_sha256) is None
    file.unlink()
    assert await service.archive_of(runtime).get(letter.pdf_sha256) is None


async def test_a_second_and_different_pdf_of_a_letter_is_removed(runtime: Runtime) -> None:
    """Two instances of two versions drew the same letter: the first one told is the one kept."""
    await take(runtime, *numbered(submitted(TODAY)))
    await rendering.render_due(runtime)
    (letter,) = await rows(runtime, letters)
    other = await service.archive_of(runtime).put(b"%PDF of another version")
    async with runtime.database.unit() as unit:
        await record(unit, [RenderResult(letter.letter_id, other, 1, 1)])
    await rendering.remove_erased(runtime)
    assert await service.archive_of(runtime).get(other) is None
    assert await service.archive_of(runtime).get(letter.pdf_sha256) is not None
    assert len(await told(runtime, "letter.rendered")) == 1


async def test_a_pdf_that_no_letter_names_is_swept(runtime: Runtime) -> None:
    await take(runtime, *numbered(submitted(TODAY)))
    await rendering.render_due(runtime)
    (letter,) = await rows(runtime, letters)
    archive = service.archive_of(runtime)
    orphan = await archive.put(b"%PDF filed just before a crash")
    (runtime.settings.state_dir / "letters" / "pdf" / orphan[:2] / "tmpdraft").write_bytes(b"half")
    assert await rendering.sweep(runtime) == 0  # too young to judge
    assert await rendering.sweep(runtime, older_than=-1) == 1
    assert await archive.get(orphan) is None
    assert await archive.get(letter.pdf_sha256) is not None
    assert not list(runtime.settings.state_dir.rglob("tmpdraft"))


async def test_the_child_draws_what_the_library_draws_and_is_replaced_when_it_dies() -> None:
    renderer = Renderer()
    try:
        letter = written(granted(TODAY), TODAY)
        expected = render(letter.content, letter.template.file)
        assert await renderer.render(letter.content, letter.template.file) == expected
        with pytest.raises(RenderError):
            await renderer.render(letter.content, "letter-999.typ")
        assert renderer._child is not None
        os.kill(renderer._child.pid, signal.SIGKILL)
        try:  # the death is seen either before the question or while it is asked
            answer = await renderer.render(letter.content, letter.template.file)
        except RenderError:
            answer = await renderer.render(letter.content, letter.template.file)
        assert answer == expected
    finally:
        await renderer.stop()
    assert renderer._child is None
