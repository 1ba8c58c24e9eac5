"""Titles read, locked and written, with their acts and the events that leave with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain.addressee import SYSTEM
from services.letters.domain.titles.forms import TitleForm
from services.letters.domain.titles.title import Title, TitleState, VoidReason
from services.letters.store import posting, seals
from services.letters.tables import letters, title_acts, title_rights, titles
from shared import clock
from shared.access.principal import Principal
from shared.contract import events
from shared.contract.events import Actor
from shared.database import advisory_lock
from shared.database.unit_of_work import UnitOfWork, emit
from shared.http.paging import Paging, after, cut
from shared.http.problems import not_found
from shared.ids import named_uuid, uuid7


async def alone(unit: UnitOfWork, application_id: UUID) -> None:
    """Let one transaction at a time make titles of an application."""
    await advisory_lock.hold(unit, f"titles {application_id}")


def title_of(row: sa.Row[Any]) -> Title:
    """A row of the table as the title it is."""
    return Title(
        title_id=row.title_id,
        application_id=row.application_id,
        decision_id=row.decision_id,
        caisse=row.caisse,
        holder=row.holder,
        member_id=row.member_id,
        member_rank=row.member_rank,
        listed=tuple(row.listed),
        form=TitleForm(row.form),
        serial=row.serial,
        copy_no=row.copy_no,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        state=TitleState(row.state),
        since=row.since,
        void_reason=VoidReason(row.void_reason) if row.void_reason else None,
    )


def _in_scope(principal: Principal) -> sa.Select[Any]:
    """The titles that a caisse gave, and those of files that it now holds."""
    return sa.select(titles).where(principal.scope(titles.c.caisse, titles.c.holder))


async def one(unit: UnitOfWork, principal: Principal, serial: str, *, lock: bool = False) -> Title:
    """The title of this serial in the principal's scope. Raises 404 for any other."""
    found = await one_or_none(unit, principal, serial, lock=lock)
    if found is None:
        raise not_found()
    return found


async def one_or_none(unit: UnitOfWork, principal: Principal, serial: str, *, lock: bool = False) -> Title | None:
    """The same, or None."""
    query = _in_scope(principal).where(titles.c.serial == serial)
    row = await unit.one_or_none(query.with_for_update() if lock else query)
    return title_of(row) if row is not None else None


async def counted(unit: UnitOfWork, principal: Principal) -> dict[TitleState, int]:
    """How many titles in scope are in each state."""
    c = titles.c
    query = sa.select(c.state, sa.func.count().label("titles")).where(principal.scope(c.caisse, c.holder))
    return {TitleState(row.state): row.titles for row in await unit.rows(query.group_by(c.state))}


async def count_listing_ended(unit: UnitOfWork, principal: Principal) -> int:
    """How many titles in scope name somebody whose right was ended before theirs."""
    c, ended = titles.c, matching(None, None, lists_ended=True)
    query = sa.select(sa.func.count()).select_from(titles).where(principal.scope(c.caisse, c.holder), *ended)
    return int(await unit.scalar(query))


async def listed(
    unit: UnitOfWork, principal: Principal, paging: Paging, *conditions: sa.ColumnElement[bool]
) -> tuple[list[Title], bool]:
    """A page of titles in scope, those longest in their state first."""
    query = _in_scope(principal).where(*conditions)
    if (last := after(paging, dt.date.fromisoformat, UUID)) is not None:
        place = sa.tuple_(sa.literal(last[0], sa.Date), sa.literal(last[1], titles.c.title_id.type))
        query = query.where(sa.tuple_(titles.c.since, titles.c.title_id) > place)
    rows, more = cut(
        await unit.rows(query.order_by(titles.c.since, titles.c.title_id).limit(paging.limit + 1)), paging.limit
    )
    return [title_of(row) for row in rows], more


def matching(
    application_id: UUID | None, state: TitleState | None, *, lists_ended: bool = False
) -> list[sa.ColumnElement[bool]]:
    """The conditions of a list of titles. ``lists_ended``: live ones that name somebody whose right ended early."""
    given = ((titles.c.application_id, application_id), (titles.c.state, state))
    found = [column == value for column, value in given if value is not None]
    if lists_ended:
        r = title_rights.c
        ended = sa.exists().where(
            r.application_id == titles.c.application_id,
            r.member_rank == sa.any_(titles.c.listed),
            r.ends_on < titles.c.ends_on,
        )
        found += [titles.c.state != "voided", ended]
    return found


async def live_of(unit: UnitOfWork, application_id: UUID) -> list[Title]:
    """The titles of an application that count, locked; its route has checked the scope."""
    query = sa.select(titles).where(titles.c.application_id == application_id, titles.c.state != "voided")
    return [title_of(row) for row in await unit.rows(query.order_by(titles.c.member_rank).with_for_update())]


async def acts_of(unit: UnitOfWork, title_id: UUID) -> Sequence[sa.Row[Any]]:
    """What was done with a title, the oldest first."""
    return await unit.rows(sa.select(title_acts).where(title_acts.c.title_id == title_id).order_by(title_acts.c.act_id))


async def add(
    unit: UnitOfWork, new: Sequence[Title], actor: Actor, correlation_id: str, replaces: Title | None = None
) -> list[Title]:
    """Write titles that were ordered, and tell it; returns those that were not there before. ``replaces``: the void one
    of a duplicate."""
    rows = [
        {
            "title_id": title.title_id,
            "application_id": title.application_id,
            "decision_id": title.decision_id,
            "caisse": title.caisse,
            "holder": title.holder,
            "member_id": title.member_id,
            "member_rank": title.member_rank,
            "listed": list(title.listed),
            "form": title.form.value,
            "serial": title.serial,
            "copy_no": title.copy_no,
            "starts_on": title.starts_on,
            "ends_on": title.ends_on,
            "state": title.state.value,
            "since": title.since,
        }
        for title in new
    ]
    inserted = await unit.insert_many(titles, rows, conflict=["title_id"], returning=["title_id"])
    made = {row.title_id for row in inserted}
    added = [title for title in new if title.title_id in made]
    for title in added:
        await _note(unit, title, actor)
        ordered = {
            "decision_id": title.decision_id,
            "member_rank": title.member_rank,
            "listed_ranks": list(title.listed),
            "starts_on": title.starts_on,
            "ends_on": title.ends_on,
            "ordered_on": title.since,
            "replaces": replaces.serial if replaces else "",
            "replaced_for": replaces.void_reason.value if replaces and replaces.void_reason else "",
        }
        emit(unit, _event(events.TitleOrdered, title, actor, correlation_id, **ordered))
    return added


async def save(unit: UnitOfWork, title: Title, actor: Actor, correlation_id: str) -> Title:
    """Write the new state of a title that its caller has locked in scope, and tell it."""
    changed = sa.update(titles).where(titles.c.title_id == title.title_id)
    reason = title.void_reason.value if title.void_reason else None
    await unit.execute(changed.values(state=title.state.value, since=title.since, void_reason=reason))
    await _note(unit, title, actor)
    match title.state:
        case TitleState.PRODUCED:
            emit(unit, _event(events.TitleProduced, title, actor, correlation_id, produced_on=title.since))
        case TitleState.RECEIVED:
            emit(unit, _event(events.TitleReceived, title, actor, correlation_id, received_on=title.since))
        case TitleState.POSTED:
            emit(unit, _event(events.TitlePosted, title, actor, correlation_id, id=uuid7(), posted_on=title.since))
        case TitleState.RETURNED:
            emit(unit, _event(events.TitleReturned, title, actor, correlation_id, id=uuid7(), returned_on=title.since))
        case TitleState.VOIDED:
            await seals.void_serial(unit, title.application_id, title.serial, title.since, str(reason))
            told = {"reason": reason, "voided_on": title.since}
            emit(unit, _event(events.TitleVoided, title, actor, correlation_id, **told))
            await _keep_back(unit, title, actor)
    return title


async def _keep_back(unit: UnitOfWork, title: Title, actor: Actor) -> None:
    """A title that was drawn here and is void must not leave any more."""
    if (letter_id := await letter_of(unit, title)) is None:
        return
    query = sa.select(letters).where(letters.c.letter_id == letter_id, letters.c.state == "issued")
    if (row := await unit.one_or_none(query.with_for_update())) is not None:
        await posting.cancel(unit, row, "title_voided", actor, clock.today())


async def letter_of(unit: UnitOfWork, title: Title) -> UUID | None:
    """The letter by which a title was drawn here; None of a card."""
    found: UUID | None = await unit.scalar(sa.select(titles.c.letter_id).where(titles.c.title_id == title.title_id))
    return found


async def rendered_as(unit: UnitOfWork, title: Title, letter_id: UUID) -> None:
    """The letter by which a title was drawn here."""
    changed = sa.update(titles).where(titles.c.title_id == title.title_id)
    await unit.execute(changed.values(letter_id=letter_id))


async def void_of(
    unit: UnitOfWork, event: events.Event, reason: VoidReason, on: dt.date, ranks: Sequence[int] | None
) -> None:
    """Void the titles of an application, or of some of its members, because of an event."""
    for title in await live_of(unit, event.application_id):
        if ranks is None or title.member_rank in ranks:
            await save(unit, title.voided(reason, on), SYSTEM, event.correlation_id)


async def _note(unit: UnitOfWork, title: Title, actor: Actor) -> None:
    row = {
        "act_id": uuid7(),
        "title_id": title.title_id,
        "application_id": title.application_id,
        "act": title.state.value,
        "happened_on": title.since,
        "reason": title.void_reason.value if title.void_reason else "",
        "actor_id": actor.id,
    }
    await unit.insert_many(title_acts, [row])


def _event(model: type[Any], title: Title, actor: Actor, correlation_id: str, **fields: Any) -> Any:
    told = {"title_id": title.title_id, "serial": title.serial, "copy_no": title.copy_no, "form": title.form.value}
    return model.new(
        application_id=title.application_id,
        caisse=title.holder,
        actor=actor,
        correlation_id=correlation_id,
        **{"id": named_uuid(model.model_fields["type"].default, title.title_id), **told, **fields},
    )
