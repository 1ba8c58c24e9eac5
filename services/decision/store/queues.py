"""The queues of a technician: which cases wait for what, counted, and the next one taken by one person only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from services.decision import tables
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork

SOON = dt.timedelta(days=15)
Columns: TypeAlias = ReadOnlyColumnCollection[str, sa.Column[Any]] | ReadOnlyColumnCollection[str, Any]
_c = tables.cases.c


@dataclass(frozen=True)
class Queue:
    """One queue: its code, its words, how pressing it is (a word of the style), and which cases are in it."""

    code: str
    label: str
    kind: str
    wanted: sa.ColumnElement[bool]


def queues(today: dt.date, c: Columns = _c) -> tuple[Queue, ...]:
    """The queues in the order in which they press, of the cases or of rows ``c`` that say the same of many."""
    is_open, decidable = c.state == "open", _decidable(c)
    return (
        Queue("silence", "Silence dans 15 jours ou moins", "late", is_open & (c.due_on <= today + SOON)),
        Queue("confirmation", "À confirmer", "soon", decidable & (c.waiting_for == "confirmation")),
        Queue("priority", "Prioritaires à décider", "soon", is_open & c.priority & (c.waiting_for == "decision")),
        Queue("decision", "À décider", "", decidable & (c.waiting_for == "decision")),
        Queue("received", "Pièces reçues", "", is_open & (c.papers == "received")),
        Queue("overdue", "Délai de pièces échu", "soon", is_open & (c.papers == "overdue")),
        Queue("identity", "Signalement à juger", "", is_open & (c.waiting_for == "identity")),
        Queue("papers", "Pièces attendues", "", is_open & (c.waiting_for == "papers")),
        Queue("appeals", "Recours en cours", "", c.appeal.not_in(["", "settled"])),
    )


def _decidable(c: Columns) -> sa.ColumnElement[bool]:
    """Open, or an admission to complete after an appeal: only then does a granted case wait for a decision."""
    return c.state.in_(["open", "granted"])


def pressing(principal: Principal, today: dt.date) -> Queue:
    """What presses among the person's own cases: silence near, the target passed, the delay of the papers over, a
    decision to confirm."""
    near = (_c.due_on <= today + SOON) | (_c.target_on < today) | (_c.papers == "overdue")
    late = (_c.state == "open") & near
    wanted = (_c.assignee == principal.id) & (late | (_decidable(_c) & (_c.waiting_for == "confirmation")))
    return Queue("pressing", "Mes échéances", "late", wanted)


def find(code: str, principal: Principal, today: dt.date) -> Queue | None:
    """The queue of this code, for this person; None where there is none."""
    return next((queue for queue in (*queues(today), pressing(principal, today)) if queue.code == code), None)


async def count_pressing(unit: UnitOfWork, principal: Principal, today: dt.date) -> int:
    """How many of the person's own cases press: as many as the list of that queue has."""
    wanted = pressing(principal, today).wanted
    counted = sa.select(sa.func.count()).select_from(tables.cases)
    return int(await unit.scalar(counted.where(principal.scope(_c.caisse), tables.AT_WORK, wanted)) or 0)


def at_hand(principal: Principal, queue: str = "", c: Columns = _c) -> sa.ColumnElement[bool]:
    """Cases in scope that nobody has, or this person.

    To confirm is what somebody else prepared, whoever follows the case: it is never for the person who prepared it.
    """
    scope = principal.scope(c.caisse)
    if queue == "confirmation":
        return scope & (c.prepared_by != principal.id)
    return scope & sa.or_(c.assignee.is_(None), c.assignee == principal.id)


async def count(unit: UnitOfWork, principal: Principal, today: dt.date) -> Mapping[str, int]:
    """How many cases of each queue are at hand for this person, in one statement.

    Cases of which the same is told are counted together first: the queues are asked of each kind once, not of each
    case.
    """
    told = (_c.caisse, _c.state, _c.waiting_for, _c.priority, _c.papers, _c.appeal, *_queue_values(principal, today))
    alike = sa.select(*told, sa.func.count().label("cases")).where(principal.scope(_c.caisse), tables.AT_WORK)
    kinds = alike.group_by(*told).subquery("kinds")
    c = kinds.c
    wanted = {queue.code: queue.wanted & at_hand(principal, queue.code, c) for queue in queues(today, c)}
    wanted["mine"] = (c.state == "open") & (c.assignee == principal.id)
    columns = [sa.func.sum(c.cases).filter(condition).label(code) for code, condition in wanted.items()]
    row = await unit.one_or_none(sa.select(*columns))
    return {} if row is None else {code: int(cases or 0) for code, cases in row._mapping.items()}


def _queue_values(principal: Principal, today: dt.date) -> tuple[sa.Label[Any], ...]:
    """What queues ask of a case, in as few values as they tell apart: whether silence is near, whose it is, whether
    this person prepared its decision."""
    mine, near = sa.literal(principal.id), sa.literal(today, sa.Date)
    return (
        sa.case((_c.due_on <= today + SOON, near)).label("due_on"),
        sa.case((_c.assignee == principal.id, mine), (_c.assignee.is_not(None), "another")).label("assignee"),
        sa.case((_c.prepared_by == principal.id, mine), else_="").label("prepared_by"),
    )


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
