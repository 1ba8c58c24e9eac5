"""Acts of a desk that nobody hears of until they can be undone no more (record 0030).

An act is tried first, so that what is wrong is said at once, then noted, and carried out by a job in the name of who
noted it when its time is up. Until then it is undone as if it had never been. What became impossible meanwhile is kept
with its reason, for the page where the act was done.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError, OperationalError

from shared.access.principal import Principal, Role
from shared.database.unit_of_work import Database, UnitOfWork
from shared.http.problems import Problem, not_found
from shared.ids import uuid7
from shared.observability.logs import correlation, logger

log = logger("held_acts")

KEPT: Final = dt.timedelta(days=7)
"""How long the page still says what could not be carried out."""
FAULT: Final = "Cet acte n'a pas pu être enregistré : dites-le à l'exploitation, puis refaites-le."

Answer = TypeVar("Answer")
Doing = Callable[[UnitOfWork, Principal, Mapping[str, Any]], Awaitable[object]]
"""How an act of one kind is done, from what was said of it. Raises Problem where it cannot be."""


def held_acts_table(metadata: sa.MetaData) -> sa.Table:
    """The table, for a service whose desks have such acts. ``said`` may name somebody: it goes once the act is over."""
    return sa.Table(
        "held_acts",
        metadata,
        sa.Column("act_id", postgresql.UUID, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("caisse", sa.Text, nullable=False),
        sa.Column("application_id", postgresql.UUID),
        sa.Column("said", postgresql.JSONB, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("actor_roles", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("correlation_id", sa.Text, nullable=False, server_default=""),
        sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
        sa.Column("failure", sa.Text, nullable=False, server_default=""),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'done', 'undone', 'failed')", name="held_acts_state"),
        sa.Index("held_acts_waiting", "due_at", postgresql_where=sa.text("state = 'waiting'")),
        sa.Index(
            "held_acts_one",
            "caisse",
            "kind",
            "subject",
            unique=True,
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index("held_acts_caisse", "caisse", "kind", "act_id"),
        sa.Index("held_acts_application", "application_id"),
    )


_held = held_acts_table(sa.MetaData())


@dataclass(frozen=True)
class NewAct:
    """What somebody does: the kind of act, on what, for which caisse and file, and what is said of it."""

    kind: str
    subject: str
    caisse: str
    said: Mapping[str, Any]
    application_id: UUID | None = None


@dataclass(frozen=True)
class HeldAct:
    """An act that waits, or could not be carried out and why. ``until``: the last moment to undo it, by the clock."""

    act_id: UUID
    kind: str
    subject: str
    application_id: UUID | None
    said: Mapping[str, Any]
    waits: bool
    failure: str
    until: str


class _Tried(Exception):
    """Ends a trial: nothing of it stays."""


async def tried(database: Database, act: Callable[[UnitOfWork], Awaitable[Answer]]) -> Answer:
    """What an act would answer now; nothing of it is kept and no event leaves. Raises what the act raises."""
    found: list[Answer] = []
    try:
        async with database.unit() as unit:
            found.append(await act(unit))
            raise _Tried
    except _Tried:
        return found[0]


async def note(unit: UnitOfWork, principal: Principal, new: NewAct, seconds: int) -> HeldAct:
    """Note an act that is carried out after so many seconds. Raises 409 where one on the same subject waits."""
    values = {
        "act_id": uuid7(),
        "kind": new.kind,
        "subject": new.subject,
        "caisse": new.caisse,
        "application_id": new.application_id,
        "said": dict(new.said),
        "actor_id": principal.id,
        "actor_roles": sorted(role.value for role in principal.roles),
        "correlation_id": correlation.get(),
        "due_at": sa.func.now() + dt.timedelta(seconds=seconds),
    }
    try:
        async with unit.savepoint():
            row = (await unit.execute(sa.insert(_held).values(values).returning(_held))).one()
    except IntegrityError:
        detail = "Un acte est déjà noté ici et s'enregistre : annulez-le d'abord, ou attendez qu'il soit enregistré."
        raise Problem(409, "act_waits", detail, title="Acte en cours") from None
    return _act(row)


async def undo(unit: UnitOfWork, principal: Principal, act_id: UUID) -> HeldAct:
    """Undo an act while it waits. Raises 404 out of scope, 409 once it is carried out."""
    row = await _in_scope(unit, principal, act_id)
    if row.state in ("waiting", "failed"):
        await unit.execute(_changed(act_id).values(state="undone", said={}))
    elif row.state != "undone":
        detail = "Cet acte est enregistré et d'autres l'ont appris : il ne s'annule plus."
        raise Problem(409, "act_done", detail, title="Trop tard pour annuler")
    return _act(row)


async def hasten(unit: UnitOfWork, principal: Principal, act_id: UUID) -> HeldAct:
    """Let an act that waits be carried out now. Raises 404 out of scope."""
    row = await _in_scope(unit, principal, act_id)
    if row.state == "waiting":
        await unit.execute(_changed(act_id).values(due_at=sa.func.now()))
    return _act(row)


async def open_acts(
    unit: UnitOfWork, principal: Principal, kind: str, application_id: UUID | None = None
) -> Sequence[HeldAct]:
    """The acts of a kind that wait or failed lately, of one file or of the caisse, the last first."""
    c = _held.c
    lately = sa.or_(c.state == "waiting", sa.and_(c.state == "failed", c.due_at > sa.func.now() - KEPT))
    query = sa.select(_held).where(principal.scope(c.caisse), c.kind == kind, lately)
    if application_id is not None:
        query = query.where(c.application_id == application_id)
    return [_act(row) for row in await unit.rows(query.order_by(c.act_id.desc()).limit(100))]


async def erase(unit: UnitOfWork, ids: Sequence[UUID]) -> None:
    """Forget the acts on these files, those that wait too."""
    await unit.execute(sa.delete(_held).where(_held.c.application_id.in_(ids)))


async def carry_out_next(database: Database, doing: Mapping[str, Doing]) -> UUID | None:
    """Carry out one act whose time is up, in the name of who noted it; None where none is due.

    One that fails by a fault of ours is set aside as well, and told: it must not hold up those after it.
    """
    async with database.unit() as unit:
        row = await unit.one_or_none(_DUE)
        if row is None:
            return None
        principal = Principal(row.actor_id, frozenset(Role(one) for one in row.actor_roles), row.caisse)
        correlation.set(row.correlation_id)
        await unit.execute(_changed(row.act_id).values(state="done", said={}))
        try:
            async with unit.savepoint():
                await doing[row.kind](unit, principal, row.said)
        except Problem as problem:
            reasons = " ".join(error.detail for error in problem.errors) or problem.detail or problem.title
            await unit.execute(_changed(row.act_id).values(state="failed", failure=reasons))
        except OperationalError:
            raise  # the database was away, or somebody else was first: tried again
        except Exception as fault:
            log.error("held_act_failed", act=str(row.act_id), kind=row.kind, error=type(fault).__name__)
            await unit.execute(_changed(row.act_id).values(state="failed", failure=FAULT))
        await unit.execute(_FORGET, {"kept": KEPT})
        return UUID(str(row.act_id))


async def _in_scope(unit: UnitOfWork, principal: Principal, act_id: UUID) -> sa.Row[Any]:
    c = _held.c
    query = sa.select(_held).where(c.act_id == act_id, principal.scope(c.caisse))
    row = await unit.one_or_none(query.with_for_update())
    if row is None:
        raise not_found()
    return row


def _changed(act_id: UUID) -> sa.Update:
    return sa.update(_held).where(_held.c.act_id == act_id)


def _act(row: sa.Row[Any]) -> HeldAct:
    return HeldAct(
        row.act_id,
        row.kind,
        row.subject,
        row.application_id,
        row.said,
        row.state == "waiting",
        row.failure,
        row.due_at.astimezone().strftime("%H:%M:%S"),
    )


_DUE = sa.text(
    "SELECT * FROM held_acts WHERE state = 'waiting' AND due_at <= now() ORDER BY due_at, act_id LIMIT 1 "
    "FOR UPDATE SKIP LOCKED"
)
_FORGET = sa.text("DELETE FROM held_acts WHERE state <> 'waiting' AND due_at < now() - CAST(:kept AS interval)")
