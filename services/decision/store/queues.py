"""The queues of a technician: which cases wait for what, counted, and the next one taken by one person only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from services.decision import tables
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork

SOON = dt.timedelta(days=15)
_c = tables.cases.c
_OPEN = _c.state == "open"
_DECIDABLE = _c.state.in_(["open", "granted"])
"""Open, or an admission to complete after an appeal: only then does a granted case wait for a decision."""


@dataclass(frozen=True)
class Queue:
    """One queue: its code, its words, how pressing it is (a word of the style), and which cases are in it."""

    code: str
    label: str
    kind: str
    wanted: sa.ColumnElement[bool]


def queues(today: dt.date) -> tuple[Queue, ...]:
    """The queues in the order in which they press."""
    return (
        Queue("silence", "Silence dans 15 jours ou moins", "late", _OPEN & (_c.due_on <= today + SOON)),
        Queue("confirmation", "À confirmer", "soon", _DECIDABLE & (_c.waiting_for == "confirmation")),
        Queue("priority", "Prioritaires à décider", "soon", _OPEN & _c.priority & (_c.waiting_for == "decision")),
        Queue("decision", "À décider", "", _DECIDABLE & (_c.waiting_for == "decision")),
        Queue("received", "Pièces reçues", "", _OPEN & (_c.papers == "received")),
        Queue("overdue", "Délai de pièces échu", "soon", _OPEN & (_c.papers == "overdue")),
        Queue("identity", "Signalement à juger", "", _OPEN & (_c.waiting_for == "identity")),
        Queue("papers", "Pièces attendues", "", _OPEN & (_c.waiting_for == "papers")),
        Queue("appeals", "Recours en cours", "", _c.appeal.not_in(["", "settled"])),
    )


def pressing(principal: Principal, today: dt.date) -> Queue:
    """What presses among the person's own cases: silence near, the target passed, the delay of the papers over, a
    decision to confirm."""
    late = _OPEN & ((_c.due_on <= today + SOON) | (_c.target_on < today) | (_c.papers == "overdue"))
    wanted = (_c.assignee == principal.id) & (late | (_DECIDABLE & (_c.waiting_for == "confirmation")))
    return Queue("pressing", "Mes échéances", "late", wanted)


def find(code: str, principal: Principal, today: dt.date) -> Queue | None:
    """The queue of this code, for this person; None where there is none."""
    return next((queue for queue in (*queues(today), pressing(principal, today)) if queue.code == code), None)


async def count_pressing(unit: UnitOfWork, principal: Principal, today: dt.date) -> int:
    """How many of the person's own cases press: as many as the list of that queue has."""
    wanted = pressing(principal, today).wanted
    counted = sa.select(sa.func.count()).select_from(tables.cases)
    return int(await unit.scalar(counted.where(principal.scope(_c.caisse), tables.AT_WORK, wanted)) or 0)


def at_hand(principal: Principal, queue: str = "") -> sa.ColumnElement[bool]:
    """Cases in scope that nobody has, or this person.

    To confirm is what somebody else prepared, whoever follows the case: it is never for the person who prepared it.
    """
    scope = principal.scope(_c.caisse)
    if queue == "confirmation":
        return scope & (_c.prepared_by != principal.id)
    return scope & sa.or_(_c.assignee.is_(None), _c.assignee == principal.id)


async def count(unit: UnitOfWork, principal: Principal, today: dt.date) -> Mapping[str, int]:
    """How many cases of each queue are at hand for this person, in one statement."""
    columns = [
        sa.func.count().filter(queue.wanted & at_hand(principal, queue.code)).label(queue.code)
        for queue in queues(today)
    ]
    mine = sa.func.count().filter(_OPEN & (_c.assignee == principal.id)).label("mine")
    row = await unit.one_or_none(sa.select(*columns, mine).where(principal.scope(_c.caisse), tables.AT_WORK))
    return {} if row is None else dict(row._mapping)


async def next_case(unit: UnitOfWork, principal: Principal, today: dt.date, code: str) -> UUID | None:
    """The case of a queue that presses most and that nobody has in hand, locked: two people never get the same one.

    None when the queue is empty, or when all that is left is being taken by others at this moment.
    """
    queue = next((queue for queue in queues(today) if queue.code == code), None)
    if queue is None:
        return None
    found: UUID | None = await unit.scalar(
        sa.select(_c.application_id)
        .where(principal.scope(_c.caisse), queue.wanted, _c.assignee.is_(None))
        .order_by(_c.priority.desc(), _c.due_on.asc().nulls_last(), _c.application_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return found
