"""Who the persons of a case are, as written on the papers: kept for people to read, erased with the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.decision import tables
from shared.contract import events as ev
from shared.database.unit_of_work import UnitOfWork

Filing = ev.ApplicationSubmitted | ev.ApplicationAmended

_KNOWN = sa.text("SELECT application_id, member_id, reference, died_on FROM persons WHERE application_id = ANY(:ids)")
_DIED = sa.text("UPDATE persons SET died_on = :died_on WHERE application_id = :application_id AND rank = ANY(:ranks)")
_LEAVE = sa.text("DELETE FROM persons WHERE application_id = ANY(:ids)")


async def save(unit: UnitOfWork, filings: Mapping[UUID, Filing]) -> None:
    """Write the persons of the present statement of each application, instead of those of an earlier one.

    The reference is that of the submission; an amendment, which names none, leaves it and the days of death as they
    were.
    """
    if not filings:
        return
    ids = {"ids": sorted(filings)}
    amended = any(isinstance(event, ev.ApplicationAmended) for event in filings.values())
    known = await unit.rows(_KNOWN, ids) if amended else []
    references = {row.application_id: row.reference for row in known}
    died = {row.member_id: row.died_on for row in known}
    await unit.execute(_LEAVE, ids)
    rows = [row for key in ids["ids"] for row in _rows(filings[key], references, died)]
    await unit.insert_many(tables.persons, rows)


async def save_deaths(unit: UnitOfWork, deaths: Iterable[Mapping[str, Any]]) -> None:
    """Write the day of death of persons of a case: ``application_id``, ``ranks`` and ``died_on`` of each."""
    for one in deaths:
        await unit.execute(_DIED, one)


def _rows(event: Filing, references: Mapping[UUID, str], died: Mapping[UUID, dt.date | None]) -> list[dict[str, Any]]:
    given = event.reference if isinstance(event, ev.ApplicationSubmitted) else references.get(event.application_id, "")
    return [
        {
            "application_id": event.application_id,
            "rank": member.rank,
            "member_id": member.member_id,
            "relation": member.relation.value,
            "family_name": member.family_name,
            "given_names": member.given_names,
            "usage_name": member.usage_name,
            "birth_date": member.birth_date,
            "reference": given,
            "died_on": died.get(member.member_id),
        }
        for member in event.facts.members
    ]


async def erase(unit: UnitOfWork, ids: Sequence[UUID]) -> None:
    """Forget who the persons of these cases were."""
    await unit.execute(_LEAVE, {"ids": list(ids)})


async def persons_of(unit: UnitOfWork, application_id: UUID) -> list[dict[str, Any]]:
    """The persons of one case in the order of their rank; none once erased."""
    columns = [column for column in tables.persons.c if column.name != "application_id"]
    rows = await unit.rows(
        sa.select(*columns).where(tables.persons.c.application_id == application_id).order_by(tables.persons.c.rank)
    )
    return [dict(row._mapping) for row in rows]
