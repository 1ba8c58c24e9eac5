"""A service of one table, for tests of the kernel: it keeps each application's last sequence and how often it was
told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from shared.contract.events import APPLICATION, Actor, ApplicationWithdrawn, Event, IdentityCleared
from shared.database.shared_tables import shared_tables
from shared.database.unit_of_work import UnitOfWork, emit
from shared.ids import uuid7

metadata = sa.MetaData()
shared_tables(metadata)
tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("application_id", postgresql.UUID, primary_key=True),
    sa.Column("seen", postgresql.ARRAY(sa.Text), nullable=False),
)

SYSTEM = Actor(role="system", id="toy")


class DomainRefusal(ValueError):
    code = "toy_refuses"


async def handle(events: Sequence[Any], unit: UnitOfWork) -> None:
    """Append each event's reason to the tally of its application, and answer with an event of its own.

    The topic is everybody's: what other tests of the session left on it is passed over.
    """
    for event in events:
        if not isinstance(event, ApplicationWithdrawn):
            continue
        if event.reason == "impossible":
            raise DomainRefusal("impossible")
        await unit.execute(
            sa.text(
                "INSERT INTO tallies VALUES (:id, ARRAY[CAST(:reason AS text)]) "
                "ON CONFLICT (application_id) DO UPDATE SET seen = tallies.seen || excluded.seen"
            ),
            {"id": event.application_id, "reason": event.reason},
        )
        answer = {"facts_sequence": event.sequence, "checked_pairs": 0, "algorithm": "toy", "model_version": "1"}
        emit(unit, IdentityCleared.after(event, SYSTEM, **answer))


def withdrawn(application_id: UUID | None = None, reason: str = "fine", **fields: Any) -> Event:
    """The smallest event of the application topic."""
    return ApplicationWithdrawn.new(
        application_id=application_id or uuid7(),
        caisse="751",
        actor=SYSTEM,
        correlation_id="ab" * 16,
        reason=reason,
        **fields,
    )


TOPIC = APPLICATION


def reason_of(body: bytes) -> str:
    """What an event of the toy says, from its bytes."""
    return ApplicationWithdrawn.model_validate_json(body).reason
