"""An erasure waits for nobody: what is parked of the same person goes, whichever consumer of the service parked it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest
from aiokafka import ConsumerRecord

from shared.contract.events import APPLICATION, DECISION, ApplicationErased, Event
from shared.database.unit_of_work import Database
from shared.ids import uuid7
from shared.messaging.consumer import Consumer
from shared.messaging.subscription import Subscription
from shared.settings import Settings
from tests.shared import toy

NAME = b'{"family_name": "KEITA", '


def record(position: int, key: UUID, event: Event | None) -> ConsumerRecord[bytes, bytes]:
    """A record of the application topic; without an event its bytes are cut short and hold a name."""
    body, name = NAME if event is None else event.model_dump_json().encode(), str(key).encode()
    return ConsumerRecord(APPLICATION, 0, position, 0, 0, name, body, None, len(name), len(body), ())


def erased(key: UUID) -> Event:
    return ApplicationErased.new(
        application_id=key, caisse="751", actor=toy.SYSTEM, correlation_id="ab" * 16, legal_ground="retention_ended"
    )


@pytest.mark.parametrize("at_once", [False, True])
async def test_an_erasure_passes_what_is_parked_of_the_same_person(
    settings: Settings, database: Database, sql: psycopg.Connection[Any], at_once: bool
) -> None:
    """Whether the message at fault came before or in the same batch; another person's goes on waiting."""
    applied: list[str] = []

    async def handle(events: Any, unit: Any) -> None:
        applied.extend(event.type for event in events)

    consumer = Consumer(settings, database, Subscription(APPLICATION, handle))
    one, other = uuid7(), uuid7()
    sql.execute(
        "INSERT INTO parked (consumer, topic, partition, position, key, body, reason, state) "
        "VALUES ('toy', %s, 0, 1, %s, %s, 'handler', 'parked')",
        (DECISION, str(one), NAME),
    )
    first = [record(1, one, None), record(2, one, toy.withdrawn(one)), record(3, other, None)]
    last = [record(4, one, erased(one)), record(5, other, toy.withdrawn(other))]
    for batch in [[*first, *last]] if at_once else [first, last]:
        await consumer.apply(batch)
    assert applied == ["application.erased"]
    rows = sql.execute("SELECT body, state, resolved_by FROM parked WHERE key = %s", (str(one),)).fetchall()
    assert len(rows) == 3
    assert set(rows) == {(None, "discarded", "erasure")}
    waiting = sql.execute("SELECT body, state FROM parked WHERE key = %s ORDER BY position", (str(other),)).fetchall()
    assert [state for _, state in waiting] == ["parked", "behind"]
    assert bytes(waiting[0][0]) == NAME
    await consumer.apply([record(6, one, toy.withdrawn(one))])
    assert applied[-1] == "application.withdrawn", "nothing holds this key any more"
