"""Letters in scope, as lists show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.dialects.postgresql import ARRAY

from services.letters.store import posting
from services.letters.store.documents import FAILURES
from services.letters.tables import documents, letters
from shared.access.principal import Principal
from shared.contract.letter_kinds import LetterKind
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Paging, after, cut, encode_cursor
from shared.http.problems import not_found

MOST_OF_A_FILE = 300

LetterRow: TypeAlias = sa.Row[Any]
"""A row of the table of letters."""


class LetterView(BaseModel):
    """A letter as lists show it: ids, codes and dates, no name and no word of it."""

    letter_id: UUID
    application_id: UUID
    caisse: str
    kind: LetterKind
    state: Literal["issued", "posted", "cancelled"]
    issued_on: dt.date
    posted_on: dt.date | None
    number: str
    way: str | None
    notification: Literal["none", "pending", "proved", "presumed", "unprovable", "not_notified"]
    notified_on: dt.date | None
    cancelled_on: dt.date | None
    cancel_reason: str | None
    decision_id: UUID | None
    request_no: int | None
    template: str
    template_version: int
    language: str
    leaflet: str | None
    content_hash: str
    problems: list[str]
    pdf_sha256: str | None
    pages: int | None


class LetterDetail(LetterView):
    """With the frozen content, which is null once the file was erased."""

    content: dict[str, Any] | None


def view(row: sa.Row[Any]) -> LetterView:
    """A letter as lists show it."""
    return LetterView.model_validate(row, from_attributes=True)


async def one(unit: UnitOfWork, principal: Principal, letter_id: UUID, *, lock: bool = False) -> sa.Row[Any]:
    """A letter in the principal's scope. Raises 404 for any other."""
    query = posting.of_principal(principal).where(letters.c.letter_id == letter_id)
    row = await unit.one_or_none(query.with_for_update() if lock else query)
    if row is None:
        raise not_found()
    return row


async def locked_in_scope(unit: UnitOfWork, principal: Principal, ids: list[UUID]) -> Sequence[sa.Row[Any]]:
    """These letters, as far as the principal may see them, locked."""
    query = posting.of_principal(principal).where(letters.c.letter_id.in_(ids))
    return await unit.rows(query.order_by(letters.c.letter_id).with_for_update())


def having(problem: str) -> sa.ColumnElement[bool]:
    """The letters with this problem."""
    found: sa.ColumnElement[bool] = letters.c.problems.has_key(problem)
    return found


def not_drawn() -> sa.ColumnElement[bool]:
    """The letters that three tries did not draw, and nobody since."""
    failed: sa.ColumnElement[bool] = letters.c.problems.has_any(sa.cast(FAILURES, ARRAY(sa.Text)))
    return letters.c.pdf_sha256.is_(None) & failed


async def listed(
    unit: UnitOfWork, principal: Principal, paging: Paging, *conditions: sa.ColumnElement[bool]
) -> tuple[list[LetterView], str | None]:
    """A page of letters, newest first."""
    query = posting.of_principal(principal).where(*conditions)
    if (last := after(paging, dt.date.fromisoformat, UUID)) is not None:
        place = sa.tuple_(sa.literal(last[0], sa.Date), sa.literal(last[1], letters.c.letter_id.type))
        query = query.where(sa.tuple_(letters.c.issued_on, letters.c.letter_id) < place)
    query = query.order_by(letters.c.issued_on.desc(), letters.c.letter_id.desc()).limit(paging.limit + 1)
    rows, more = cut(await unit.rows(query), paging.limit)
    following = encode_cursor(rows[-1].issued_on, rows[-1].letter_id) if more else None
    return [view(row) for row in rows], following


async def of_application(unit: UnitOfWork, principal: Principal, application_id: UUID) -> list[LetterView]:
    """The letters of one file in scope, newest first: a file has some tens of them at most."""
    query = posting.of_principal(principal).where(letters.c.application_id == application_id)
    order = (letters.c.issued_on.desc(), letters.c.letter_id.desc())
    return [view(row) for row in await unit.rows(query.order_by(*order).limit(MOST_OF_A_FILE))]


async def content_of(unit: UnitOfWork, letter_id: UUID) -> dict[str, Any] | None:
    """The frozen content of a letter; None once it is erased."""
    content: dict[str, Any] | None = await unit.scalar(
        sa.select(documents.c.content).where(documents.c.letter_id == letter_id)
    )
    return content
