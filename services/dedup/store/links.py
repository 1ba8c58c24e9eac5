"""Links between members and the persons they form. A link is a person's decision and can be undone; nothing is
merged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.action_context import ActionContext
from services.dedup.domain.pairs.persons import persons_after
from services.dedup.tables import links, person_members
from shared import clock
from shared.contract import events as ev
from shared.database.unit_of_work import UnitOfWork, emit
from shared.ids import uuid7

# Two links made at once may join the same persons: one after the other.
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('dedup.links'))")
_AROUND = sa.text(
    "SELECT member_id, person_id, application_id FROM person_members WHERE person_id IN "
    "(SELECT person_id FROM person_members WHERE member_id = ANY(:members))"
)
_STANDING = sa.text(
    "SELECT pair_id, lower_member, higher_member FROM links WHERE unlinked_at IS NULL "
    "AND (lower_member = ANY(:members) OR higher_member = ANY(:members))"
)
_CAISSES = sa.text("SELECT application_id, caisse FROM applications WHERE application_id = ANY(:ids)")
_LEAVE = sa.text("DELETE FROM person_members WHERE member_id = ANY(:members)")
_UNDO = sa.text(
    "UPDATE links SET unlinked_at = now(), unlinked_by = :by, unlinked_reason = :reason "
    "WHERE link_id = ANY(:ids) AND unlinked_at IS NULL"
)
_OF_PAIR = sa.text("SELECT link_id FROM links WHERE pair_id = :pair_id AND unlinked_at IS NULL")
_OF_APPLICATIONS = sa.text(
    "SELECT DISTINCT links.link_id, links.pair_id, lower_member, higher_member, lower_application, higher_application "
    "FROM links JOIN pairs USING (pair_id, lower_member, higher_member) WHERE unlinked_at IS NULL "
    "AND (lower_application = ANY(:ids) OR higher_application = ANY(:ids))"
)

"""The service itself, where no person acts."""


async def link(unit: UnitOfWork, pair: Mapping[str, Any], source: ActionContext) -> UUID:
    """Make the two members of ``pair`` one person; returns the link's id."""
    await unit.execute(_LOCK)
    link_id = uuid7()
    row = {
        "link_id": link_id,
        "pair_id": pair["pair_id"],
        "lower_member": pair["lower_member"],
        "higher_member": pair["higher_member"],
        "linked_by": source.actor.id,
        "linked_on": clock.today(),
    }
    await unit.insert_many(links, [row])
    applications = {pair[f"{side}_member"]: pair[f"{side}_application"] for side in ("lower", "higher")}
    await _regroup(unit, applications, pair["pair_id"], source)
    return link_id


async def unlink(
    unit: UnitOfWork, link_ids: Collection[UUID], pair: Mapping[str, Any], reason: str, source: ActionContext
) -> None:
    """Undo links of ``pair``; the person they held together may fall apart."""
    await unit.execute(_LOCK)
    await unit.execute(_UNDO, {"ids": list(link_ids), "by": source.actor.id, "reason": reason})
    applications = {pair[f"{side}_member"]: pair[f"{side}_application"] for side in ("lower", "higher")}
    await _regroup(unit, applications, pair["pair_id"], source)


async def of_pair(unit: UnitOfWork, pair_id: UUID) -> list[UUID]:
    """The standing links of a pair: one, or none."""
    return [row.link_id for row in await unit.rows(_OF_PAIR, {"pair_id": pair_id})]


async def forget(unit: UnitOfWork, applications: Collection[UUID], source: ActionContext) -> None:
    """Undo every link of applications that are forgotten."""
    standing = await unit.rows(_OF_APPLICATIONS, {"ids": list(applications)})
    if not standing:
        return
    for row in standing:
        await unlink(unit, [row.link_id], row._asdict(), "erased", source)


async def _regroup(unit: UnitOfWork, applications: Mapping[UUID, UUID], pair_id: UUID, source: ActionContext) -> None:
    """Work out again the persons around these members, and tell each member whose person changed."""
    rows = await unit.rows(_AROUND, {"members": list(applications)})
    application_of = {**{row.member_id: row.application_id for row in rows}, **applications}
    before = {row.member_id: row.person_id for row in rows}
    standing = await unit.rows(_STANDING, {"members": list(application_of)})
    after = persons_after(application_of, [(row.lower_member, row.higher_member) for row in standing], before)
    changed = [member for member in sorted(application_of) if before.get(member) != after.get(member)]
    if not changed:
        return
    await unit.execute(_LEAVE, {"members": changed})
    joined = [
        {"member_id": member, "person_id": after[member], "application_id": application_of[member]}
        for member in changed
        if member in after
    ]
    await unit.insert_many(person_members, joined)
    ids = {application_of[member] for member in changed}
    caisses = {row.application_id: row.caisse for row in await unit.rows(_CAISSES, {"ids": list(ids)})}
    for member in changed:
        application = application_of[member]
        common: dict[str, Any] = {
            "application_id": application,
            "caisse": caisses[application],
            "actor": source.actor,
            "pair_id": pair_id,
            "correlation_id": source.correlation_id,
            "causation_id": source.causation_id,
            "member_id": member,
        }
        if member in before:
            emit(unit, ev.Unlinked.new(person_id=before[member], **common))
        if member in after:
            emit(unit, ev.Linked.new(person_id=after[member], **common))
