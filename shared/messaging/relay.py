"""The relay: carries committed outbox rows to the broker, in order, once acknowledged never again.

One relay leads per database. It reads unsent rows in id order and sends them in waves with at most one row per topic
and key, so that event n+1 of an application leaves only after n is acknowledged, even when a send fails. The rows of a
wave that share a partition travel as one record batch. A crash between the acknowledgement and the mark repeats an
event; inboxes absorb that.

A row that the broker refuses for what it is, too large a message, is parked; later rows of its key wait behind it, and
other keys go on. What is wrong with the environment, a right that is missing or a topic, passes: the row stays. When a
topic takes nothing any more its circuit opens: nothing is sent or parked until somebody has looked.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from psycopg import AsyncConnection
from psycopg.rows import class_row

from shared.database.advisory_lock import LOCK_SPACE, lock_number
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.database.outbox import OUTBOX_CHANNEL, RELAY_PASS, SENDABLE, OutboxRow
from shared.messaging import corrections
from shared.messaging.kafka_client import PASS_ROWS, RecordBatch, ReplaceableProducer, key_hash
from shared.observability import logs, metrics, tracing
from shared.settings import Settings

log = logs.logger("relay")

IDLE_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 600.0
TOPIC_REST_SECONDS = 2.0
SENT_KEPT = dt.timedelta(days=7)
INBOX_KEPT = dt.timedelta(days=407)  # the longest retention of a topic, and a week
REJECTED_FOR_GOOD = (MessageSizeTooLargeError, RecordListTooLargeError)
ABOUT_THE_TOPIC = (TopicAuthorizationFailedError, InvalidTopicError, UnknownTopicOrPartitionError)

UNSENT = (
    f"SELECT id, event_id, topic, key, type, body, traceparent FROM outbox WHERE {SENDABLE} "
    "AND topic <> ALL(%s) ORDER BY id LIMIT %s"
)
# What an operator sent again after it was parked is settled as it leaves, and its bytes are forgotten.
MARK = (
    "WITH sent AS (UPDATE outbox SET sent_at = now() WHERE id = ANY(%(ids)s)) "
    "UPDATE parked SET state = 'replayed', resolved_at = now(), resolved_by = 'relay', body = NULL, headers = '{}' "
    "WHERE consumer = 'relay' AND state = 'retry' AND position = ANY(%(ids)s)"
)
BACKLOG = f"SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM outbox WHERE {SENDABLE}"
# From the row itself: one that an erasure has taken meanwhile leaves no bytes here.
PARK = (
    "WITH refused AS (UPDATE outbox SET sent_at = now() WHERE id = %(id)s RETURNING *) "
    "INSERT INTO parked (consumer, topic, partition, position, key, event_id, body, headers, reason, error) "
    "SELECT 'relay', topic, -1, id, key, event_id, convert_to(body, 'UTF8'), "
    "jsonb_build_object('ce_type', type, 'traceparent', traceparent), 'refused_by_broker', %(error)s FROM refused "
    "ON CONFLICT (consumer, topic, partition, position) DO UPDATE SET state = 'parked', body = excluded.body, "
    "headers = excluded.headers, error = excluded.error, tries = parked.tries + 1, resolved_at = NULL, "
    "resolved_by = NULL"
)

Sent = tuple[OutboxRow, BaseException | None]


class Producers(Protocol):
    """Where a pass gets its producer, and gives it back for good after a failure."""

    async def get(self) -> AIOKafkaProducer:
        """A started producer. Raises ``KafkaError`` when the broker is out of reach."""

    async def discard(self) -> None:
        """Let the next pass begin with a new one."""


def waves(rows: Iterable[OutboxRow]) -> list[list[OutboxRow]]:
    """Split rows, kept in id order, into waves that hold each (topic, key) at most once."""
    result: list[list[OutboxRow]] = []
    depth: dict[tuple[str, str], int] = {}
    for row in rows:
        stream = (row.topic, row.key)
        level = depth.get(stream, 0)
        depth[stream] = level + 1
        if level == len(result):
            result.append([])
        result[level].append(row)
    return result


class Relay:
    """Sends this database's outbox for as long as it runs and leads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._source = f"/ame/{settings.service}"
        self._rejected: Counter[str] = Counter()  # by topic, in a row
        self._resting: dict[str, float] = {}  # topics that took nothing, until when
        self.circuits_open: set[str] = set()
        self.leadership = LeaderElection(settings, "relay", [OUTBOX_CHANNEL])

    async def run(self) -> None:
        """Lead and send, for ever. A broken producer or connection is replaced; unsent rows wait in the table."""
        await self.leadership.run(self._lead)

    async def _lead(self, connection: AsyncConnection, wake: WakeSignal) -> None:
        producers = ReplaceableProducer(self._settings)
        next_housekeeping = next_measure = 0.0
        try:
            while True:
                began = time.monotonic()
                try:
                    sent, failed = await self.send_pass(connection, producers)
                except KafkaError as error:
                    log.warning("broker_unavailable", error=type(error).__name__)
                    await producers.discard()
                    sent, failed = 0, 1
                now = time.monotonic()
                if now >= next_measure:
                    await self._measure(connection)
                    next_measure = now + IDLE_SECONDS
                if now >= next_housekeeping:
                    await self._forget(connection)
                    next_housekeeping = now + HOUSEKEEPING_SECONDS
                if failed:
                    await asyncio.sleep(0.5)
                elif not sent:
                    await wake.wait(IDLE_SECONDS)
                elif sent < PASS_ROWS // 4:
                    await asyncio.sleep(self._settings.pause_after(now - began))
        finally:
            await producers.discard()

    async def send_pass(self, connection: AsyncConnection, producers: Producers) -> tuple[int, int]:
        """Send what may leave now, up to ``PASS_ROWS`` rows. Returns how many were acknowledged and how many failed.

        Raises ``KafkaError`` when the broker is out of reach.
        """
        async with _holding_the_outbox(connection):
            rows = await self._unsent(connection)
            skipped: set[tuple[str, str]] = set()
            sent = failed = 0
            for wave in waves(rows):
                batch = [row for row in wave if (row.topic, row.key) not in skipped]
                acknowledged: list[int] = []
                began = tracing.now()
                by_topic: Counter[str] = Counter()
                for row, error in await self._send_wave(producers, batch):
                    tracing.sent(row.topic, row.traceparent, row.type, began, type(error).__name__ if error else "")
                    if error is None:
                        acknowledged.append(row.id)
                        by_topic[row.topic] += 1
                        self._rejected[row.topic] = 0
                        continue
                    skipped.add((row.topic, row.key))
                    if isinstance(error, ABOUT_THE_TOPIC):
                        self._resting[row.topic] = time.monotonic() + TOPIC_REST_SECONDS
                    if not (isinstance(error, REJECTED_FOR_GOOD) and await self._park(connection, row, error)):
                        failed += 1
                if acknowledged:
                    await connection.execute(MARK, {"ids": acknowledged})
                    sent += len(acknowledged)
                    for topic, count in by_topic.items():
                        metrics.events_sent.labels(topic).inc(count)
        if failed:
            log.warning("sends_failed", failed=failed, keys=len(skipped))
        return sent, failed

    async def _unsent(self, connection: AsyncConnection) -> list[OutboxRow]:
        """What may leave, but for topics that take nothing: their rows would fill the pass of the others."""
        now = time.monotonic()
        self._resting = {topic: until for topic, until in self._resting.items() if until > now}
        left_out = [*self.circuits_open, *self._resting]
        async with connection.cursor(row_factory=class_row(OutboxRow)) as cursor:
            return await (await cursor.execute(UNSENT, (left_out, PASS_ROWS))).fetchall()

    async def _send_wave(self, producers: Producers, wave: Sequence[OutboxRow]) -> list[Sent]:
        """Send the rows and await all acknowledgements: each row with its error, or None. They have a key each."""
        sent = await self._send_together(producers, wave)
        if sum(isinstance(error, REJECTED_FOR_GOOD) for _, error in sent) < 2:
            return sent
        # The broker refuses a record batch whole, whichever of its rows is at fault: now each stands for itself, until
        # so many in a row are refused that the topic itself must be at fault.
        alone: list[Sent] = []
        in_a_row = Counter(self._rejected)
        for row, error in sent:
            if isinstance(error, REJECTED_FOR_GOOD) and in_a_row[row.topic] <= self._settings.circuit_breaker_limit:
                [(_, error)] = await self._send_together(producers, [row])
                in_a_row[row.topic] = in_a_row[row.topic] + 1 if isinstance(error, REJECTED_FOR_GOOD) else 0
            alone.append((row, error))
        return alone

    async def _send_together(self, producers: Producers, rows: Sequence[OutboxRow]) -> list[Sent]:
        """Send rows in few record batches, those of a partition in one as far as they fit."""
        if not rows:
            return []
        producer = await producers.get()
        batches, sent = await self._pack(producer, rows)
        pending: list[asyncio.Future[object] | BaseException] = []
        for batch in batches:
            batch.builder.close()
            try:
                pending.append(await producer.send_batch(batch.builder, batch.topic, partition=batch.partition))
            except KafkaError as error:
                pending.append(error)
        await asyncio.gather(*(one for one in pending if isinstance(one, asyncio.Future)), return_exceptions=True)
        for batch, answer in zip(batches, pending, strict=True):
            fault = answer.exception() if isinstance(answer, asyncio.Future) else answer
            sent += [(row, fault) for row in batch.rows]
        if any(error is not None for _, error in sent):
            await producers.discard()
        return sent

    async def _pack(
        self, producer: AIOKafkaProducer, rows: Sequence[OutboxRow]
    ) -> tuple[list[RecordBatch], list[Sent]]:
        """Rows as record batches; and those whose topic the broker does not know, with its error."""
        partitions: dict[str, int] = {}
        unknown: list[Sent] = []
        for topic in dict.fromkeys(row.topic for row in rows):
            try:
                partitions[topic] = len(await producer.partitions_for(topic))
            except KafkaError as error:
                unknown += [(row, error) for row in rows if row.topic == topic]
        batches: list[RecordBatch] = []
        filling: dict[tuple[str, int], RecordBatch] = {}
        for row in rows:
            if row.topic in partitions:
                partition = key_hash(row.key) % partitions[row.topic]
                batch = filling.get((row.topic, partition))
                if batch is None or not batch.takes(row, self._source):
                    batch = filling[row.topic, partition] = RecordBatch(producer.create_batch(), row.topic, partition)
                    batch.takes(row, self._source)  # the first one it always does
                    batches.append(batch)
        return batches, unknown

    async def _park(self, connection: AsyncConnection, row: OutboxRow, error: BaseException) -> bool:
        """Park a row that the broker refused; False when so many were refused that its topic's circuit opens."""
        self._rejected[row.topic] += 1
        if self._rejected[row.topic] > self._settings.circuit_breaker_limit:
            if row.topic not in self.circuits_open:
                self.circuits_open.add(row.topic)
                metrics.circuit_open.labels(f"relay:{row.topic}").set(1)
                log.critical("circuit_open", topic=f"relay:{row.topic}", limit=self._settings.circuit_breaker_limit)
            return False
        log.error("refused_by_broker", event_id=str(row.event_id), type=row.type, error=type(error).__name__)
        metrics.dead_letters.labels(row.topic, "refused_by_broker").inc()
        await connection.execute(PARK, {"id": row.id, "error": type(error).__name__})
        return True

    async def _measure(self, connection: AsyncConnection) -> None:
        backlog, oldest = await (await connection.execute(BACKLOG)).fetchone() or (0, 0)
        metrics.outbox_backlog.set(backlog)
        metrics.outbox_oldest.set(float(oldest))

    async def _forget(self, connection: AsyncConnection) -> None:
        """Drop sent rows after a week, inbox rows that no redelivery can meet any more, and corrections likewise."""
        await connection.execute("DELETE FROM outbox WHERE sent_at < now() - %s", (SENT_KEPT,))
        await connection.execute("DELETE FROM inbox WHERE received_at < now() - %s", (INBOX_KEPT,))
        await connection.execute(corrections.FORGET)


@asynccontextmanager
async def _holding_the_outbox(connection: AsyncConnection) -> AsyncIterator[None]:
    """Nobody takes rows out of the outbox to write them again while those that were read are on their way."""
    lock = (LOCK_SPACE, lock_number(RELAY_PASS))
    await connection.execute("SELECT pg_advisory_lock(%s, %s)", lock)
    try:
        yield
    finally:
        await connection.execute("SELECT pg_advisory_unlock(%s, %s)", lock)
