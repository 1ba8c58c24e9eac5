"""Postings of several letters as one act: noted first, carried out once nobody can undo it, told letter by letter.

A posting starts legal delays in other services, so it is not told before its time is up: until then it is undone as one
and nobody has heard of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from services.letters.domain.kind_definition import Way
from services.letters.domain.print_batches import BatchState
from services.letters.store import posting, print_batches, returns
from services.letters.store.posting import Verdict
from services.letters.tables import posting_acts
from shared.access.principal import Principal, Role
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import Problem, not_found
from shared.ids import uuid7
from shared.observability.logs import logger

log = logger("postings")

AGAIN: Final = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class NewPosting:
    """What a desk says to have left: these letters, or a printed batch; by which way, with the numbers of each."""

    posted_on: dt.date
    way: Way
    letter_ids: Sequence[UUID]
    numbers: Mapping[UUID, str] = field(default_factory=dict)
    batch_id: UUID | None = None


async def note(unit: UnitOfWork, principal: Principal, new: NewPosting, seconds: int) -> UUID:
    """Note an act that is carried out after so many seconds. Raises 409 where one of its letters is in another that
    waits."""
    await unit.execute(_ONE_AT_A_TIME, {"caisse": principal.caisse or ""})
    wanted = set(new.letter_ids)
    for row in await waiting(unit, principal):
        if wanted & set(row.letter_ids):
            raise Problem(409, "posting_waits", "Une partie de ces courriers est déjà dans un envoi en cours.")
    act_id = uuid7()
    values = {
        "act_id": act_id,
        "caisse": principal.caisse,
        "batch_id": new.batch_id,
        "letter_ids": list(new.letter_ids),
        "posted_on": new.posted_on,
        "way": new.way.value,
        "numbers": {str(key): number for key, number in new.numbers.items() if number},
        "actor_id": principal.id,
        "actor_roles": sorted(role.value for role in principal.roles),
        "due_at": sa.func.now() + dt.timedelta(seconds=seconds),
    }
    await unit.execute(sa.insert(posting_acts).values(values))
    return act_id


async def act_in_scope(unit: UnitOfWork, principal: Principal, act_id: UUID, *, lock: bool = False) -> sa.Row[Any]:
    """One act. Raises 404 for any other."""
    query = sa.select(posting_acts).where(posting_acts.c.act_id == act_id, principal.scope(posting_acts.c.caisse))
    row = await unit.one_or_none(query.with_for_update() if lock else query)
    if row is None:
        raise not_found()
    return row


async def undo(unit: UnitOfWork, principal: Principal, act_id: UUID) -> None:
    """Undo an act as one, while it waits. Raises 409 once it is carried out."""
    row = await act_in_scope(unit, principal, act_id, lock=True)
    if row.state == "undone":
        return
    if row.state != "waiting":
        detail = "Cet envoi est enregistré : les délais des courriers ont commencé. Il ne s'annule plus."
        raise Problem(409, "posting_done", detail, title="Trop tard pour annuler")
    await unit.execute(sa.update(posting_acts).where(posting_acts.c.act_id == act_id).values(state="undone"))


async def waiting(unit: UnitOfWork, principal: Principal) -> Sequence[sa.Row[Any]]:
    """The acts that are not carried out yet, the last first."""
    c = posting_acts.c
    query = sa.select(posting_acts).where(principal.scope(c.caisse), c.state == "waiting")
    return await unit.rows(query.order_by(c.act_id.desc()))


async def lately(unit: UnitOfWork, principal: Principal, most: int) -> Sequence[sa.Row[Any]]:
    """The last acts of a caisse, those undone left out."""
    c = posting_acts.c
    query = sa.select(posting_acts).where(principal.scope(c.caisse), c.state != "undone")
    return await unit.rows(query.order_by(c.act_id.desc()).limit(most))


async def carry_out_next(unit: UnitOfWork) -> UUID | None:
    """Carry out one act whose time is up, in the name of who noted it; None where none is due.

    One that fails by a fault of ours is tried again later: it must not hold up those after it.
    """
    row = await unit.one_or_none(_DUE)
    if row is None:
        return None
    try:
        async with unit.savepoint():
            await _carry_out(unit, row)
    except OperationalError:
        raise  # the database was away, or somebody else was first: tried again
    except Exception as fault:
        log.error("posting_failed", act=str(row.act_id), error=type(fault).__name__)
        later = sa.update(posting_acts).where(posting_acts.c.act_id == row.act_id)
        await unit.execute(later.values(due_at=sa.func.now() + AGAIN))
    return UUID(str(row.act_id))


async def _carry_out(unit: UnitOfWork, row: sa.Row[Any]) -> None:
    principal = Principal(row.actor_id, frozenset(Role(one) for one in row.actor_roles), row.caisse)
    numbers = {UUID(key): str(number) for key, number in row.numbers.items()}
    if row.batch_id is not None:
        batch = await print_batches.batch_in_scope(unit, principal, row.batch_id, lock=True)
        if batch.state != BatchState.PRINTED:  # posted meanwhile by another way
            await _close(unit, row.act_id, {})
            return
        verdicts = await batch_leaves(unit, principal, batch, row.posted_on, numbers)
    else:
        verdicts = await posting.post(unit, principal, row.letter_ids, row.posted_on, Way(row.way), numbers)
        await returns.take_back_early(unit, principal, [key for key, said in verdicts.items() if said == "posted"])
    await _close(unit, row.act_id, {str(key): said for key, said in verdicts.items()})


async def _close(unit: UnitOfWork, act_id: UUID, results: Mapping[str, str]) -> None:
    changed = sa.update(posting_acts).where(posting_acts.c.act_id == act_id)
    await unit.execute(changed.values(state="done", results=dict(results)))


async def batch_leaves(
    unit: UnitOfWork, principal: Principal, batch: sa.Row[Any], posted_on: dt.date, numbers: Mapping[UUID, str]
) -> dict[UUID, Verdict]:
    """A locked batch that is printed leaves: each of its printed letters is posted by the way of the batch."""
    there = await print_batches.letters_of(unit, batch.batch_id)
    ids = [one.letter_id for one in there if one.state == "printed"]
    verdicts = await posting.post(unit, principal, ids, posted_on, Way(batch.way), numbers)
    await returns.take_back_early(unit, principal, [key for key, said in verdicts.items() if said == "posted"])
    await print_batches.posted(unit, batch, posted_on)
    return verdicts


_ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('posting ' || :caisse, 0))")
_DUE = sa.text(
    "SELECT * FROM posting_acts WHERE state = 'waiting' AND due_at <= now() ORDER BY due_at, act_id LIMIT 1 "
    "FOR UPDATE SKIP LOCKED"
)
