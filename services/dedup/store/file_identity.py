"""The persons of one file in the common base: their other files in all caisses, and what joins them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.protected_place import without_place
from services.dedup.tables import applications, identities, links, person_members
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import not_found

_ELSEWHERE = sa.text(
    "SELECT person_id, member_id, application_id, caisse, kind, deposited_on, outcome, outcome_on, motives, protected "
    "FROM person_members JOIN applications USING (application_id) "
    "WHERE person_id = ANY(:persons) AND application_id <> :own ORDER BY deposited_on DESC NULLS LAST, member_id"
)


@dataclass(frozen=True)
class FileIdentity:
    """``file``: the application as it stands here; ``members``: its persons as written, by rank, with the person each
    is held to be; ``elsewhere``: their other files, the last first; ``links``: what joins them."""

    file: sa.Row[Any]
    members: Sequence[sa.Row[Any]]
    elsewhere: list[dict[str, Any]]
    links: Sequence[sa.Row[Any]]

    def files_of(self, person_id: UUID | None) -> list[dict[str, Any]]:
        """The other files of one person."""
        return [one for one in self.elsewhere if person_id is not None and one["person_id"] == person_id]

    def links_of(self, members: Iterable[UUID]) -> list[sa.Row[Any]]:
        """The links between one of these members and another."""
        wanted = set(members)
        return [one for one in self.links if one.lower_member in wanted or one.higher_member in wanted]

    @property
    def applications(self) -> list[UUID]:
        """All files that this shows."""
        return list(dict.fromkeys([self.file.application_id, *(one["application_id"] for one in self.elsewhere)]))


async def file_identity(unit: UnitOfWork, principal: Principal, application_id: UUID) -> FileIdentity:
    """The persons of a file of the own caisse. Raises 404 for one that is unknown here or of another caisse."""
    a, i, m = applications.c, identities.c, person_members.c
    file = await unit.one_or_none(
        sa.select(applications).where(a.application_id == application_id, principal.scope(a.caisse))
    )
    if file is None:
        raise not_found()
    members = await unit.rows(
        sa.select(i.member_id, i.rank, i.family_name, i.given_names, i.birth_date, i.birth_place, m.person_id)
        .outerjoin(person_members, m.member_id == i.member_id)
        .where(i.application_id == application_id, i.state == "current")
        .order_by(i.rank)
    )
    persons = [row.person_id for row in members if row.person_id is not None]
    if not persons:
        return FileIdentity(file, members, [], [])
    rows = await unit.rows(_ELSEWHERE, {"persons": persons, "own": application_id})
    ids = [row.member_id for row in (*members, *rows)]
    standing = await unit.rows(
        sa.select(links).where(
            links.c.unlinked_at.is_(None), links.c.lower_member.in_(ids), links.c.higher_member.in_(ids)
        )
    )
    elsewhere = [without_place(principal, row._asdict(), row.protected) for row in rows]
    return FileIdentity(file, members, elsewhere, standing)


async def history_of_files(unit: UnitOfWork, principal: Principal, found: FileIdentity) -> list[dict[str, Any]]:
    """What happened to these files in all caisses, the last first: codes and dates, no place that is protected."""
    hidden = {one["application_id"] for one in found.elsewhere if one["contact"]}
    lines = []
    for row in await unit.rows(_HISTORY, {"ids": found.applications}):
        line = row._asdict()
        if row.application_id in hidden:
            line = without_place(principal, line, True)
        lines.append(line)
    return lines


_HISTORY = sa.text(
    "SELECT application_id, caisse, what, on_date, codes FROM history WHERE application_id = ANY(:ids) "
    "ORDER BY on_date DESC, occurred_at DESC LIMIT 200"
)
