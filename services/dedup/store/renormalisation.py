"""Stored rows made again after the rules of normalisation changed: an old row would miss what a new one finds."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from services.dedup.domain.matching.normalisation import Identity, normalise
from services.dedup.domain.matching.record import OFF_CAISSE, OFF_PLACE, identity_fingerprint
from services.dedup.store.identities import LOCK
from services.dedup.tables import WRITTEN
from shared.database.unit_of_work import Database, UnitOfWork

BATCH: Final = 5_000

_SOME = sa.text(
    f"SELECT seq, normalised, {', '.join(WRITTEN)} FROM identities WHERE seq > :after AND state = 'current' "
    "ORDER BY seq LIMIT :most"
)
_WRITE = sa.text(
    "UPDATE identities SET normalised = :normalised, fingerprint = :fingerprint WHERE seq = :seq AND state = 'current'"
)


async def renormalise(database: Database) -> tuple[int, int]:
    """Make every present row again from what was written, in batches that each commit; returns (seen, changed).

    The running replicas do not notice: they read the table when they start.
    """
    after = seen = changed = 0
    while True:
        async with database.unit() as unit:
            await unit.execute(LOCK)
            rows = await unit.rows(_SOME, {"after": after, "most": BATCH})
            changed += await _renewed(unit, rows)
        seen += len(rows)
        if len(rows) < BATCH:
            return seen, changed
        after = rows[-1].seq


async def _renewed(unit: UnitOfWork, rows: Any) -> int:
    count = 0
    for row in rows:
        before, fresh = bytes(row.normalised), normalise(Identity.of(row._asdict()))
        # Caisse and postcode stay as they were told: those of a protected place were never there.
        now = fresh[:OFF_CAISSE] + before[OFF_CAISSE:OFF_PLACE] + fresh[OFF_PLACE:]
        if now != before:
            count += 1
            parameters = {"seq": row.seq, "normalised": now, "fingerprint": identity_fingerprint(now)}
            await unit.execute(_WRITE, parameters)
    return count
