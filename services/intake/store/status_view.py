"""The status of each application, written by topic: codes and dates for front ends, and the status that lists show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.intake.domain.status import status_fields, status_of
from shared.contract.events import Event, PaperRegistered
from shared.database.unit_of_work import UnitOfWork

# Also tells which event was the last one before: what is not newer than it changes nothing.
_UPSERT = sa.text(
    "WITH given AS (SELECT * FROM json_to_recordset(CAST(:rows AS json)) "
    "AS r(application_id uuid, topic text, sequence int, told jsonb, as_of timestamptz)), "
    "before AS (SELECT application_id, status_view.sequence FROM status_view "
    "JOIN given USING (application_id, topic)), "
    "newer AS (INSERT INTO status_view (application_id, topic, sequence, told, as_of) "
    "SELECT application_id, topic, sequence, told, as_of FROM given ORDER BY application_id "
    "ON CONFLICT (application_id, topic) DO UPDATE SET sequence = excluded.sequence, "
    "told = status_view.told || excluded.told, as_of = excluded.as_of "
    "WHERE excluded.sequence > status_view.sequence RETURNING application_id) "
    "SELECT application_id, coalesce(before.sequence, 0) AS before FROM newer LEFT JOIN before USING (application_id)"
)
# Each event that lists show is a change that front ends hear of, in its order; the last one is what lists show. The
# rows of the applications are held before the first id of a change is drawn.
_STATUS = sa.text(
    "WITH given AS (SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r(n int, application_id uuid, "
    "  event_id uuid, status text, occurred_at timestamptz, business_date date)), "
    "held AS (SELECT application_id, caisse FROM applications "
    "  WHERE application_id IN (SELECT application_id FROM given) AND state IN ('received', 'transferred') "
    "  ORDER BY application_id FOR UPDATE), "
    "shown AS (INSERT INTO changes (event_id, application_id, caisse, status, occurred_at, business_date) "
    "  SELECT event_id, application_id, caisse, status, occurred_at, business_date "
    "  FROM given JOIN held USING (application_id) ORDER BY n ON CONFLICT (event_id, caisse) DO NOTHING), "
    "last AS (SELECT DISTINCT ON (application_id) application_id, status FROM given ORDER BY application_id, n DESC) "
    "UPDATE applications SET status = last.status FROM last JOIN held USING (application_id) "
    "WHERE applications.application_id = last.application_id"
)


async def apply(batch: Sequence[Event], unit: UnitOfWork) -> None:
    """Apply a batch of one topic: one upsert for the view, one update for the statuses it changes."""
    rows: dict[str, dict[str, Any]] = {}
    shown: list[tuple[Event, str]] = []
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
            shown.append((event, status))
    told = await unit.rows(_UPSERT, {"rows": json.dumps(list(rows.values()))})
    before = {row.application_id: row.before for row in told}
    changed = [
        _change(n, event, status)
        for n, (event, status) in enumerate(shown)
        if event.application_id in before and event.sequence > before[event.application_id]
    ]
    if changed:
        await unit.execute(_STATUS, {"rows": json.dumps(changed)})


def _change(n: int, event: Event, status: str) -> dict[str, Any]:
    return {
        "n": n,
        "application_id": str(event.application_id),
        "event_id": str(event.id),
        "status": status,
        "occurred_at": event.occurred_at.isoformat(),
        "business_date": event.business_date.isoformat(),
    }
