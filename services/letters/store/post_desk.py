"""What a desk has to post: the letters that wait, each with its person and with what keeps it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain import library
from services.letters.domain.catalogue import KINDS
from services.letters.domain.kind_definition import POSTAL, Way
from services.letters.domain.recipient import Recipient
from services.letters.store.paper import without_sheets
from services.letters.store.posting import against_way, doubtful_of, of_principal
from services.letters.store.posting_acts import waiting
from services.letters.tables import letters, print_batch_letters, recipients
from shared.access.principal import Principal
from shared.contract.letter_kinds import LetterKind
from shared.database.unit_of_work import UnitOfWork

MOST = 200
"""Letters on one page; the print room takes 500 at once."""


@dataclass(frozen=True)
class ToPost:
    """A letter at the desk. ``obstacle``: the code of what keeps it back; empty when it can leave."""

    letter_id: UUID
    application_id: UUID
    kind: LetterKind
    issued_on: dt.date
    number: str
    pages: int | None
    name: str
    reference: str
    way: Way
    obstacle: str


async def to_post(
    unit: UnitOfWork, principal: Principal, kind: str = "", issued_on: dt.date | None = None
) -> tuple[list[ToPost], bool]:
    """Letters issued and in no batch, by kind and day; whether there are more than a page holds."""
    put = print_batch_letters.c
    query = of_principal(principal).where(
        letters.c.state == "issued",
        ~sa.exists().where(put.letter_id == letters.c.letter_id, put.state.in_(("in", "printed"))),
    )
    query = query.where(letters.c.kind == kind) if kind else query
    query = query.where(letters.c.issued_on == issued_on) if issued_on else query
    rows = await unit.rows(query.order_by(letters.c.kind, letters.c.issued_on, letters.c.letter_id).limit(MOST + 1))
    return await described(unit, principal, rows[:MOST]), len(rows) > MOST


async def chosen(unit: UnitOfWork, principal: Principal, ids: Sequence[UUID]) -> list[ToPost]:
    """These letters, as far as they are in scope, in the order of the list."""
    query = of_principal(principal).where(letters.c.letter_id.in_(list(ids)))
    rows = await unit.rows(query.order_by(letters.c.kind, letters.c.issued_on, letters.c.letter_id))
    return await described(unit, principal, rows)


async def described(unit: UnitOfWork, principal: Principal, rows: Sequence[sa.Row[Any]]) -> list[ToPost]:
    """Letters in scope with the person each goes to, and what keeps it back."""
    files = sorted({row.application_id for row in rows})
    persons = await names_of(unit, principal, files)
    doubtful = await doubtful_of(unit, files)
    bare = await without_sheets(unit, [row.letter_id for row in rows], library.paper_rules())
    under_way = {one for act in await waiting(unit, principal) for one in act.letter_ids}
    found = []
    for row in rows:
        way = KINDS[row.kind].ways[0]
        person = persons.get(row.application_id)
        found.append(
            ToPost(
                letter_id=row.letter_id,
                application_id=row.application_id,
                kind=LetterKind(row.kind),
                issued_on=row.issued_on,
                number=row.number,
                pages=row.pages,
                name=person.applicant.name if person else "",
                reference=person.reference if person else "",
                way=way,
                obstacle="under_way" if row.letter_id in under_way else _obstacle(row, way, doubtful, bare),
            )
        )
    return found


def _obstacle(row: sa.Row[Any], way: Way, doubtful: Mapping[UUID, str], bare: set[UUID]) -> str:
    if row.state != "issued":
        return "cancelled" if row.state == "cancelled" else "already_posted"
    if way not in POSTAL:
        return "by_hand"
    if row.pdf_sha256 is None:
        return "not_drawn"
    against = against_way(row, way, doubtful)
    if against is not None:
        return against
    return "sheets_missing" if row.letter_id in bare else ""


async def names_of(unit: UnitOfWork, principal: Principal, applications: Sequence[UUID]) -> dict[UUID, Recipient]:
    """To whom letters of these files go, as far as the files are in scope."""
    c = recipients.c
    query = sa.select(c.application_id, c.data).where(
        c.application_id.in_(list(applications)), principal.scope(c.caisse), c.data.is_not(None)
    )
    return {row.application_id: Recipient.model_validate(row.data) for row in await unit.rows(query)}
