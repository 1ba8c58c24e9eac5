"""What the other services told, kept as a view for front ends: codes and dates by topic, and the status that lists
show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from services.intake.domain.status import status_fields, status_of
from services.intake.store.status_view import STATUS, TELL
from shared.contract import events
from shared.contract.events import Event
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.subscription import Subscription
from shared.service.runtime import Runtime


async def handle(batch: Sequence[Event], unit: UnitOfWork) -> None:
    """Apply a batch of one topic: one upsert for the view, one update for the statuses it changes."""
    rows: dict[str, dict[str, Any]] = {}
    statuses: dict[str, str] = {}
    for event in batch:
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
    newer = {str(row.application_id) for row in await unit.rows(TELL, {"rows": json.dumps(list(rows.values()))})}
    changed = [{"application_id": key, "status": status} for key, status in statuses.items() if key in newer]
    if changed:
        await unit.execute(STATUS, {"rows": json.dumps(changed)})


def subscriptions(_: Runtime) -> Sequence[Subscription]:
    """The topics that feed the status of each application."""
    return [Subscription(topic, handle) for topic in (events.IDENTITY, events.DECISION, events.LETTER)]
