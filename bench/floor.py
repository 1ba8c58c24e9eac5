"""The floor under the pipeline: the same hops and row writes as a granted application, with no domain work at all.

Each of the five stand-in services consumes the topics that the real one consumes, writes one row per event, and emits
the events that the real one emits for a complete file. ``python -m bench.floor <service>`` runs one; the benchmark
starts all.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from sqlalchemy.dialects import postgresql

from shared.contract.events import (
    APPLICATION,
    DECISION,
    IDENTITY,
    LETTER,
    Actor,
    ApplicationSubmitted,
    Event,
    FileCompleted,
    Granted,
    IdentityCleared,
    LetterIssued,
)
from shared.database.shared_tables import shared_tables
from shared.database.unit_of_work import UnitOfWork, emit
from shared.ids import named_uuid
from shared.messaging.subscription import Subscription
from shared.service.app import main
from shared.service.definition import Service

metadata = sa.MetaData()
shared_tables(metadata)
hops = sa.Table(
    "hops",
    metadata,
    sa.Column("event_id", postgresql.UUID, primary_key=True),
    sa.Column("application_id", postgresql.UUID, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
)

ACTOR = Actor(role="system", id="floor")
DAY = dt.date(2026, 9, 15)
Answer = Callable[[Any], list[Event]]


def _identity(event: Any) -> list[Event]:
    fields = {"facts_sequence": event.sequence, "checked_pairs": 0, "algorithm": "floor", "model_version": "0"}
    return [IdentityCleared.after(event, ACTOR, **fields)] if isinstance(event, ApplicationSubmitted) else []


def _completed(event: Any) -> list[Event]:
    return [FileCompleted.after(event, ACTOR, completed_on=DAY)] if isinstance(event, ApplicationSubmitted) else []


def _granted(event: Any) -> list[Event]:
    if not isinstance(event, IdentityCleared):
        return []
    fields = {"entitlements": [], "effect_on": DAY, "decided_on": DAY, "signatory": "floor", "automatic": True}
    decision = named_uuid("floor", event.application_id)
    return [
        FileCompleted.after(event, ACTOR, completed_on=DAY),
        Granted.after(event, ACTOR, decision_id=decision, **fields),
    ]


def _letter(event: Any) -> list[Event]:
    kinds: dict[type[Any], str] = {ApplicationSubmitted: "acknowledgement", Granted: "admission"}
    if type(event) not in kinds:
        return []
    fields = {"template": "floor", "template_version": 1, "language": "fr", "issued_on": DAY, "content_hash": "0" * 64}
    letter = named_uuid("floor", event.id)
    return [LetterIssued.after(event, ACTOR, letter_id=letter, kind=kinds[type(event)], **fields)]


def _nothing(event: Any) -> list[Event]:
    return []


ANSWERS: dict[str, dict[str, Answer]] = {
    "intake": {IDENTITY: _nothing, DECISION: _nothing, LETTER: _nothing},
    "dedup": {APPLICATION: _identity, DECISION: _nothing},
    "decision": {APPLICATION: _completed, IDENTITY: _granted, LETTER: _nothing},
    "letters": {APPLICATION: _letter, DECISION: _letter},
    "reporting": {APPLICATION: _nothing, IDENTITY: _nothing, DECISION: _nothing, LETTER: _nothing},
}


def _handler(answer: Answer) -> Callable[[Sequence[Any], UnitOfWork], Awaitable[None]]:
    async def handle(events: Sequence[Any], unit: UnitOfWork) -> None:
        rows = [{"event_id": e.id, "application_id": e.application_id, "type": e.type} for e in events]
        await unit.insert_many(hops, rows, conflict=["event_id"])
        for event in events:
            for emitted in answer(event):
                emit(unit, emitted)

    return handle


def service(name: str) -> Service:
    subscriptions = [Subscription(topic, _handler(answer)) for topic, answer in ANSWERS[name].items()]
    return Service(
        name=name,
        title=f"Plancher {name}",
        routers=(APIRouter(),),
        metadata=metadata,
        subscriptions=lambda _: subscriptions,
    )


if __name__ == "__main__":
    main(service(sys.argv[1]))
