"""Photographs for titles: rows with the key of each, and bytes that nobody reads without it."""

from __future__ import annotations

import base64
import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.letters.domain.titles.photograph import Box, Fault
from services.letters.tables import discards, documents, recipients, title_photographs
from shared.contract.events import Actor
from shared.database.unit_of_work import UnitOfWork

_NONCE = 12
KEEP = dt.timedelta(days=183)
"""How long a photograph is kept where no title that counts needs it: later it is not recent any more [M]."""


@dataclass(frozen=True)
class Sealed:
    """Encrypted bytes, and the key that opens them."""

    body: bytes
    key: str


@dataclass(frozen=True)
class NewPhotograph:
    """A photograph to keep: where its bytes lie, what opens them, its box and what it does not pass."""

    state: str
    sha256: str
    key: str
    box: Box
    faults: Sequence[Fault]


def seal(body: bytes) -> Sealed:
    """Encrypt under a key of its own (AES-256-GCM)."""
    key, nonce = AESGCM.generate_key(256), os.urandom(_NONCE)
    return Sealed(nonce + AESGCM(key).encrypt(nonce, body, None), base64.b64encode(key).decode())


def opened(body: bytes, key: str) -> bytes | None:
    """The bytes as they were; None where the key does not open them."""
    try:
        return AESGCM(base64.b64decode(key)).decrypt(body[:_NONCE], body[_NONCE:], None)
    except (InvalidTag, ValueError):
        return None


async def kept(unit: UnitOfWork, application_id: UUID, rank: int) -> sa.Row[Any] | None:
    """The photograph of a member of a file whose route has checked the scope."""
    c = title_photographs.c
    query = sa.select(title_photographs).where(c.application_id == application_id, c.member_rank == rank)
    return await unit.one_or_none(query.with_for_update())


async def states_of(unit: UnitOfWork, application_id: UUID) -> dict[int, str]:
    """Whether a photograph is proposed or confirmed, by rank, of a file whose route has checked the scope."""
    c = title_photographs.c
    rows = await unit.rows(sa.select(c.member_rank, c.state).where(c.application_id == application_id))
    return {row.member_rank: row.state for row in rows}


async def confirmed_of(unit: UnitOfWork, applications: Sequence[UUID]) -> dict[tuple[UUID, int], sa.Row[Any]]:
    """The confirmed photographs of these files, by file and rank."""
    c = title_photographs.c
    query = sa.select(title_photographs).where(c.application_id.in_(applications), c.state == "confirmed")
    return {(row.application_id, row.member_rank): row for row in await unit.rows(query)}


async def of_letter(unit: UnitOfWork, letter_id: UUID, rank: int) -> sa.Row[Any] | None:
    """The confirmed photograph of a member of the file of a letter, for who draws it."""
    c = title_photographs.c
    file = sa.select(documents.c.application_id).where(documents.c.letter_id == letter_id).scalar_subquery()
    query = sa.select(title_photographs).where(c.application_id == file, c.member_rank == rank, c.state == "confirmed")
    return await unit.one_or_none(query)


async def save(
    unit: UnitOfWork, application_id: UUID, rank: int, new: NewPhotograph, on: dt.date, actor: Actor
) -> bool:
    """Keep a photograph in the place of the earlier one, whose bytes go. False: the file was erased meanwhile."""
    held = sa.select(recipients.c.state).where(recipients.c.application_id == application_id)
    if await unit.scalar(held.with_for_update(key_share=True)) in (None, "erased"):
        await unit.insert_many(discards, [{"sha256": new.sha256}], conflict=["sha256"])
        return False
    await remove(unit, application_id, rank)
    row = {
        "application_id": application_id,
        "member_rank": rank,
        "state": new.state,
        "sha256": new.sha256,
        "key": new.key,
        "box": [new.box.left, new.box.top, new.box.width, new.box.height],
        "faults": [fault.code for fault in new.faults],
        "taken_on": on,
        "actor_id": actor.id,
    }
    await unit.execute(sa.insert(title_photographs).values(row))
    return True


async def remove(unit: UnitOfWork, application_id: UUID, rank: int | None = None) -> bool:
    """Forget the photograph of a member, or those of a file; returns whether there was one."""
    c = title_photographs.c
    gone = sa.delete(title_photographs).where(c.application_id == application_id)
    if rank is not None:
        gone = gone.where(c.member_rank == rank)
    hashes = [{"sha256": row.sha256} for row in await unit.rows(gone.returning(c.sha256))]
    await unit.insert_many(discards, hashes, conflict=["sha256"])
    return bool(hashes)


async def forget_over(unit: UnitOfWork, today: dt.date) -> int:
    """Forget the photographs whose title is over, and old ones that no title in force needs; returns how many."""
    rows = await unit.rows(_FORGET_OVER, {"today": today, "taken": today - KEEP})
    await unit.insert_many(discards, [{"sha256": row.sha256} for row in rows], conflict=["sha256"])
    return len(rows)


_FORGET_OVER = sa.text(
    "DELETE FROM title_photographs p USING (SELECT photographs.application_id, photographs.member_rank, "
    "count(title_id) AS titles, "
    "coalesce(bool_or(ends_on >= :today), false) AS right_runs, "
    "coalesce(bool_or(ends_on >= :today AND titles.state <> 'voided'), false) AS in_force "
    "FROM title_photographs photographs LEFT JOIN titles USING (application_id, member_rank) GROUP BY 1, 2) one "
    "WHERE p.application_id = one.application_id AND p.member_rank = one.member_rank AND NOT in_force "
    "AND (taken_on < :taken OR (titles > 0 AND NOT right_runs)) RETURNING p.sha256"
)
PHOTOGRAPHED = sa.text("SELECT sha256 FROM title_photographs WHERE sha256 = ANY(CAST(:hashes AS text[]))")
