"""The status of each application, written by topic: codes and dates for front ends, and the status that lists show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.intake.domain.status import status_fields, status_of
from shared.contract.events import Event, PaperRegistered
from shared.database.unit_of_work import UnitOfWork

_UPSERT = sa.text(
    "INSERT INTO status_view (application_id, topic, sequence, told, as_of) "
    "SELECT application_id, topic, sequence, told, as_of FROM json_to_recordset(CAST(:rows AS json)) "
    "AS r(application_id uuid, topic text, sequence int, told jsonb, as_of timestamptz) ORDER BY application_id "
    "ON CONFLICT (application_id, topic) DO UPDATE SET sequence = excluded.sequence, "
    "told = status_view.told || excluded.told, as_of = excluded.as_of "
    "WHERE excluded.sequence > status_view.sequence RETURNING application_id"
)
_STATUS = sa.text(
    "WITH given AS (SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r(application_id uuid, status text)), "
    "held AS (SELECT applications.application_id FROM applications JOIN given USING (application_id) "
    "  WHERE state IN ('received', 'transferred') ORDER BY application_id FOR UPDATE OF applications) "
    "UPDATE applications SET status = given.status FROM given JOIN held USING (application_id) "
    "WHERE applications.application_id = given.application_id"
)


async def apply(batch: Sequence[Event], unit: UnitOfWork) -> None:
    """Apply a batch of one topic: one upsert for the view, one update for the statuses it changes."""
    rows: dict[str, dict[str, Any]] = {}
    statuses: dict[str, str] = {}
    for event in batch:
        if isinstance(event, PaperRegistered):
            continue  # of no application
        key = str(event.application_id)
        row = rows.setdefault(
            key, {"application_id": key, "topic": event.topic, "sequence": 0, "told": {}, "as_of": ""}
        )
        if event.sequence <= row["sequence"]:
            continue
        row["sequence"], row["as_of"] = event.sequence, event.occurred_at.isoformat()
        row["told"] |= status_fields(event)
        if status := status_of(event):
            statuses[key] = status
    newer = {str(row.application_id) for row in await unit.rows(_UPSERT, {"rows": json.dumps(list(rows.values()))})}
    changed = [{"application_id": key, "status": status} for key, status in statuses.items() if key in newer]
    if changed:
        await unit.execute(_STATUS, {"rows": json.dumps(changed)})
