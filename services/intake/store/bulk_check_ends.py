"""Ends of files of persons that dedup looked for: webhooks hear of them, by the queues that changes have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.intake.store import status_view
from services.intake.tables import changes
from shared.contract.events import BulkCheckEnded, Event
from shared.database.unit_of_work import UnitOfWork

COUNTS = ("rows", "rows_done", "same_person", "to_examine", "silent", "refused")


async def take(batch: Sequence[Event], unit: UnitOfWork) -> None:
    """Apply a batch of the topic of identities: what concerns applications, and ends of files of persons."""
    await status_view.apply([event for event in batch if not isinstance(event, BulkCheckEnded)], unit)
    ended = [change_row(event) for event in batch if isinstance(event, BulkCheckEnded)]
    await unit.insert_many(changes, ended, conflict=["event_id", "caisse"])


def change_row(event: BulkCheckEnded) -> dict[str, Any]:
    """The row among the changes of a file of persons that ended."""
    return {
        "event_id": event.id,
        "application_id": event.check_id,
        "caisse": event.caisse,
        "status": event.state,
        "occurred_at": event.occurred_at,
        "business_date": event.business_date,
        "bulk_check": {name: getattr(event, name) for name in COUNTS},
    }
