"""What each client was answered under each of its idempotency keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.intake.tables import requests
from shared.database.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Entry:
    """A request by its fingerprint, and what it was answered."""

    fingerprint: str
    answer: dict[str, Any]


async def find(unit: UnitOfWork, client: str, key: str) -> Entry | None:
    """The request that this client sent under this key, if any."""
    query = sa.select(requests.c.fingerprint, requests.c.answer)
    row = await unit.one_or_none(query.where(requests.c.client == client, requests.c.key == key))
    return None if row is None else Entry(row.fingerprint, row.answer)


async def insert(unit: UnitOfWork, client: str, key: str, entry: Entry) -> bool:
    """Keep an answer; false when another request with the same key was committed first."""
    row = {"client": client, "key": key, "fingerprint": entry.fingerprint, "answer": entry.answer}
    row["application_id"] = entry.answer["body"].get("application_id")  # an erasure finds what was answered by it
    return bool(await unit.insert_many(requests, [row], conflict=("client", "key"), returning=("key",)))
