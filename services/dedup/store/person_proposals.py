"""Questions of a re-linkage about persons: put before the caisses concerned, and answered there by a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.dialects.postgresql import UUID as UUID_

from services.dedup.domain.relink.differences import Differences
from services.dedup.domain.relink.person_proposals import PersonProposal, proposals
from services.dedup.tables import applications, person_members, person_proposals
from shared import clock
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import not_found

MOST_LISTED = 100

_MEMBERS = sa.text(
    "SELECT person_id, member_id, application_id FROM person_members WHERE person_id = ANY(:ids) ORDER BY member_id"
)
_KNOWN = sa.text("SELECT proposal_id FROM person_proposals WHERE proposal_id = ANY(:ids)")
_FORGET = sa.text(
    "DELETE FROM person_proposals WHERE members && ARRAY(SELECT member_id FROM identities WHERE application_id = "
    "ANY(:ids))"
)


async def unasked(unit: UnitOfWork, found: Differences) -> list[PersonProposal]:
    """What a run asks about persons and was not asked of the same members before, whatever was answered."""
    persons = [*(person for group in found.joined for person in group), *found.parted]
    rows = await unit.rows(_MEMBERS, {"ids": persons})
    asked = [one for one in proposals(found, rows) if one.members]
    known = {row.proposal_id for row in await unit.rows(_KNOWN, {"ids": [one.proposal_id for one in asked]})}
    return [one for one in asked if one.proposal_id not in known]


async def add(unit: UnitOfWork, asked: Iterable[PersonProposal], run_id: UUID, model: str) -> None:
    """Put questions before the caisses of their members."""
    rows = [
        {
            "proposal_id": one.proposal_id,
            "change": one.change,
            "persons": list(one.persons),
            "members": sorted(one.members),
            "run_id": run_id,
            "model_version": model,
            "proposed_on": clock.today(),
        }
        for one in asked
    ]
    await unit.insert_many(person_proposals, rows, conflict=["proposal_id"])


async def forget(unit: UnitOfWork, ids: Collection[UUID]) -> None:
    """No question names a member of these applications any more."""
    await unit.execute(_FORGET, {"ids": list(ids)})


async def waiting(unit: UnitOfWork, principal: Principal) -> list[dict[str, Any]]:
    """The questions of a caisse that nobody has answered, the oldest first; each with the applications it is about."""
    return await _listed(unit, principal)


async def of_members(unit: UnitOfWork, principal: Principal, members: Collection[UUID]) -> list[dict[str, Any]]:
    """Those about a person with these members."""
    return await _listed(unit, principal, person_proposals.c.members.overlap(list(members)))


async def _listed(unit: UnitOfWork, principal: Principal, *which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    p, m = person_proposals.c, person_members.c
    persons = sa.func.count(sa.distinct(m.person_id))
    # A question is answered by deeds as well: who was joined, or parted, is asked about no more.
    stands = sa.or_(
        sa.and_(p.change == "join", persons > 1),
        sa.and_(p.change == "part", persons == 1, sa.func.count() == sa.func.cardinality(p.members)),
    )
    mine = principal.scope(applications.c.caisse)
    files = sa.func.array_agg(aggregate_order_by(m.application_id, m.member_id)).label("applications")
    # Of several persons, one that the token may open.
    person = sa.func.array_agg(m.person_id, type_=ARRAY(UUID_)).filter(mine)[1].label("person_id")
    query = (
        sa.select(p.proposal_id, p.change, person, p.persons, p.members, p.proposed_on, files)
        .join(person_members, m.member_id == sa.any_(p.members))
        .join(applications, applications.c.application_id == m.application_id)
        .where(p.kept_on.is_(None), *which)
        .group_by(p.proposal_id)
        .having(sa.func.bool_or(mine), stands)
        .order_by(p.proposed_at, p.proposal_id)
        .limit(MOST_LISTED)
    )
    return [dict(row._mapping) for row in await unit.rows(query)]


async def keep(unit: UnitOfWork, principal: Principal, proposal_id: UUID, reason: str) -> None:
    """A person has looked and leaves all as it is; the same is not asked again. Raises 404 out of scope."""
    shown = await _listed(unit, principal, person_proposals.c.proposal_id == proposal_id)
    if not shown:
        raise not_found()
    await unit.execute(
        sa.update(person_proposals)
        .where(person_proposals.c.proposal_id == proposal_id, person_proposals.c.kept_on.is_(None))
        .values(kept_by=principal.id, kept_reason=reason, kept_on=clock.today())
    )
