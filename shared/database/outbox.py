"""Outbox rows: an event as it is written."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from shared.contract.events import Event, UnsequencedEvent
from shared.database.shared_tables import PARKED_OPEN
from shared.observability.tracing import traceparent

MAX_BODY = 256 * 1024
OUTBOX_CHANNEL = "ame_outbox"

# The relay holds this lock while the rows it has read are on their way. Who takes rows out of the outbox and writes
# earlier ones again takes it first: else a row read before would overtake them.
RELAY_PASS = "relay-pass"

# What may leave: an event behind one that the broker refused waits with it, so that the sequence of its key is whole.
SENDABLE = (
    "sent_at IS NULL AND NOT EXISTS (SELECT FROM parked WHERE parked.consumer = 'relay' AND parked.key = outbox.key "
    f"AND parked.topic = outbox.topic AND parked.position < outbox.id AND parked.{PARKED_OPEN})"
)


class EventTooLarge(ValueError):
    """The event's body is over the limit that the topics accept."""

    def __init__(self, event_type: str, size: int) -> None:
        super().__init__(f"event_too_large: {event_type} has {size} bytes, the limit is {MAX_BODY}")
        self.size = size


@dataclass(slots=True)
class OutgoingEvent:
    """An event and its JSON, within the size the broker takes."""

    event: Event | UnsequencedEvent
    body: str


def outbox_row(event: Event | UnsequencedEvent, body: str) -> dict[str, str]:
    """The row of an event in the outbox."""
    return {
        "event_id": str(event.id),
        "topic": event.topic,
        "key": event.key,
        "type": event.type,
        "body": body,
        "traceparent": traceparent(event.correlation_id),
    }


# One statement numbers events per application and writes them. The rows of ``streams`` are locked before the first id
# of ``outbox`` is drawn (the sort waits for them all): commits on one application follow their outbox ids. The envelope
# precedes the content in a body, so that the first occurrence of its empty number is the envelope's own.
NUMBER_AND_WRITE = sa.text(
    "WITH emitted AS (SELECT * FROM json_to_recordset(CAST(:streams AS json)) AS r(topic text, application_id uuid, "
    "events int)), "
    "numbered AS (INSERT INTO streams (topic, application_id, sequence) SELECT topic, application_id, events "
    "FROM emitted ON CONFLICT (topic, application_id) DO UPDATE SET sequence = streams.sequence + excluded.sequence "
    "RETURNING topic, application_id, sequence), "
    "ends AS (SELECT topic, application_id, sequence - events AS before FROM numbered JOIN emitted USING (topic, "
    "application_id)), "
    "written AS (INSERT INTO outbox (event_id, topic, key, type, body, traceparent) "
    "SELECT event_id, topic, key, type, "
    "CASE WHEN place IS NULL THEN body ELSE overlay(body PLACING '\"sequence\"\\:' || (before + place) "
    "FROM position('\"sequence\"\\:0' IN body) FOR 12) END, traceparent "
    "FROM json_to_recordset(CAST(:rows AS json)) AS rows(n int, event_id uuid, topic text, key text, type text, body "
    "text, "
    "traceparent text, application_id uuid, place int) LEFT JOIN ends USING (topic, application_id) "
    "ORDER BY n ON CONFLICT (event_id) DO NOTHING) "
    "SELECT pg_notify(:channel, '')"
)

WRITE = sa.text(
    "WITH written AS (INSERT INTO outbox (event_id, topic, key, type, body, traceparent) "
    "SELECT event_id, topic, key, type, body, traceparent FROM json_to_recordset(CAST(:rows AS json)) "
    "AS rows(event_id uuid, topic text, key text, type text, body text, traceparent text) "
    "ON CONFLICT (event_id) DO NOTHING) "
    "SELECT pg_notify(:channel, '')"
)


@dataclass(slots=True)
class OutboxRow:
    """A row of the outbox as the relay reads it."""

    id: int
    event_id: object
    topic: str
    key: str
    type: str
    body: str
    traceparent: str

    def headers(self, source: str) -> list[tuple[str, bytes]]:
        """CloudEvents attributes in binary mode, and the trace."""
        return [
            ("content-type", b"application/json"),
            ("ce_specversion", b"1.0"),
            ("ce_id", str(self.event_id).encode()),
            ("ce_type", self.type.encode()),
            ("ce_source", source.encode()),
            ("ce_subject", self.key.encode()),
            ("traceparent", self.traceparent.encode()),
        ]
