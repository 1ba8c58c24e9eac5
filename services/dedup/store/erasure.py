"""Nothing is left of an application that is erased or over its time: pairs fall, links are undone, texts and history
go.

Every table of this service that holds something about an application is emptied of it here, and the other files hear
that a pair is gone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.action_context import ActionContext
from services.dedup.domain.application_record import ApplicationRecord
from services.dedup.domain.pairs import pair_changes
from services.dedup.store import applications, links, person_proposals
from services.dedup.store.pairs import publish_to_others, write
from services.dedup.tables import ERASABLE
from shared.database.unit_of_work import UnitOfWork
from shared.messaging import dead_letters

BLANK = ", ".join(f"{column} = ''" for column in ERASABLE)
_ERASE = sa.text(
    f"WITH gone AS (UPDATE identities SET state = 'erased', normalised = NULL, {BLANK} "
    "  WHERE application_id = ANY(:ids) AND state <> 'erased' RETURNING seq) "
    "INSERT INTO retirements (seq, reason) SELECT seq, :reason FROM gone ORDER BY seq"
)
_TEXTS = sa.text(
    "DELETE FROM judgement_texts USING pairs WHERE judgement_texts.pair_id = pairs.pair_id "
    "AND (lower_application = ANY(:ids) OR higher_application = ANY(:ids))"
)
_HISTORY = sa.text("DELETE FROM history WHERE application_id = ANY(:ids)")
_READINGS = sa.text("DELETE FROM readings WHERE application_id = ANY(:ids)")
# Of a file of persons looked for at once: the row that names it, and the rows that found it.
_ASKED = sa.text(
    "UPDATE bulk_check_rows SET cells = '{}', application_id = NULL, verdict = 'forgotten', found = '[]', "
    "found_applications = '{}' WHERE application_id = ANY(:ids)"
)
_FOUND = sa.text(
    "UPDATE bulk_check_rows SET verdict = 'forgotten', found = '[]', found_applications = '{}' "
    "WHERE found_applications && CAST(:ids AS uuid[])"
)
_MARKS = sa.text("DELETE FROM marks WHERE application_id = ANY(:ids)")


async def retire(unit: UnitOfWork, ids: Collection[UUID], reason: str) -> None:
    """Take the identities of applications out of the common base: blank rows, and every replica's index is told.

    The caller holds the lock of the common base (``registering.LOCK``).
    """
    await unit.execute(_ERASE, {"ids": list(ids), "reason": reason})


async def forget(
    unit: UnitOfWork,
    ids: Collection[UUID],
    dossiers: Mapping[UUID, ApplicationRecord],
    source: ActionContext,
    model_version: str,
) -> None:
    """All the rest about applications whose identities are retired. ``dossiers``: theirs and their neighbours',
    locked."""
    parameters = {"ids": list(ids)}
    changed = pair_changes.erased(row._asdict() for row in await unit.rows(applications.PAIRS, parameters))
    await write(unit, changed)
    await publish_to_others(unit, changed, dossiers, source, set(ids), model_version)
    await links.forget(unit, ids, source)
    await person_proposals.forget(unit, ids)
    for statement in (_TEXTS, _HISTORY, _MARKS, _READINGS, _ASKED, _FOUND):
        await unit.execute(statement, parameters)
    await dead_letters.erase(unit, [str(key) for key in ids])
