"""The rights that titles are made for, as decision tells them; a right that ends takes its titles with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain.recipient import Recipient
from services.letters.domain.titles.forms import PersonWithRight
from services.letters.domain.titles.title import VoidReason
from services.letters.store import title_photographs
from services.letters.store.titles import void_of
from services.letters.tables import recipients, title_rights
from shared.contract import events
from shared.database.unit_of_work import UnitOfWork


async def follow(unit: UnitOfWork, batch: Sequence[events.Event]) -> None:
    """Keep what these events of decision say of rights, in their order for each application.

    Grants that follow each other are kept in one go; rows are written in the order of applications, so that no two
    batches wait in a circle.
    """
    grants: dict[UUID, events.Granted] = {}
    for event in sorted(batch, key=lambda one: one.application_id):
        if isinstance(event, events.Granted):
            grants[event.application_id] = event
            continue
        match event:
            case events.RightEnded():
                await _granted(unit, grants)
                await _ended(unit, event)
            case events.Revoked() if event.outcome == "granted":
                await _granted(unit, grants)
                await _withdrawn(unit, event, event.revoked_on)
            case events.AppealSettled() if event.reopened:
                await _granted(unit, grants)
                await _withdrawn(unit, event, event.settled_on)
    await _granted(unit, grants)


async def _granted(unit: UnitOfWork, grants: dict[UUID, events.Granted]) -> None:
    """The rights of these decisions take the place of earlier ones; an erased file gets none. Empties ``grants``."""
    if not grants:
        return
    c = recipients.c
    query = sa.select(c.application_id).where(c.application_id.in_(list(grants)), c.state == "erased")
    erased = {row.application_id for row in await unit.rows(query)}
    gone = sa.delete(title_rights).where(title_rights.c.application_id.in_(list(grants)))
    await unit.execute(gone)
    rows = [
        {
            "application_id": key,
            "member_id": right.member_id,
            "member_rank": right.member_rank,
            "decision_id": event.decision_id,
            "starts_on": right.starts_on,
            "ends_on": right.ends_on,
        }
        for key, event in sorted(grants.items())
        if key not in erased
        for right in sorted(event.entitlements, key=lambda one: one.member_id)
    ]
    await unit.insert_many(title_rights, rows, conflict=["application_id", "member_id"])
    grants.clear()


async def _withdrawn(unit: UnitOfWork, event: events.Event, on: dt.date) -> None:
    """The decision fell, and with it the right and its titles; what is decided next opens its own."""
    await unit.execute(sa.delete(title_rights).where(title_rights.c.application_id == event.application_id))
    await void_of(unit, event, VoidReason.RIGHT_WITHDRAWN, on, None)
    await title_photographs.remove(unit, event.application_id)


async def _ended(unit: UnitOfWork, event: events.RightEnded) -> None:
    """The right of some ended early: nobody has a title for a right that is over.

    A title of somebody else that lists one of them stays, for its holder needs it: an agent finds it by
    ``lists_ended`` and has it made again, for ``change``, without them.
    """
    c = title_rights.c
    changed = sa.update(title_rights).where(
        c.application_id == event.application_id, c.member_rank.in_(event.member_ranks), c.ends_on > event.ended_on
    )
    await unit.execute(changed.values(ends_on=event.ended_on))
    await void_of(unit, event, VoidReason.RIGHT_ENDED, event.business_date, event.member_ranks)
    for rank in event.member_ranks:
        await title_photographs.remove(unit, event.application_id, rank)


async def rights_of(unit: UnitOfWork, application_id: UUID) -> Sequence[sa.Row[Any]]:
    """The rights of an application whose route has checked the scope, by rank."""
    c = title_rights.c
    return await unit.rows(sa.select(title_rights).where(c.application_id == application_id).order_by(c.member_rank))


def persons(rows: Sequence[sa.Row[Any]], recipient: Recipient) -> list[PersonWithRight]:
    """The members with a right, with what is known of their birth."""
    found = []
    for row in rows:
        known = recipient.person(member_id=row.member_id, rank=row.member_rank)
        birth = known.birth_date if known is not None else None
        found.append(PersonWithRight(row.member_id, row.member_rank, birth, row.starts_on, row.ends_on))
    return found
