"""Orders to the card maker: which titles go, and what its answers say of each."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain import library
from services.letters.domain.titles.card_order import AnswerRow, RowVerdict
from services.letters.domain.titles.title import Title, TitleState, TitleStepNotAllowed, VoidReason
from services.letters.store import titles as title_store
from services.letters.tables import title_orders, title_photographs, titles
from shared.access.principal import Principal
from shared.contract.events import Actor
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Paging, after, cut
from shared.http.problems import not_found
from shared.ids import uuid7

MOST: Final = 500

OrderRow: TypeAlias = sa.Row[Any]
"""A row of the table of orders."""


@dataclass(frozen=True)
class AnswerVerdict:
    """What one line of an answer did."""

    line: int
    serial: str
    verdict: RowVerdict


async def make(unit: UnitOfWork, principal: Principal, caisse: str, on: dt.date) -> UUID | None:
    """Order the cards of a caisse that wait for one, photograph confirmed where the form bears one; None: none waits.

    The route has checked that the principal acts for this caisse.
    """
    made = [one.form.value for one in library.title_rules().forms if one.made == "card_maker"]
    pictured = [one.form.value for one in library.title_rules().forms if one.photograph]
    photograph = sa.exists().where(
        title_photographs.c.application_id == titles.c.application_id,
        title_photographs.c.member_rank == titles.c.member_rank,
        title_photographs.c.state == "confirmed",
    )
    c = titles.c
    query = sa.select(c.title_id).where(
        principal.scope(c.holder),
        c.holder == caisse,
        c.state == "ordered",
        c.order_id.is_(None),
        c.form.in_(made),
        sa.or_(c.form.not_in(pictured), photograph),
    )
    rows = await unit.rows(query.order_by(c.since, c.title_id).limit(MOST).with_for_update(skip_locked=True))
    if not rows:
        return None
    order_id = uuid7()
    await unit.insert_many(title_orders, [{"order_id": order_id, "caisse": caisse, "ordered_on": on}])
    chosen = sa.update(titles).where(c.title_id.in_([row.title_id for row in rows]))
    await unit.execute(chosen.values(order_id=order_id))
    return order_id


async def one(unit: UnitOfWork, principal: Principal, order_id: UUID, *, lock: bool = False) -> sa.Row[Any]:
    """An order in scope. Raises 404 for any other."""
    c = title_orders.c
    query = sa.select(title_orders).where(c.order_id == order_id, principal.scope(c.caisse))
    row = await unit.one_or_none(query.with_for_update() if lock else query)
    if row is None:
        raise not_found()
    return row


async def listed(unit: UnitOfWork, principal: Principal, paging: Paging) -> tuple[Sequence[sa.Row[Any]], bool]:
    """A page of orders in scope, the newest first."""
    c = title_orders.c
    query = sa.select(title_orders).where(principal.scope(c.caisse))
    if (last := after(paging, UUID)) is not None:
        query = query.where(c.order_id < last[0])
    return cut(await unit.rows(query.order_by(c.order_id.desc()).limit(paging.limit + 1)), paging.limit)


async def titles_of(unit: UnitOfWork, order_id: UUID) -> list[Title]:
    """The titles of an order that its caller has read in scope."""
    query = sa.select(titles).where(titles.c.order_id == order_id).order_by(titles.c.serial).with_for_update()
    return [title_store.title_of(row) for row in await unit.rows(query)]


async def answer(
    unit: UnitOfWork, order: sa.Row[Any], rows: Sequence[AnswerRow], actor: Actor, correlation_id: str
) -> list[AnswerVerdict]:
    """Take an answer in, line by line: a card made waits for its parcel, one rejected is void and may be made again.

    A serial that nobody knows here, or of another order, changes nothing and is kept with the answer.
    """
    mine = {title.serial: title for title in await titles_of(unit, order.order_id)}
    asked = [row.serial for row in rows if row.serial not in mine]
    query = sa.select(titles.c.serial).where(titles.c.serial.in_(asked), titles.c.order_id.is_not(None))
    elsewhere = {row.serial for row in await unit.rows(query)}
    found = []
    for row in rows:
        verdict: RowVerdict
        if row.verdict is None or row.on is None:
            verdict = "bad_row"
        elif row.serial not in mine:
            verdict = "other_order" if row.serial in elsewhere else "unknown_serial"
        else:
            title = mine[row.serial]
            try:
                after_row = (
                    title.step(TitleState.PRODUCED, max(row.on, title.since))
                    if row.verdict == "made"
                    else _rejected(title, row.on)
                )
                mine[row.serial] = await title_store.save(unit, after_row, actor, correlation_id)
                verdict = row.verdict
            except TitleStepNotAllowed:
                verdict = "already_told"
        found.append(AnswerVerdict(row.line, row.serial, verdict))
    kept = [{"line": one.line, "serial": one.serial, "verdict": one.verdict} for one in found]
    await unit.execute(_KEEP, {"order": order.order_id, "answer": json.dumps([kept])})
    return found


def _rejected(title: Title, on: dt.date) -> Title:
    if title.state is not TitleState.ORDERED:
        raise TitleStepNotAllowed("title_state", "Ce titre est déjà fabriqué.")
    return title.voided(VoidReason.NOT_MADE, on)


_KEEP = sa.text("UPDATE title_orders SET answers = answers || CAST(:answer AS jsonb) WHERE order_id = :order")
