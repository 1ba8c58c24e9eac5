"""The list of cases for people: with the names of the own caisse's applicants, searched, filtered and sorted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE

from services.decision import tables
from services.decision.store.queries import NEVER
from services.decision.store.queues import SOON, at_hand, find
from shared.access.principal import Principal
from shared.contract.input_errors import InputError
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Paging, cut, encode_cursor
from shared.http.problems import Problem

_c, _p = tables.cases.c, tables.persons.c
PERSON = sa.func.lower(_p.family_name + " " + _p.given_names)
SORTS: dict[str, sa.ColumnElement[Any]] = {
    "due": sa.func.coalesce(_c.due_on, NEVER),
    "person": sa.func.coalesce(PERSON, ""),
    "received": sa.func.coalesce(_c.received_on, NEVER),
}
NOBODY = "nobody"
"""Who follows the cases that nobody follows, in the address of a list."""
COLUMNS = (
    _c.application_id,
    _c.version,
    _c.caisse,
    _c.state,
    _c.waiting_for,
    _c.proposal,
    _c.identity,
    _c.received_on,
    _c.due_on,
    _c.target_on,
    _c.assignee,
    _c.priority,
    _c.appeal,
    _p.family_name,
    _p.given_names,
    _p.birth_date,
    _p.reference,
)


@dataclass(frozen=True)
class Wanted:
    """What a person asked the list for; what is empty does not restrict it. ``sort``: a key, with - to turn it over;
    ``assignee``: an agent, or ``NOBODY``."""

    text: str = ""
    queue: str = ""
    state: str = ""
    waiting_for: str = ""
    assignee: str = ""
    appeal: str = ""
    overdue: bool = False
    at_hand: bool = False
    sort: str = "due"


async def worklist(
    unit: UnitOfWork, principal: Principal, page: Paging, wanted: Wanted, today: dt.date
) -> tuple[Sequence[sa.Row[Any]], str | None]:
    """One page of the cases in scope and the cursor of the next."""
    query = (
        sa.select(*COLUMNS)
        .select_from(tables.cases)
        .outerjoin(tables.persons, (_p.application_id == _c.application_id) & (_p.rank == 0))
        .where(principal.scope(_c.caisse))
    )
    for column, value in (
        (_c.state, wanted.state),
        (_c.waiting_for, wanted.waiting_for),
        (_c.assignee, wanted.assignee),
        (_c.appeal, wanted.appeal),
    ):
        if value:
            query = query.where(column.is_(None) if value == NOBODY else column == value)
    queue = find(wanted.queue, principal, today)
    if queue is not None:
        query = query.where(queue.wanted)
    if wanted.at_hand:
        query = query.where(at_hand(principal, wanted.queue))
    if wanted.overdue:
        query = query.where(_c.state == "open", _c.target_on < today)
    if wanted.text:
        begins = wanted.text.lower().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        query = query.where(sa.or_(PERSON.like(begins), _p.reference == wanted.text))
    return await _page(unit, query, page, wanted.sort)


async def chosen_in_scope(unit: UnitOfWork, principal: Principal, ids: Sequence[UUID]) -> Mapping[UUID, sa.Row[Any]]:
    """The rows of these cases that are in scope, by id."""
    query = sa.select(*COLUMNS).select_from(tables.cases)
    query = query.outerjoin(tables.persons, (_p.application_id == _c.application_id) & (_p.rank == 0))
    rows = await unit.rows(query.where(principal.scope(_c.caisse), _c.application_id.in_(ids)))
    return {row.application_id: row for row in rows}


WHICH = ("all", "late", "silence")


async def in_hands_in_scope(
    unit: UnitOfWork, principal: Principal, assignee: str | None, which: str, today: dt.date, most: int
) -> list[tuple[UUID, int]]:
    """Open cases that somebody follows (None: nobody), the most pressing first, each with its version.

    ``which``: all, those past their target, or those near silence.
    """
    held = _c.assignee.is_(None) if assignee is None else _c.assignee == assignee
    query = sa.select(_c.application_id, _c.version).where(principal.scope(_c.caisse), _c.state == "open", held)
    if which == "late":
        query = query.where(_c.target_on < today)
    if which == "silence":
        query = query.where(_c.due_on <= today + SOON)
    rows = await unit.rows(query.order_by(SORTS["due"], _c.application_id).limit(most))
    return [(row.application_id, row.version) for row in rows]


async def _page(
    unit: UnitOfWork, query: sa.Select[Any], page: Paging, sort: str
) -> tuple[Sequence[sa.Row[Any]], str | None]:
    descending, key = sort.startswith("-"), SORTS.get(sort.removeprefix("-"), SORTS["due"])
    last = page.after(3)
    query = query.add_columns(key.label("sort_key"))
    if last is not None:
        if last[0] != sort:
            raise _wrong_cursor()
        seen = sa.tuple_(*_values(last, key))
        here = sa.tuple_(key, _c.application_id)
        query = query.where(here < seen if descending else here > seen)
    order = (key.desc(), _c.application_id.desc()) if descending else (key, _c.application_id)
    rows = await unit.rows(query.order_by(*order).limit(page.limit + 1))
    kept, more = cut(rows, page.limit)
    following = encode_cursor(sort, kept[-1].sort_key, kept[-1].application_id) if more else None
    return kept, following


def _values(last: list[Any], key: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    try:
        text = str(last[1])
        value: Any = text if key is SORTS["person"] else dt.date.fromisoformat(text)
        return sa.literal(value), sa.literal(UUID(str(last[2])), UUID_TYPE)
    except ValueError:
        raise _wrong_cursor() from None


def _wrong_cursor() -> Problem:
    error = InputError("/query/cursor", "cursor_invalid", "Curseur illisible : reprenez la liste depuis le début.")
    return Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
