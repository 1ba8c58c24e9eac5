"""Who the persons of a case are, as written on the papers: kept for people to read, erased with the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.decision import tables
from shared.contract import events as ev
from shared.database.unit_of_work import UnitOfWork

Filing = ev.ApplicationSubmitted | ev.ApplicationAmended

_REFERENCES = sa.text(
    "SELECT application_id, max(reference) AS reference FROM persons WHERE application_id = ANY(:ids) "
    "GROUP BY application_id"
)
_LEAVE = sa.text("DELETE FROM persons WHERE application_id = ANY(:ids)")


async def save(unit: UnitOfWork, filings: Mapping[UUID, Filing]) -> None:
    """Write the persons of the present statement of each application, instead of those of an earlier one.

    The reference is that of the submission; an amendment, which names none, leaves it as it was.
    """
    if not filings:
        return
    ids = {"ids": sorted(filings)}
    amended = any(isinstance(event, ev.ApplicationAmended) for event in filings.values())
    known = {row.application_id: row.reference for row in await unit.rows(_REFERENCES, ids)} if amended else {}
    await unit.execute(_LEAVE, ids)
    await unit.insert_many(tables.persons, [row for key in ids["ids"] for row in _rows(filings[key], known)])


def _rows(event: Filing, known: Mapping[UUID, str]) -> list[dict[str, Any]]:
    given = event.reference if isinstance(event, ev.ApplicationSubmitted) else known.get(event.application_id, "")
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
