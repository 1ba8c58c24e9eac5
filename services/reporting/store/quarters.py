"""Quarters closed, approved, accepted and revised, each act in one transaction with its entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.reporting.domain.activity import Activity, Components, components_of, laid_out
from services.reporting.domain.periods import Period
from services.reporting.domain.periods import period as read_period
from services.reporting.domain.quarters import Act, ActionNotAllowed, State, canonical, check, fingerprint, read
from services.reporting.store.activity import rows_in_scope
from services.reporting.store.facts import COUNTING
from services.reporting.tables import fact_event, quarter_acts, quarter_rows, quarters, transmissions
from shared import clock
from shared.access.principal import Principal
from shared.contract.events import Actor
from shared.database.unit_of_work import UnitOfWork
from shared.ids import uuid7

SYSTEM = Actor(role="system", id="reporting")
_WAIT = sa.text("SELECT pg_advisory_xact_lock(:key)")


@dataclass(frozen=True)
class Frozen:
    """The stored row of a caisse and quarter, in its newest revision."""

    caisse: str
    period: Period
    state: State
    revision: int
    sha256: str
    as_of: dt.datetime
    made_on: dt.date
    reason: str
    figures: Components


async def close(unit: UnitOfWork, actor: Actor, caisse: str, period: Period) -> Frozen:
    """Compute the figures and store them as revision 1. Raises ``ActionNotAllowed``."""
    state, _ = await _locked(unit, caisse, period)
    after = check("close", state, period, clock.today())
    return await _freeze(unit, actor, caisse, period, _Made("close", after, 1))


async def move(unit: UnitOfWork, actor: Actor, caisse: str, period: Period, act: Act, reason: str) -> None:
    """Approve or accept, or take either back. Raises ``ActionNotAllowed``. An approved revision is to be sent, once."""
    state, revision = await _locked(unit, caisse, period)
    after = check(act, state, period, clock.today())
    await unit.execute(
        sa.update(quarters).where(quarters.c.caisse == caisse, quarters.c.period == period.id).values(state=after)
    )
    await _write(unit, actor, (caisse, period, revision), act, reason)
    if act == "approve":
        now = dt.datetime.now(dt.UTC)
        row = {"caisse": caisse, "period": period.id, "revision": revision, "state": "due", "approved_by": actor.id}
        await unit.insert_many(
            transmissions,
            [{**row, "queued_at": now, "next_try_at": now}],
            conflict=["caisse", "period", "revision"],
        )


async def revise(unit: UnitOfWork, actor: Actor, caisse: str, period: Period, reason: str) -> Frozen:
    """One revision of all that came late. Raises ``ActionNotAllowed``, also where nothing did."""
    state, revision = await _locked(unit, caisse, period)
    exception = await exception_in_force(unit, caisse, period, clock.today())
    after = check("revise", state, period, clock.today(), exception=exception)
    late = await late_events(unit, caisse, period)
    if not late:
        raise ActionNotAllowed("nothing_late", "Rien n'est arrivé depuis la clôture : il n'y a rien à réviser.")
    ids = tuple(row.event_id for row in late)
    return await _freeze(unit, actor, caisse, period, _Made("revise", after, revision + 1, reason, ids))


async def _locked(unit: UnitOfWork, caisse: str, period: Period) -> tuple[State, int]:
    row = {"caisse": caisse, "period": period.id, "state": "open", "revision": 0}
    await unit.insert_many(quarters, [row], conflict=["caisse", "period"])
    query = sa.select(quarters.c.state, quarters.c.revision).with_for_update()
    found = await unit.one_or_none(query.where(quarters.c.caisse == caisse, quarters.c.period == period.id))
    assert found is not None
    return found.state, found.revision


@dataclass(frozen=True)
class _Made:
    """What makes a stored row: the act, the state after it, the number of the revision, and why."""

    act: Act
    state: State
    revision: int
    reason: str = ""
    late: tuple[UUID, ...] = ()


async def _freeze(unit: UnitOfWork, actor: Actor, caisse: str, period: Period, made: _Made) -> Frozen:
    # Whoever folds events now ends first, so that none of them is older than the figures and missing from them.
    await unit.execute(_WAIT, {"key": COUNTING})
    as_of = await unit.scalar(sa.text("SELECT clock_timestamp()"))
    figures: Components = components_of(period, await rows_in_scope(unit, period, caisse)).get(caisse, {})
    text = canonical(figures)
    row = {
        "caisse": caisse,
        "period": period.id,
        "revision": made.revision,
        "figures": text,
        "sha256": fingerprint(caisse, period.id, made.revision, text),
        "as_of": as_of,
        "made_on": clock.today(),
        "reason": made.reason,
        "late_events": list(made.late),
    }
    await unit.insert_many(quarter_rows, [row])
    await unit.execute(
        sa.update(quarters)
        .where(quarters.c.caisse == caisse, quarters.c.period == period.id)
        .values(state=made.state, revision=made.revision)
    )
    await _write(unit, actor, (caisse, period, made.revision), made.act, made.reason)
    told = (made.state, made.revision, str(row["sha256"]), as_of, clock.today(), made.reason)
    return Frozen(caisse, period, *told, figures)


async def _write(unit: UnitOfWork, actor: Actor, of: tuple[str, Period, int], act: str, reason: str) -> None:
    caisse, period, revision = of
    entry = {
        "act_id": uuid7(),
        "caisse": caisse,
        "period": period.id,
        "revision": revision,
        "act": act,
        "at": dt.datetime.now(dt.UTC),
        "done_on": clock.today(),
        "actor_role": actor.role,
        "actor_id": actor.id,
        "reason": reason,
    }
    await unit.insert_many(quarter_acts, [entry])


async def late_events(unit: UnitOfWork, caisse: str, period: Period) -> Sequence[sa.Row[Any]]:
    """What counts in a closed quarter and came after its figures were made, in the order of arrival."""
    rows = quarter_rows.c
    as_of = sa.select(sa.func.max(rows.as_of)).where(rows.caisse == caisse, rows.period == period.id).scalar_subquery()
    c = fact_event.c
    query = sa.select(c.event_id, c.application_id, c.type, c.counted_on, c.taken_on).where(
        c.caisse == caisse, c.counted_on.between(period.first_day, period.last_day), c.taken_at > as_of
    )
    return await unit.rows(query.order_by(c.taken_at, c.event_id))


async def grant_exception(
    unit: UnitOfWork, actor: Actor, caisse: str, period: Period, until: dt.date, reason: str
) -> None:
    """Lift the lock of age of one quarter of one caisse until a day, included."""
    await _write(unit, actor, (caisse, period, 0), f"exception_until:{until.isoformat()}", reason)


async def end_exception(unit: UnitOfWork, actor: Actor, caisse: str, period: Period, reason: str) -> None:
    """End the exception now."""
    await _write(unit, actor, (caisse, period, 0), "exception_ended", reason)


async def exception_in_force(unit: UnitOfWork, caisse: str, period: Period, today: dt.date) -> bool:
    """Whether the last word on the lock of age lifts it today."""
    c = quarter_acts.c
    query = sa.select(c.act).where(c.caisse == caisse, c.period == period.id, c.act.like("exception%"))
    row = await unit.one_or_none(query.order_by(c.at.desc(), c.act_id.desc()).limit(1))
    return row is not None and row.act.startswith("exception_until:") and row.act.partition(":")[2] >= today.isoformat()


async def frozen_in_scope(unit: UnitOfWork, principal: Principal, period: Period) -> list[Frozen]:
    """The newest stored rows of a quarter: a caisse sees its own in any state, the whole only what was approved."""
    visible = principal.scope(quarters.c.caisse)
    if principal.caisse is None:
        visible = sa.and_(visible, quarters.c.state.in_(("approved", "accepted")))
    return await _frozen(unit, sa.and_(visible, quarters.c.period == period.id))


async def _frozen(unit: UnitOfWork, which: sa.ColumnElement[bool]) -> list[Frozen]:
    r = quarter_rows.c
    same = sa.and_(r.caisse == quarters.c.caisse, r.period == quarters.c.period, r.revision == quarters.c.revision)
    query = sa.select(quarters.c.state, quarter_rows).join(quarter_rows, same).where(which).order_by(r.caisse, r.period)
    return [_row(row) for row in await unit.rows(query)]


def _row(row: sa.Row[Any]) -> Frozen:
    period = read_period(row.period)
    told = (row.revision, row.sha256, row.as_of, row.made_on, row.reason)
    return Frozen(row.caisse, period, row.state, *told, read(row.figures, period))


async def still_open(unit: UnitOfWork, period: Period, caisses: Sequence[str]) -> list[str]:
    """The caisses that have not closed a quarter, for the job that closes."""
    c = quarters.c
    closed = await unit.rows(sa.select(c.caisse).where(c.period == period.id, c.state != "open"))
    return sorted(set(caisses) - {row.caisse for row in closed})


async def stored(unit: UnitOfWork, caisse: str, period: str, revision: int) -> Frozen:
    """One stored row, for the job that sends it."""
    r = quarter_rows.c
    query = sa.select(quarters.c.state, quarter_rows).join(
        quarters, sa.and_(r.caisse == quarters.c.caisse, r.period == quarters.c.period)
    )
    row = await unit.one_or_none(query.where(r.caisse == caisse, r.period == period, r.revision == revision))
    assert row is not None
    return _row(row)


async def revision_in_scope(
    unit: UnitOfWork, principal: Principal, caisse: str, period: Period, revision: int
) -> tuple[str, Components] | None:
    """The hash and the figures of one revision; None when there is none."""
    principal.check_scope(caisse)
    r = quarter_rows.c
    query = sa.select(r.sha256, r.figures).where(r.caisse == caisse, r.period == period.id, r.revision == revision)
    row = await unit.one_or_none(query)
    return None if row is None else (row.sha256, read(row.figures, period))


async def text_in_scope(
    unit: UnitOfWork, principal: Principal, caisse: str, period: Period, revision: int
) -> str | None:
    """The very text of one revision that was hashed; None when there is none."""
    principal.check_scope(caisse)
    r = quarter_rows.c
    query = sa.select(r.figures).where(r.caisse == caisse, r.period == period.id, r.revision == revision)
    text: str | None = await unit.scalar(query)
    return text


async def pending_in_scope(
    unit: UnitOfWork, principal: Principal, caisse: str, period: Period, revision: int
) -> tuple[Components, Components]:
    """The stored figures of a revision, none where there is none yet, and those that would be stored now."""
    found = await revision_in_scope(unit, principal, caisse, period, revision)
    now = components_of(period, await rows_in_scope(unit, period, caisse)).get(caisse, {})
    return (found[1] if found else {}), now


async def acts_in_scope(unit: UnitOfWork, principal: Principal, period: Period) -> Sequence[sa.Row[Any]]:
    """Who did what with a quarter, the oldest first."""
    c = quarter_acts.c
    query = sa.select(quarter_acts).where(principal.scope(c.caisse), c.period == period.id)
    return await unit.rows(query.order_by(c.at, c.act_id))


async def transmissions_in_scope(unit: UnitOfWork, principal: Principal, period: Period) -> Sequence[sa.Row[Any]]:
    """What left of a quarter, to whom, and what did not."""
    c = transmissions.c
    query = sa.select(transmissions).where(principal.scope(c.caisse), c.period == period.id)
    return await unit.rows(query.order_by(c.caisse, c.revision))


async def states_in_scope(unit: UnitOfWork, principal: Principal, period: Period) -> Mapping[str, State]:
    """The state of a quarter by caisse; a caisse that is missing is open."""
    query = sa.select(quarters.c.caisse, quarters.c.state).where(
        principal.scope(quarters.c.caisse), quarters.c.period == period.id
    )
    return {row.caisse: row.state for row in await unit.rows(query)}


def frozen_table(period: Period, frozen: Sequence[Frozen], whole: bool) -> Activity:
    """The table of stored rows: a caisse without one is not in it, which is not zero."""
    return laid_out(period, {one.caisse: one.figures for one in frozen}, whole)
