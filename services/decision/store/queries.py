"""Reading cases for people: lists inside the caisse of the token, and one case whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE

from services.decision import tables
from services.decision.domain.case.case import Case
from services.decision.domain.case.context import DecisionContext
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.store.cases import READ, case_from_row
from services.decision.store.locked_case import LockedCase
from services.decision.store.persons import persons_of
from services.decision.store.read_models import CaseDetail, CaseSummary, Workload, case_detail
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Page, Paging, after, cut, encode_cursor
from shared.http.problems import not_found

NEVER = dt.date(9999, 12, 31)
_c = tables.cases.c
_TODAY = sa.bindparam("today", type_=sa.Date)
_KEYS = (_c.caisse, _c.assignee, _c.state, _c.waiting_for)
_WORKLOAD = (
    sa.select(
        *_KEYS,
        sa.func.count().label("cases"),
        sa.func.count().filter(_c.target_on < _TODAY).label("overdue"),
        sa.func.count().filter(_c.due_on <= _TODAY + 15).label("silence_within_15_days"),
        sa.func.count().filter(_c.priority).label("priority"),
        sa.func.count().filter(_c.appeal.not_in(["", "settled"])).label("appeals"),
    )
    .where(sa.or_(_c.state.in_(["awaiting", "open"]), _c.appeal.not_in(["", "settled"])))
    .group_by(*_KEYS)
    .order_by(*_KEYS)
)


@dataclass(frozen=True)
class CaseFilter:
    """Which cases a list shows; what is None or empty does not restrict it."""

    due_before: dt.date | None = None
    states: tuple[str, ...] = ()
    assignee: str | None = None
    waiting_for: str | None = None
    proposal: str | None = None
    signal: str | None = None
    appeal: str | None = None
    priority: bool | None = None
    overdue_on: dt.date | None = None


async def workload(unit: UnitOfWork, principal: Principal, today: dt.date) -> list[Workload]:
    """Cases in scope that somebody must work on, counted."""
    rows = await unit.rows(_WORKLOAD.where(principal.scope(tables.cases.c.caisse)), {"today": today})
    return [Workload.model_validate(row) for row in rows]


async def listed(unit: UnitOfWork, principal: Principal, page: Paging, chosen: CaseFilter) -> Page[CaseSummary]:
    """One page of the cases in scope, the nearest end of delay first, decided ones last."""
    c = tables.cases.c
    due = sa.func.coalesce(c.due_on, NEVER)
    query = sa.select(*(c[name] for name in CaseSummary.model_fields)).where(principal.scope(c.caisse))
    if chosen.due_before is not None:
        query = query.where(c.due_on < chosen.due_before)
    equal = ((c.assignee, chosen.assignee), (c.waiting_for, chosen.waiting_for), (c.proposal, chosen.proposal))
    more_equal = ((c.identity, chosen.signal), (c.appeal, chosen.appeal), (c.priority, chosen.priority))
    for column, value in (*equal, *more_equal):
        if value is not None:
            query = query.where(column == value)
    if chosen.overdue_on is not None:
        query = query.where(c.state == "open", c.target_on < chosen.overdue_on)
    if chosen.states:
        query = query.where(c.state.in_(chosen.states))
    if last := after(page, dt.date.fromisoformat, UUID):
        key = sa.tuple_(sa.literal(last[0]), sa.literal(last[1], UUID_TYPE))
        query = query.where(sa.tuple_(due, c.application_id) > key)
    rows = await unit.rows(query.order_by(due, c.application_id).limit(page.limit + 1))
    kept, more = cut(rows, page.limit)
    following = encode_cursor(kept[-1].due_on or NEVER, kept[-1].application_id) if more else None
    return Page[CaseSummary](items=[CaseSummary.model_validate(row) for row in kept], next=following)


async def read_case(unit: UnitOfWork, principal: Principal, application_id: UUID) -> LockedCase:
    """A case in scope, not locked. Raises 404."""
    row = await unit.one_or_none(READ, {"id": application_id})
    if row is None:
        raise not_found()
    principal.check_scope(row.caisse)
    return case_from_row(row)


async def read_case_detail(
    unit: UnitOfWork, principal: Principal, case: Case, facts: CaseFacts | None, context: DecisionContext
) -> CaseDetail:
    """A case with its last evaluation and its decision."""
    evaluation = await unit.scalar(
        sa.select(tables.findings.c.body)
        .join(tables.evaluations, tables.evaluations.c.evaluation_id == tables.findings.c.evaluation_id)
        .where(
            tables.evaluations.c.application_id == case.application_id, tables.evaluations.c.number == case.evaluations
        )
    )
    decided = await unit.one_or_none(
        sa.select(tables.decisions, tables.reasons.c.reason)
        .join(tables.reasons, tables.reasons.c.decision_id == tables.decisions.c.decision_id, isouter=True)
        .where(tables.decisions.c.application_id == case.application_id)
        .order_by((tables.decisions.c.decision_id == case.decision_id).desc(), tables.decisions.c.decided_on.desc())
        .limit(1)
    )
    people = await persons_of(unit, case.application_id)
    if facts is not None and facts.protected_location and not principal.sees_place_of(case.caisse):
        deposit = facts.deposit.model_copy(update={"body": "protected"})
        facts = facts.model_copy(update={"department": "", "deposit": deposit})
    return case_detail(case, facts, evaluation, dict(decided._mapping) if decided else None, people, context)
