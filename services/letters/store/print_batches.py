"""Batches of the print room: who is in them, and what became of each letter.

A letter is in one batch at most: a unique index holds it, so that two desks that batch at once share the letters
between them. Whoever changes a batch locks its row first.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain import library
from services.letters.domain.catalogue import KINDS
from services.letters.domain.kind_definition import POSTAL, Reader
from services.letters.domain.paper import sheets_needed
from services.letters.domain.print_batches import BatchState, PrintPaper, ToPrint, batched, first_pages
from services.letters.store.paper import on_secured_paper
from services.letters.tables import discards, letters, print_batch_letters, print_batches, print_rooms
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Paging, after, cut
from shared.http.problems import not_found
from shared.ids import uuid7


@dataclass(frozen=True)
class InBatch:
    """One letter as it lies in a batch."""

    letter_id: UUID
    application_id: UUID
    position: int
    pages: int
    first_page: int
    sha256: str
    postcode: str
    state: str
    sheets: int
    leaflet_pages: int
    serials: Sequence[str]


async def ready(unit: UnitOfWork, caisse: str, until: dt.date) -> list[ToPrint]:
    """The letters of a caisse that can be printed: issued by this day, drawn, with an address that stands, by post."""
    rows = await unit.rows(_READY, {"caisse": caisse, "until": until})
    secured = await on_secured_paper(unit, [row.letter_id for row in rows], library.paper_rules())
    found = []
    for row in rows:
        kind = KINDS[row.kind]
        doubtful = row.doubtful and Reader.APPLICANT in kind.readers[:1]
        if kind.ways[0] not in POSTAL or doubtful:
            continue
        paper = PrintPaper.SECURED if row.letter_id in secured else PrintPaper.PLAIN
        postcode = row.postcode or ""
        found.append(
            ToPrint(row.letter_id, row.application_id, paper, kind.ways[0], postcode, row.pages, row.pdf_sha256)
        )
    return found


async def open_batches(unit: UnitOfWork, caisse: str, letters: Sequence[ToPrint], on: dt.date) -> list[UUID]:
    """Put these letters into new batches. One that another desk batched meanwhile stays there."""
    made = []
    for together in batched(letters, library.print_rules().most_letters):
        batch_id = uuid7()
        rows = [
            {
                "batch_id": batch_id,
                "letter_id": one.letter_id,
                "application_id": one.application_id,
                "position": position,
                "pages": one.pages,
                "sha256": one.sha256,
                "postcode": one.postcode,
            }
            for position, one in enumerate(together, 1)
        ]
        if not await unit.scalar(_PUT_IN, {"rows": json.dumps(rows, default=str)}):
            continue
        first = together[0]
        batch = {"batch_id": batch_id, "caisse": caisse, "opened_on": on, "state": BatchState.OPEN.value}
        await unit.insert_many(print_batches, [{**batch, "paper": first.paper.value, "way": first.way.value}])
        made.append(batch_id)
    return made


async def batch_in_scope(unit: UnitOfWork, principal: Principal, batch_id: UUID, *, lock: bool = False) -> sa.Row[Any]:
    """One batch. Raises 404 for any other."""
    query = sa.select(print_batches).where(
        print_batches.c.batch_id == batch_id, principal.scope(print_batches.c.caisse)
    )
    row = await unit.one_or_none(query.with_for_update() if lock else query)
    if row is None:
        raise not_found()
    return row


async def by_id(unit: UnitOfWork, batch_id: UUID) -> sa.Row[Any]:
    """One batch that the job has just made, locked."""
    query = sa.select(print_batches).where(print_batches.c.batch_id == batch_id).with_for_update()
    return (await unit.rows(query))[0]


async def letters_of(unit: UnitOfWork, batch_id: UUID) -> list[InBatch]:
    """The letters of a batch in their order, with the page where each begins; those pulled have none."""
    rows = await unit.rows(
        sa.select(print_batch_letters)
        .where(print_batch_letters.c.batch_id == batch_id)
        .order_by(print_batch_letters.c.position)
    )
    there = [row for row in rows if row.state != "pulled"]
    begins = dict(
        zip(
            [row.letter_id for row in there], first_pages([row.pages + row.leaflet_pages for row in there]), strict=True
        )
    )
    per_sheet = library.paper_rules().pages_per_sheet
    serials = {row.letter_id: row.serials for row in await unit.rows(_SERIALS, {"batch": batch_id})}
    return [
        InBatch(
            row.letter_id,
            row.application_id,
            row.position,
            row.pages,
            begins.get(row.letter_id, 0),
            row.sha256,
            row.postcode,
            row.state,
            sheets_needed(row.pages, per_sheet),
            row.leaflet_pages,
            serials.get(row.letter_id, ()),
        )
        for row in rows
    ]


async def with_leaflets(unit: UnitOfWork, ids: Sequence[UUID]) -> set[UUID]:
    """Of these letters of a batch, those that a leaflet goes with."""
    query = sa.select(letters.c.letter_id).where(letters.c.letter_id.in_(ids), letters.c.leaflet.is_not(None))
    return {row.letter_id for row in await unit.rows(query)}


async def leaflets_rendered(unit: UnitOfWork, batch_id: UUID, pages: Mapping[UUID, int]) -> None:
    """How many pages of leaflet lie behind each letter of a batch that is being closed."""
    c = print_batch_letters.c
    for letter_id, count in pages.items():
        changed = sa.update(print_batch_letters).where(c.batch_id == batch_id, c.letter_id == letter_id)
        await unit.execute(changed.values(leaflet_pages=count))


async def drop_stale(unit: UnitOfWork, batch_id: UUID) -> bool:
    """Pull the letters that were cancelled, posted or erased meanwhile; whether there were any."""
    return bool(await unit.rows(_DROP_STALE, {"batch": batch_id}))


async def pull(unit: UnitOfWork, batch_id: UUID, letter_id: UUID) -> bool:
    """Take one letter out of a batch; False where it is not in it."""
    c = print_batch_letters.c
    changed = sa.update(print_batch_letters).where(c.batch_id == batch_id, c.letter_id == letter_id, c.state == "in")
    return (await unit.execute(changed.values(state="pulled"))).rowcount > 0


async def closed(unit: UnitOfWork, batch: sa.Row[Any], sha256: str | None, state: BatchState) -> None:
    """Fix the PDF of a batch. Another one that it had before goes."""
    if batch.pdf_sha256 not in (None, sha256):
        await unit.insert_many(discards, [{"sha256": batch.pdf_sha256}], conflict=["sha256"])
    values: dict[str, Any] = {"pdf_sha256": sha256, "state": state.value}
    values |= {"closed_at": sa.func.now()} if batch.closed_at is None else {}
    await _update(unit, batch.batch_id, **values)


async def taken(unit: UnitOfWork, batch: sa.Row[Any], by: str) -> None:
    """Somebody of the print room has it now: nothing is pulled any more."""
    await _update(unit, batch.batch_id, state=BatchState.TAKEN.value, taken_at=sa.func.now(), taken_by=by)


async def printed(unit: UnitOfWork, batch: sa.Row[Any], done: Sequence[UUID], on: dt.date) -> None:
    """These letters were printed; the others of the batch go back, for the next one."""
    c = print_batch_letters.c
    for state, which in (("printed", c.letter_id.in_(done)), ("returned", c.letter_id.not_in(done))):
        changed = sa.update(print_batch_letters).where(c.batch_id == batch.batch_id, c.state == "in", which)
        await unit.execute(changed.values(state=state))
    await _update(unit, batch.batch_id, state=BatchState.PRINTED.value, printed_on=on)


async def posted(unit: UnitOfWork, batch: sa.Row[Any], on: dt.date) -> None:
    """The batch left: its PDF is needed no more, each letter keeps its own."""
    if batch.pdf_sha256 is not None:
        await unit.insert_many(discards, [{"sha256": batch.pdf_sha256}], conflict=["sha256"])
    await _update(unit, batch.batch_id, state=BatchState.POSTED.value, posted_on=on, pdf_sha256=None)


async def _update(unit: UnitOfWork, batch_id: UUID, **values: Any) -> None:
    await unit.execute(sa.update(print_batches).where(print_batches.c.batch_id == batch_id).values(**values))


async def listed(
    unit: UnitOfWork, principal: Principal, paging: Paging, state: BatchState | None
) -> tuple[list[sa.Row[Any]], bool]:
    """A page of batches, the newest first."""
    c = print_batches.c
    query = sa.select(print_batches).where(principal.scope(c.caisse))
    query = query.where(c.state == state.value) if state is not None else query
    if key := after(paging, UUID):
        query = query.where(c.batch_id < key[0])
    rows, more = cut(await unit.rows(query.order_by(c.batch_id.desc()).limit(paging.limit + 1)), paging.limit)
    return list(rows), more


async def volumes(
    unit: UnitOfWork, principal: Principal, caisse: str, since: dt.date, until: dt.date
) -> Sequence[sa.Row[Any]]:
    """Batches, letters and pages by paper and way, of the batches printed in these days."""
    principal.check_scope(caisse)
    return await unit.rows(_VOLUMES, {"caisse": caisse, "since": since, "until": until})


async def set_room(
    unit: UnitOfWork, principal: Principal, caisse: str, cut_off: dt.time, zone: str, active: bool
) -> None:
    """The hour at which a caisse batches on working days."""
    principal.check_scope(caisse)
    row = {"caisse": caisse, "cut_off": cut_off, "zone": zone, "active": active, "actor_id": principal.id}
    changed = ["cut_off", "zone", "active", "actor_id"]
    await unit.insert_many(print_rooms, [row], conflict=["caisse"], update=changed)


async def room_in_scope(unit: UnitOfWork, principal: Principal, caisse: str) -> sa.Row[Any]:
    """The print room of a caisse. Raises 404 where none was set."""
    c = print_rooms.c
    row = await unit.one_or_none(sa.select(print_rooms).where(principal.scope(c.caisse), c.caisse == caisse))
    if row is None:
        raise not_found()
    return row


async def rooms(unit: UnitOfWork) -> Sequence[sa.Row[Any]]:
    """The print rooms that batch by themselves."""
    return await unit.rows(sa.select(print_rooms).where(print_rooms.c.active).order_by(print_rooms.c.caisse))


async def cut_off_passed(unit: UnitOfWork, caisse: str, day: dt.date) -> bool:
    """Note that this cut-off is done; False where it was done before."""
    c = print_rooms.c
    new = sa.or_(c.last_cut_off.is_(None), c.last_cut_off < day)
    changed = sa.update(print_rooms).where(c.caisse == caisse, new).values(last_cut_off=day)
    return (await unit.execute(changed)).rowcount > 0


_READY = sa.text(
    "SELECT letters.letter_id, letters.application_id, kind, pages, pdf_sha256, address_states.state IS NOT NULL "
    "AND address_states.state = 'doubtful' AS doubtful, "
    "substring(documents.content #>> '{window,-1}' from '^[0-9]{5}') AS postcode "
    "FROM letters JOIN documents USING (letter_id) "
    "LEFT JOIN address_states ON address_states.application_id = letters.application_id "
    "WHERE caisse = :caisse AND letters.state = 'issued' AND pdf_sha256 IS NOT NULL AND issued_on <= :until "
    "AND NOT problems @? '$[*] ? (@ starts with \"address_\")' "
    "AND NOT EXISTS (SELECT 1 FROM print_batch_letters put WHERE put.letter_id = letters.letter_id "
    "AND put.state IN ('in', 'printed')) ORDER BY letters.letter_id"
)
_PUT_IN = sa.text(
    "WITH put AS (INSERT INTO print_batch_letters "
    "(batch_id, letter_id, application_id, position, pages, sha256, postcode) "
    "SELECT batch_id, letter_id, application_id, position, pages, sha256, postcode FROM "
    "json_to_recordset(CAST(:rows AS json)) AS told(batch_id uuid, letter_id uuid, application_id uuid, "
    "position int, pages int, sha256 text, postcode text) "
    "ON CONFLICT (letter_id) WHERE state IN ('in', 'printed') DO NOTHING RETURNING letter_id) SELECT count(*) FROM put"
)
_SERIALS = sa.text(
    "SELECT letter_id, array_agg(serial ORDER BY serial) AS serials FROM print_batch_letters "
    "JOIN paper_sheets USING (letter_id) WHERE batch_id = :batch AND fate = 'used' GROUP BY letter_id"
)
_DROP_STALE = sa.text(
    "UPDATE print_batch_letters SET state = 'pulled' FROM letters WHERE batch_id = :batch "
    "AND print_batch_letters.state = 'in' AND letters.letter_id = print_batch_letters.letter_id "
    "AND (letters.state <> 'issued' OR NOT EXISTS (SELECT 1 FROM documents "
    "WHERE documents.letter_id = letters.letter_id)) RETURNING letters.letter_id"
)
_VOLUMES = sa.text(
    "SELECT paper, way, count(DISTINCT batch_id) AS batches, count(*) AS letters, sum(pages) AS pages "
    "FROM print_batches JOIN print_batch_letters USING (batch_id) WHERE caisse = :caisse "
    "AND print_batch_letters.state = 'printed' AND printed_on BETWEEN :since AND :until "
    "GROUP BY paper, way ORDER BY paper, way"
)
