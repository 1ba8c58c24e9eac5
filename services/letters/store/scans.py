"""Which envelopes were scanned; their bytes lie in the archive of scans."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.letters.tables import discards, envelope_scans, recipients
from shared.database.unit_of_work import UnitOfWork


async def scanned(unit: UnitOfWork, letter_id: UUID) -> dict[int, sa.Row[Any]]:
    """The scans of a letter, by the number of the despatch."""
    rows = await unit.rows(sa.select(envelope_scans).where(envelope_scans.c.letter_id == letter_id))
    return {row.despatch_no: row for row in rows}


async def save(unit: UnitOfWork, row: sa.Row[Any], despatch_no: int, sha256: str, media_type: str, size: int) -> bool:
    """Note a scan; another one of the same envelope takes its place. False: the file was erased meanwhile, and the
    bytes go too."""
    state = await unit.scalar(
        sa.select(recipients.c.state)
        .where(recipients.c.application_id == row.application_id)
        .with_for_update(key_share=True)
    )
    if state == "erased":
        await unit.insert_many(discards, [{"sha256": sha256}], conflict=["sha256"])
        return False
    scan = {
        "letter_id": row.letter_id,
        "despatch_no": despatch_no,
        "application_id": row.application_id,
        "sha256": sha256,
        "media_type": media_type,
        "size": size,
    }
    await unit.insert_many(
        envelope_scans, [scan], conflict=["letter_id", "despatch_no"], update=["sha256", "media_type", "size"]
    )
    return True
