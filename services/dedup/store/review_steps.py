"""The way of a reviewer through the queue: how much waits, the pair that comes next, all candidates of one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.pairs import pair_changes
from services.dedup.store.review_queue import SIDES, queue
from services.dedup.tables import identities, judgements, pairs
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Paging
from shared.http.problems import not_found

MOST_CANDIDATES = 12
OPEN = sorted(pair_changes.OPEN)


@dataclass(frozen=True)
class Waiting:
    """How many pairs wait for a reader in scope, and how many of them this one has taken."""

    open: int
    mine: int


async def waiting(unit: UnitOfWork, principal: Principal) -> Waiting:
    """Count what waits."""
    p = pairs.c
    mine = sa.func.count().filter(p.assignee == principal.id).label("mine")
    query = sa.select(sa.func.count().label("open"), mine).where(
        principal.scope(p.lower_caisse, p.higher_caisse), p.state.in_(OPEN)
    )
    row = await unit.one_or_none(query)
    return Waiting(row.open, row.mine) if row is not None else Waiting(0, 0)


async def next_open(unit: UnitOfWork, principal: Principal, pair: Mapping[str, Any]) -> UUID | None:
    """The pair to read after this one: another of the same persons, one that this reader took, else the next in the
    order of the queue. None that somebody else took, and none that waits for another reader than this one."""
    p, j = pairs.c, judgements.c
    members = [pair["lower_member"], pair["higher_member"]]
    same = sa.or_(p.lower_member.in_(members), p.higher_member.in_(members))
    mine = sa.func.coalesce(p.assignee == principal.id, sa.false())
    place = sa.tuple_(p.raised_at, p.pair_id)
    here = sa.tuple_(sa.literal(pair["raised_at"], p.raised_at.type), sa.literal(pair["pair_id"], p.pair_id.type))
    read = sa.exists().where(j.pair_id == p.pair_id, j.reader == principal.id, j.number > p.judged_from)
    query = sa.select(p.pair_id).where(
        principal.scope(p.lower_caisse, p.higher_caisse),
        p.state.in_(OPEN),
        p.pair_id != pair["pair_id"],
        sa.or_(p.assignee.is_(None), p.assignee == principal.id),
        sa.not_(sa.and_(p.state == "awaiting_second_reader", read)),
    )
    order = (same.desc(), mine.desc(), (place > here).desc(), p.raised_at, p.pair_id)
    found: UUID | None = await unit.scalar(query.order_by(*order).limit(1))
    return found


async def candidates(unit: UnitOfWork, principal: Principal, member_id: UUID) -> list[dict[str, Any]]:
    """All pairs of one member, oldest first, with names; those that fell are left out."""
    found = await queue(
        unit,
        principal,
        Paging(limit=MOST_CANDIDATES),
        state=None,
        caisse=None,
        level=None,
        kind=None,
        assignee=None,
        member=member_id,
        named=True,
    )
    return [one for one in found.items if one["state"] != "dissolved"]


def own_members(principal: Principal, pair: Mapping[str, Any]) -> list[UUID]:
    """The members of a pair whose files are of the reader's caisse."""
    return [pair[f"{side}_member"] for side in SIDES if principal.sees(pair[f"{side}_caisse"])]


async def member_in_scope(unit: UnitOfWork, principal: Principal, member_id: UUID) -> sa.Row[Any]:
    """A member of a file of the own caisse that has pairs. Raises 404 for any other."""
    p, i = pairs.c, identities.c
    own = sa.or_(
        sa.and_(p.lower_member == member_id, principal.scope(p.lower_caisse)),
        sa.and_(p.higher_member == member_id, principal.scope(p.higher_caisse)),
    )
    query = sa.select(i.member_id, i.application_id, i.family_name, i.given_names).where(
        i.member_id == member_id, i.state == "current", sa.exists().where(own)
    )
    row = await unit.one_or_none(query)
    if row is None:
        raise not_found()
    return row


async def pair_rows(unit: UnitOfWork, principal: Principal, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """These pairs as stored, as far as they are in scope, oldest first."""
    p = pairs.c
    query = sa.select(pairs).where(principal.scope(p.lower_caisse, p.higher_caisse), p.pair_id.in_(list(ids)))
    return [dict(row._mapping) for row in await unit.rows(query.order_by(p.raised_at, p.pair_id))]
