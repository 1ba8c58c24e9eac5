"""A person in all caisses: members, links, what happened and who read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.pairs.persons import contradictions
from services.dedup.domain.protected_place import MOVES, without_place
from shared.access.principal import Principal, Role
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import not_found

_PERSON_OF = sa.text("SELECT person_id FROM person_members WHERE member_id = :id OR person_id = :id LIMIT 1")
_MEMBERS = sa.text(
    "SELECT member_id, application_id, caisse, kind, deposited_on, outcome, outcome_on, motives, protected "
    "FROM person_members "
    "JOIN applications USING (application_id) WHERE person_id = :person_id ORDER BY deposited_on, member_id"
)
_ALONE = sa.text(
    "SELECT member_id, application_id, caisse, kind, deposited_on, outcome, outcome_on, motives, protected "
    "FROM identities "
    "JOIN applications USING (application_id) WHERE member_id = :id AND state = 'current'"
)
_LINKS = sa.text(
    "SELECT link_id, pair_id, lower_member, higher_member, linked_by, linked_on FROM links WHERE unlinked_at IS NULL "
    "AND lower_member = ANY(:members) AND higher_member = ANY(:members) ORDER BY linked_at"
)
_DIFFERENT = sa.text(
    "SELECT pair_id, lower_member, higher_member FROM pairs WHERE state IN ('different', 'disagreed') "
    "AND lower_member = ANY(:members) AND higher_member = ANY(:members)"
)
_HISTORY = sa.text(
    "SELECT application_id, caisse, what, on_date, codes FROM history WHERE application_id = ANY(:ids) "
    "ORDER BY on_date, occurred_at"
)
# Of one reader's many looks at a file in a day, for one purpose, the first is told.
_READ = sa.text(
    "SELECT DISTINCT ON (read_on, reader, purpose, resource, application_id) application_id, reader, role, caisse, "
    "purpose, "
    "resource, read_on FROM readings WHERE application_id = ANY(:ids) "
    "ORDER BY read_on, reader, purpose, resource, application_id, number"
)
_JUDGED = sa.text(
    "SELECT DISTINCT given_on, given_at, verdict, reason, pair_id, reader_caisse FROM judgements JOIN pairs USING "
    "(pair_id) "
    "WHERE (lower_member = ANY(:members) OR higher_member = ANY(:members)) "
    "AND judgement_id NOT IN (SELECT judgement_id FROM taken_back) ORDER BY given_at"
)


async def person(unit: UnitOfWork, principal: Principal, id_: UUID) -> dict[str, Any]:
    """The person of a member or of a person id: its members in all caisses, its links, and what contradicts them.

    In scope when one of its members belongs to the caisse of the token. Raises 404.
    """
    person_id = await unit.scalar(_PERSON_OF, {"id": id_})
    if person_id is None:
        members = await unit.rows(_ALONE, {"id": id_})
    else:
        members = await unit.rows(_MEMBERS, {"person_id": person_id})
    if not members:
        raise not_found()
    principal.check_scope(*(member.caisse for member in members))
    ids = {"members": [member.member_id for member in members]}
    links = await unit.rows(_LINKS, ids)
    different = await unit.rows(_DIFFERENT, ids)
    return {
        "person_id": person_id,
        "members": [without_place(principal, member._asdict(), member.protected) for member in members],
        "links": [one._asdict() for one in links],
        "contradictions": contradictions(links, different),
    }


async def timeline(unit: UnitOfWork, principal: Principal, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What happened to a person in all caisses, in order, and who saw it: codes and dates.

    Of a reader everybody sees the caisse, the role and the purpose; who it was, those who supervise or audit.
    """
    members = [member["member_id"] for member in found["members"]]
    applications_ = [member["application_id"] for member in found["members"]]
    hidden = {member["application_id"] for member in found["members"] if member["contact"]}
    lines: list[tuple[dt.date, dict[str, Any]]] = []
    for row in await unit.rows(_HISTORY, {"ids": applications_}):
        line = row._asdict()
        if row.application_id in hidden:
            line |= {"caisse": None} | ({"codes": []} if row.what in MOVES else {})
        lines.append((row.on_date, line))
    for row in await unit.rows(_JUDGED, {"members": members}):
        line = {
            "application_id": None,
            "caisse": None if hidden and row.reader_caisse != principal.caisse else row.reader_caisse,
            "what": f"judged_{row.verdict}",
            "on_date": row.given_on,
            "codes": [row.reason],
            "pair_id": row.pair_id,
        }
        lines.append((row.given_on, line))
    names = bool(principal.roles & {Role.SUPERVISOR, Role.AUDITOR})
    for row in await unit.rows(_READ, {"ids": applications_}):
        line = {
            "application_id": row.application_id,
            "caisse": None if row.application_id in hidden and row.caisse != principal.caisse else row.caisse,
            "what": "read",
            "on_date": row.read_on,
            "codes": [row.purpose, row.resource, row.role],
            "reader": row.reader if names else None,
        }
        lines.append((row.read_on, line))
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]
