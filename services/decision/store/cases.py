"""Reading and writing cases, many at once: a bounded number of round trips for a batch, whatever its size.

A case row is made (empty) and locked before it is read, so that the consumers of three topics, the ticker and an agent
never overwrite each other; locks are taken in the order of the ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.decision import tables
from services.decision.domain.case.case import Case
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.store import persons
from services.decision.store.locked_case import LockedCase
from shared import clock
from shared.contract import events as ev
from shared.database.unit_of_work import UnitOfWork, emit
from shared.messaging import dead_letters

CASE_COLUMNS = (
    "caisse",
    "state",
    "version",
    "proposal",
    "identity",
    "waiting_for",
    "deposited_on",
    "received_on",
    "complete_on",
    "decided_on",
    "due_on",
    "wakes_on",
    "assignee",
    "facts_version",
    "priority",
    "appeal",
    "target_on",
    "papers",
    "prepared_by",
    "body",
)


async def lock_cases(unit: UnitOfWork, caisses: Mapping[UUID, str]) -> dict[UUID, LockedCase]:
    """Lock the cases of these applications, made where they are new; ``caisses`` says where a new one belongs."""
    fresh = [
        {
            "application_id": key,
            "caisse": caisses[key],
            "state": "awaiting",
            "version": 0,
            "identity": "unsearched",
            "waiting_for": "application",
            "facts_version": 0,
        }
        for key in sorted(caisses)
    ]
    await unit.insert_many(tables.cases, fresh, conflict=["application_id"])
    return await _locked(unit, list(caisses))


async def lock_case(unit: UnitOfWork, application_id: UUID) -> LockedCase | None:
    """Lock one existing case, or None."""
    return (await _locked(unit, [application_id])).get(application_id)


async def _locked(unit: UnitOfWork, ids: list[UUID]) -> dict[UUID, LockedCase]:
    return {row.application_id: case_from_row(row) for row in await unit.rows(_LOCK, {"ids": ids})}


def case_from_row(row: Any) -> LockedCase:
    """A case from its row and the row of its current facts."""
    empty = Case(application_id=row.application_id, caisse=row.caisse)
    case = empty if row.body is None else Case.model_validate(row.body)
    facts = None if row.facts is None else CaseFacts.model_validate(row.facts)
    return LockedCase(case, facts, figures_key=row.figures_key or "")


async def save(unit: UnitOfWork, helds: Iterable[LockedCase]) -> None:
    """Write what changed, in one round trip per table, and let the events leave."""
    changed = [one for one in helds if one.changed]
    if not changed:
        return
    today = clock.today()
    rows = [_row(one.case) for one in changed]
    await unit.insert_many(tables.cases, rows, conflict=["application_id"], update=CASE_COLUMNS)
    known = [
        {
            "application_id": one.case.application_id,
            "version": one.case.facts_version,
            "known_on": today,
            "body": one.facts,
            "figures_key": one.figures_key,
        }
        for one in changed
        if one.facts_changed and one.facts is not None
    ]
    await unit.insert_many(tables.facts, known, conflict=["application_id", "version"])
    for table, key, name in (
        (tables.evaluations, "evaluation_id", "evaluations"),
        (tables.findings, "evaluation_id", "found"),
        (tables.decisions, "decision_id", "decisions"),
        (tables.reasons, "decision_id", "reasons"),
        (tables.acts, "act_id", "acts"),
    ):
        await unit.insert_many(table, [row for one in changed for row in getattr(one, name)], conflict=[key])
    rights = [row for one in changed for row in one.rights]
    await unit.insert_many(tables.entitlements, rights, conflict=["decision_id", "member_id"])
    for ended in (row for one in changed for row in one.ended):
        await unit.execute(_END_RIGHT, ended)
    await persons.save_deaths(unit, (row for one in changed for row in one.deaths))
    for one in changed:
        for event in one.events:
            emit(unit, event)


def _row(case: Case) -> dict[str, Any]:
    return {
        "application_id": case.application_id,
        "caisse": case.caisse,
        "state": case.state,
        "version": case.version,
        "proposal": case.proposal,
        "identity": case.identity,
        "waiting_for": case.waiting_for,
        "deposited_on": case.deposited_on,
        "received_on": case.received_on,
        "complete_on": case.complete_on,
        "decided_on": case.decided_on,
        "due_on": case.due_on,
        "wakes_on": case.wakes_on,
        "assignee": case.assignee,
        "facts_version": case.facts_version,
        "priority": case.priority,
        "appeal": case.appeal,
        "target_on": case.target_on,
        "papers": case.papers,
        "prepared_by": case.prepared_by,
        "body": case,
    }


async def erase(unit: UnitOfWork, ids: list[UUID]) -> None:
    """Forget the facts, the persons, what was found and the words written on them; ids, codes and dates stay."""
    if not ids:
        return
    for table in (tables.facts, tables.findings, tables.reasons):
        await unit.execute(sa.delete(table).where(table.c.application_id.in_(ids)))
    await persons.erase(unit, ids)
    keys = [str(key) for key in ids]
    await unit.execute(_FORGET_SENT, {"topic": ev.DECISION, "keys": keys})
    await dead_letters.erase(unit, keys)


# The grounds of a refusal carry, sealed, the figures that its letter tells.
_FORGET_SENT = sa.text("DELETE FROM outbox WHERE topic = :topic AND key = ANY(:keys) AND sent_at IS NOT NULL")
_END_RIGHT = sa.text(
    "UPDATE entitlements SET ended_on = COALESCE(CAST(:ended_on AS date), starts_on - 1), ended_by = :ended_by "
    "WHERE decision_id = :decision_id AND (CAST(:ranks AS int[]) IS NULL OR member_rank = ANY(CAST(:ranks AS int[])))"
)
_CURRENT = (
    "SELECT c.application_id, c.caisse, c.version, c.body, f.body AS facts, f.figures_key FROM cases c "
    "LEFT JOIN facts f ON f.application_id = c.application_id AND f.version = c.facts_version "
)
_LOCK = sa.text(
    _CURRENT + "WHERE c.application_id = ANY(CAST(:ids AS uuid[])) ORDER BY c.application_id FOR UPDATE OF c"
)
READ = sa.text(_CURRENT + "WHERE c.application_id = :id")
# A delay ends with the day of its caisse: ``days`` holds, as JSON, the caisses whose day is not that of metropolitan
# France.
DUE = sa.text(
    _CURRENT + "WHERE NOT EXISTS (SELECT 1 FROM parked_clocks AS p WHERE p.application_id = c.application_id "
    "AND p.version = c.version) AND c.wakes_on <= :last "
    "AND c.wakes_on <= COALESCE((CAST(:days AS jsonb) ->> c.caisse)::date, :day) "
    "ORDER BY c.application_id LIMIT :limit FOR UPDATE OF c"
)


async def reason_of(unit: UnitOfWork, decision_id: UUID) -> str | None:
    """The reason an agent wrote beside a decision or a draft of one, or None."""
    c = tables.reasons.c
    reason: str | None = await unit.scalar(sa.select(c.reason).where(c.decision_id == decision_id))
    return reason
