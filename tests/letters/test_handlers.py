"""What letters writes when events come, in any order, together or apart, once or twice."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.letters.domain import library
from services.letters.domain.kind_definition import NoTextForDay
from services.letters.domain.titles.forms import PersonWithRight, PlannedTitle
from services.letters.domain.titles.photograph import Box
from services.letters.domain.titles.title import VoidReason, ordered
from services.letters.domain.triggers import letter_requests
from services.letters.jobs import rendering, retention
from services.letters.rendering import service
from services.letters.store import title_photographs, titles
from services.letters.store.event_batches import take_applications, take_decisions
from services.letters.store.seal_keys import sealer_of
from services.letters.store.title_photographs import NewPhotograph
from services.letters.tables import discards, documents, letters, recipients, waiting
from services.letters.tables import title_photographs as title_photograph_rows
from shared.calendar import add_months
from shared.contract import events
from shared.contract.events import Event
from shared.contract.sealed_figures import SealBroken, new_key, sealed
from shared.ids import uuid7
from shared.messaging.transient_errors import failure_reason
from shared.retention.table import FILE, VARIABLE
from shared.service.runtime import Runtime
from tests.letters.cases import PILOT, SYSTEM, TODAY, application_facts, granted, papers_requested, refused, submitted

pytestmark = pytest.mark.usefixtures("runtime")


def numbered(*told: Event, application_id: UUID | None = None) -> list[Event]:
    """The events as one producer tells them of one application."""
    key = application_id or uuid7()
    return [
        event.model_copy(update={"application_id": key, "sequence": n, "id": uuid7()})
        for n, event in enumerate(told, 1)
    ]


async def take(runtime: Runtime, *batch: Event) -> None:
    """Apply a batch as the consumer of its topic does."""
    handler = take_applications if batch[0].topic == events.APPLICATION else take_decisions
    async with runtime.database.unit() as unit:
        await handler(runtime.reference, sealer_of(runtime.settings), batch, unit)


async def rows(runtime: Runtime, table: sa.Table, *order: sa.ColumnElement[Any]) -> Sequence[sa.Row[Any]]:
    async with runtime.database.unit() as unit:
        return await unit.rows(sa.select(table).order_by(*order))


async def told(runtime: Runtime, kind: str = "letter.%") -> list[dict[str, Any]]:
    """The events that left, as the outbox holds them."""
    async with runtime.database.unit() as unit:
        found = await unit.rows(
            sa.text("SELECT CAST(body AS jsonb) AS body FROM outbox WHERE type LIKE :kind ORDER BY id"), {"kind": kind}
        )
    return [row.body for row in found]


async def test_an_application_is_acknowledged_on_its_day(runtime: Runtime) -> None:
    (event,) = numbered(submitted(PILOT))
    await take(runtime, event)
    (letter,) = await rows(runtime, letters)
    assert (letter.kind, letter.state, letter.issued_on, letter.caisse) == (
        "acknowledgement",
        "issued",
        dt.date(2008, 3, 7),
        "931",
    )
    assert letter.problems == []
    (document,) = await rows(runtime, documents)
    assert document.content["window"][0] == "Aïssata KONÉ"
    assert document.content["place_and_date"] == "Bobigny, le 7 mars 2008"
    (issued,) = await told(runtime)
    assert issued["content_hash"] == letter.content_hash
    assert issued["causation_id"] == str(event.id)
    assert issued["business_date"] == "2008-03-07"


async def test_the_same_event_twice_gives_one_letter(runtime: Runtime) -> None:
    (event,) = numbered(submitted(PILOT))
    await take(runtime, event)
    again = event.model_copy(update={"id": uuid7(), "sequence": 2})
    await take(runtime, again)
    assert len(await rows(runtime, letters)) == 1
    assert len(await told(runtime)) == 1


@pytest.mark.parametrize("decision", [papers_requested, granted, refused])
async def test_a_decision_before_its_application_waits_for_the_recipient(runtime: Runtime, decision: Any) -> None:
    (first,) = numbered(submitted(PILOT))
    (then,) = numbered(decision(PILOT), application_id=first.application_id)
    await take(runtime, then)
    assert await rows(runtime, letters) == []
    assert len(await rows(runtime, waiting)) == 1
    await take(runtime, first)
    assert {letter.kind for letter in await rows(runtime, letters)} == {
        "acknowledgement",
        letter_requests(then)[0].kind,
    }
    assert await rows(runtime, waiting) == []


async def test_a_decision_and_its_application_at_the_same_moment_never_miss_each_other(runtime: Runtime) -> None:
    for _ in range(25):
        (first,) = numbered(submitted(PILOT))
        (then,) = numbered(granted(PILOT), application_id=first.application_id)
        await asyncio.gather(take(runtime, first), take(runtime, then))
    assert len(await rows(runtime, letters)) == 50
    assert await rows(runtime, waiting) == []


async def test_batches_over_the_same_applications_do_not_lock_each_other_out(runtime: Runtime) -> None:
    firsts = [numbered(submitted(PILOT))[0] for _ in range(40)]
    thens = [numbered(granted(PILOT), application_id=first.application_id)[0] for first in firsts]
    await asyncio.gather(
        take(runtime, *firsts),
        take(runtime, *reversed(thens)),
        take(runtime, *[t.model_copy(update={"id": uuid7()}) for t in thens]),
    )
    assert len(await rows(runtime, letters)) == 80


async def test_one_letter_for_each_request_and_decision(runtime: Runtime) -> None:
    (first,) = numbered(submitted(TODAY))
    decisions = numbered(
        papers_requested(TODAY, 1),
        papers_requested(TODAY, 2),
        papers_requested(TODAY, 2),
        refused(TODAY),
        application_id=first.application_id,
    )
    await take(runtime, first)
    await take(runtime, *decisions)
    kinds = sorted((letter.kind, letter.request_no) for letter in await rows(runtime, letters))
    assert kinds == [("acknowledgement", None), ("paper_request", 1), ("paper_request", 2), ("refusal", None)]


async def test_an_amendment_changes_the_next_letter_not_the_frozen_one(runtime: Runtime) -> None:
    moved = application_facts(TODAY, line="3 quai du Port", postcode="13002", city="Marseille", host_name="")
    amended = events.ApplicationAmended.after(submitted(TODAY), SYSTEM, facts=moved, changes=[])
    first, second = numbered(submitted(TODAY), amended)
    await take(runtime, first, second)
    await take(runtime, *numbered(granted(TODAY), application_id=first.application_id))
    windows = {d.content["kind"]: d.content["window"][-1] for d in await rows(runtime, documents)}
    assert windows == {"acknowledgement": "93200 SAINT DENIS", "admission": "13002 MARSEILLE"}
    references = {tuple(d.content["references"][0]) for d in await rows(runtime, documents)}
    assert references == {("Dossier", "2008-931-000042")}


async def test_after_a_transfer_the_new_caisse_writes_and_holds_the_earlier_letters(runtime: Runtime) -> None:
    transfer = events.ApplicationTransferred.after(
        submitted(TODAY), SYSTEM, caisse="751", from_caisse="931", to_caisse="751", reason="moved"
    )
    first, second = numbered(submitted(TODAY), transfer)
    await take(runtime, first)
    await take(runtime, second)
    await take(
        runtime,
        *numbered(papers_requested(TODAY).model_copy(update={"caisse": "751"}), application_id=first.application_id),
    )
    seen = {letter.kind: (letter.caisse, letter.holder) for letter in await rows(runtime, letters)}
    assert seen == {
        "acknowledgement": ("931", "751"),
        "transfer": ("931", "751"),
        "paper_request": ("751", "751"),
    }


async def test_who_withdraws_is_asked_for_nothing_more(runtime: Runtime) -> None:
    withdrawal = events.ApplicationWithdrawn.after(submitted(TODAY), SYSTEM, reason="person")
    first, second = numbered(submitted(TODAY), withdrawal)
    await take(runtime, first)
    await take(runtime, *numbered(papers_requested(TODAY, 1), application_id=first.application_id))
    await take(runtime, second)
    await take(runtime, *numbered(papers_requested(TODAY, 2), application_id=first.application_id))
    states = {(letter.kind, letter.state, letter.cancel_reason) for letter in await rows(runtime, letters)}
    assert states == {("acknowledgement", "issued", None), ("paper_request", "cancelled", "withdrawn")}
    assert [event["reason"] for event in await told(runtime, "letter.cancelled")] == ["withdrawn"]


async def test_erasure_forgets_words_names_and_pdfs_and_nothing_comes_back(runtime: Runtime) -> None:
    erasure = events.ApplicationErased.after(submitted(TODAY), SYSTEM, legal_ground="retention")
    first, second = numbered(submitted(TODAY), erasure)
    await take(runtime, first)
    await rendering.render_due(runtime)
    (letter,) = await rows(runtime, letters)
    assert await service.archive_of(runtime).get(letter.pdf_sha256) is not None
    await take(runtime, second)
    await take(runtime, *numbered(granted(TODAY), application_id=first.application_id))
    assert await rows(runtime, documents) == []
    (recipient,) = await rows(runtime, recipients)
    assert (recipient.state, recipient.data) == ("erased", None)
    await rendering.remove_erased(runtime)
    assert await service.archive_of(runtime).get(letter.pdf_sha256) is None
    assert await rows(runtime, discards) == []
    assert len(await rows(runtime, letters)) == 1


async def test_words_over_their_time_are_forgotten_where_no_erasure_was_heard(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(FILE))
    (first,) = numbered(submitted(TODAY))
    await take(runtime, first)
    await rendering.render_due(runtime)
    (letter,) = await rows(runtime, letters)
    last_day = add_months(letter.issued_on, 36)
    assert await retention.apply(runtime, last_day) == 0
    assert await retention.apply(runtime, last_day + dt.timedelta(days=1)) == 1
    assert await rows(runtime, documents) == []
    (recipient,) = await rows(runtime, recipients)
    assert (recipient.state, recipient.data) == ("erased", None)
    await rendering.remove_erased(runtime)
    assert await service.archive_of(runtime).get(letter.pdf_sha256) is None
    await take(runtime, *numbered(granted(TODAY), application_id=first.application_id))
    assert await rows(runtime, documents) == [], "a late decision writes no letter to nobody"


@pytest.mark.parametrize(
    ("voided", "taken", "last"),
    [
        (False, -300, 0),  # to the last day of the title, and no longer
        (False, -5, 0),
        (True, -5, 0),  # void for a loss: a duplicate may need it as long as the right runs
        (True, -184, -1),  # but no longer than a photograph is recent
        (None, -5, 178),  # no title yet: as long as it is recent
    ],
)
async def test_a_photograph_goes_with_its_title(runtime: Runtime, voided: bool | None, taken: int, last: int) -> None:
    (first,) = numbered(submitted(TODAY))
    await take(runtime, first)
    end, member = dt.date(2026, 11, 30), uuid7()
    right = PersonWithRight(member, 0, "1979-01-01", end - dt.timedelta(days=364), end)
    form = library.title_rules().on(end, "931")
    title = ordered(PlannedTitle(right, ()), first.application_id, uuid7(), "931", form, right.starts_on)
    given = NewPhotograph("confirmed", "0" * 64, "key", Box(0, 0, 413, 531), [])
    async with runtime.database.unit() as unit:
        on = end + dt.timedelta(days=taken)
        await title_photographs.save(unit, first.application_id, 0, given, on, SYSTEM)
        if voided is not None:
            await titles.add(unit, [title], SYSTEM, "")
        if voided:
            await titles.save(unit, title.voided(VoidReason.LOSS, right.starts_on), SYSTEM, "")
    for day, there in ((last, 1), (last + 1, 0)):
        await retention.apply(runtime, end + dt.timedelta(days=day))
        assert len(await rows(runtime, title_photograph_rows)) == there, day


async def test_a_letter_erased_while_it_was_drawn_leaves_no_pdf(runtime: Runtime) -> None:
    erasure = events.ApplicationErased.after(submitted(TODAY), SYSTEM, legal_ground="retention")
    first, second = numbered(submitted(TODAY), erasure)
    await take(runtime, first)
    (document,) = await rows(runtime, documents)
    (letter,) = await rows(runtime, letters)
    await take(runtime, second)
    await service.render_now(runtime, letter, document.content)
    assert len(await rows(runtime, discards)) == 1
    assert await told(runtime, "letter.rendered") == []


async def test_a_batch_of_five_hundred_applications_is_written_whole(runtime: Runtime) -> None:
    """Acknowledged and decided, in batches of the size a consumer takes. How fast is for ``make bench`` to say."""
    firsts = [numbered(submitted(PILOT))[0] for _ in range(500)]
    thens = [numbered(granted(PILOT), application_id=first.application_id)[0] for first in firsts]
    await take(runtime, *firsts)
    await take(runtime, *thens)
    assert Counter(letter.kind for letter in await rows(runtime, letters)) == {"acknowledgement": 500, "admission": 500}


async def test_a_day_whose_law_is_unknown_parks_the_event_with_that_reason(runtime: Runtime) -> None:
    """Before November 2000 no text on acknowledgements is known: nothing is written by the law of another day."""
    facts = application_facts(PILOT)
    event = submitted(PILOT).model_copy(update={"facts": facts, "business_date": dt.date(2000, 3, 1)})
    (first,) = numbered(event)
    with pytest.raises(NoTextForDay) as raised:
        await take(runtime, first)
    assert failure_reason(raised.value) == "no_text_for_day"
    assert await rows(runtime, letters) == []


async def test_a_refusal_for_regular_stay_goes_with_the_way_to_the_insurance(runtime: Runtime) -> None:
    (first,) = numbered(submitted(TODAY))
    motive = events.Motive(code="regular_stay", reference="CASF L. 251-1", facts={"member_rank": "0"})
    refusal = refused(TODAY).model_copy(update={"motives": [motive]})
    await take(runtime, first)
    await take(runtime, *numbered(refusal, application_id=first.application_id))
    assert {letter.kind for letter in await rows(runtime, letters)} == {"acknowledgement", "refusal", "orientation"}


async def test_a_letter_prints_the_figures_that_the_topic_keeps_sealed(runtime: Runtime) -> None:
    """Both files are refused for their means; the letters say the same, whether the figures came sealed or not."""
    key, refusal = new_key(), refused(TODAY)
    (plain,) = numbered(submitted(TODAY))
    (keyed,) = numbered(submitted(TODAY).model_copy(update={"figures_key": key}))
    under_seal = sealed(refusal, key)
    assert "1634500" not in under_seal.model_dump_json()
    await take(runtime, *numbered(under_seal, application_id=keyed.application_id))  # waits for its recipient
    await take(runtime, plain, keyed)
    await take(runtime, *numbered(refusal, application_id=plain.application_id))
    found = {
        row.application_id: row.content["blocks"]
        for row in await rows(runtime, documents)
        if row.content["kind"] == "refusal"
    }
    assert found[keyed.application_id] == found[plain.application_id]
    assert "16 345" in str(found[keyed.application_id]).replace("\\xa0", " ").replace("\\u202f", " ")


async def test_a_refusal_whose_figures_do_not_open_is_no_letter_without_reasons(runtime: Runtime) -> None:
    (first,) = numbered(submitted(TODAY).model_copy(update={"figures_key": new_key()}))
    await take(runtime, first)
    with pytest.raises(SealBroken) as raised:
        await take(runtime, *numbered(sealed(refused(TODAY), new_key()), application_id=first.application_id))
    assert failure_reason(raised.value) == "figures_sealed"
