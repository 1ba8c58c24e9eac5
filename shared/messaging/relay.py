"""The relay: carries committed outbox rows to the broker, in order, once acknowledged never again.

One relay leads per database. It reads unsent rows in id order and sends them in waves with at most one row per topic
and key, so that event n+1 of an application leaves only after n is acknowledged, even when a send fails. The rows of a
wave that share a partition travel as one record batch. A crash between the acknowledgement and the mark repeats an
event; inboxes absorb that. A row that the broker refuses for good is parked and the others go on.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)
from psycopg import AsyncConnection
from psycopg.rows import class_row

from shared.database.leader_election import LeaderElection, WakeSignal
from shared.database.outbox import OUTBOX_CHANNEL, OutboxRow
from shared.messaging.kafka_client import PASS_ROWS, RecordBatch, build_producer, key_hash
from shared.observability import logs, metrics, tracing
from shared.settings import Settings

log = logs.logger("relay")

IDLE_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 600.0
SENT_KEPT = dt.timedelta(days=7)
INBOX_KEPT = dt.timedelta(days=407)  # the longest retention of a topic, and a week
REJECTED_FOR_GOOD = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    InvalidTopicError,
    TopicAuthorizationFailedError,
)

UNSENT = (
    "SELECT id, event_id, topic, key, type, body, traceparent FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT %s"
)
MARK = "UPDATE outbox SET sent_at = now() WHERE id = ANY(%s)"
BACKLOG = "SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM outbox WHERE sent_at IS NULL"
PARK = (
    "WITH refused AS (UPDATE outbox SET sent_at = now() WHERE id = %(id)s) "
    "INSERT INTO parked (consumer, topic, partition, position, key, event_id, body, reason, error) "
    "VALUES ('relay', %(topic)s, -1, %(id)s, %(key)s, %(event_id)s, convert_to(%(body)s, 'UTF8'), "
    "'refused_by_broker', %(error)s) "
    "ON CONFLICT DO NOTHING"
)

Sent = tuple[OutboxRow, BaseException | None]


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
        self.leadership = LeaderElection(settings, "relay", [OUTBOX_CHANNEL])

    async def run(self) -> None:
        """Lead and send, for ever. A broken producer or connection is replaced; unsent rows wait in the table."""
        await self.leadership.run(self._lead)

    async def _lead(self, connection: AsyncConnection, wake: WakeSignal) -> None:
        producer: AIOKafkaProducer | None = None
        next_housekeeping = next_measure = 0.0
        try:
            while True:
                began = asyncio.get_running_loop().time()
                try:
                    if producer is None:
                        producer = build_producer(self._settings)
                        await producer.start()
                    sent, failed = await self.send_pass(connection, producer)
                    if failed and not sent:
                        # An idempotent producer that lost count is lost for good; a new one begins a new count.
                        await _stop(producer)
                        producer = None
                except KafkaError as error:
                    log.warning("broker_unavailable", error=type(error).__name__)
                    if producer is not None:
                        await _stop(producer)
                    producer, sent, failed = None, 0, 1
                now = asyncio.get_running_loop().time()
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
            if producer is not None:
                await _stop(producer)

    async def send_pass(self, connection: AsyncConnection, producer: AIOKafkaProducer) -> tuple[int, int]:
        """Send what is unsent now, up to ``PASS_ROWS`` rows. Returns how many were acknowledged and how many failed."""
        async with connection.cursor(row_factory=class_row(OutboxRow)) as cursor:
            rows = await (await cursor.execute(UNSENT, (PASS_ROWS,))).fetchall()
        skipped: set[tuple[str, str]] = set()
        sent = failed = 0
        for wave in waves(rows):
            batch = [row for row in wave if (row.topic, row.key) not in skipped]
            acknowledged: list[int] = []
            began = tracing.now()
            told: Counter[str] = Counter()
            for row, error in await self._send_wave(producer, batch):
                tracing.sent(row.topic, row.traceparent, row.type, began, type(error).__name__ if error else "")
                if error is None:
                    acknowledged.append(row.id)
                    told[row.topic] += 1
                elif isinstance(error, REJECTED_FOR_GOOD):
                    await self._park(connection, row, error)
                else:
                    skipped.add((row.topic, row.key))
                    failed += 1
            if acknowledged:
                await connection.execute(MARK, (acknowledged,))
                sent += len(acknowledged)
                for topic, count in told.items():
                    metrics.events_sent.labels(topic).inc(count)
        if failed:
            log.warning("sends_failed", failed=failed, keys=len(skipped))
        return sent, failed

    async def _send_wave(self, producer: AIOKafkaProducer, wave: Sequence[OutboxRow]) -> list[Sent]:
        """Send the rows and await all acknowledgements: each row with its error, or None. They have a key each."""
        sent = await self._send_together(producer, wave)
        rejected = [row for row, error in sent if isinstance(error, REJECTED_FOR_GOOD)]
        if len(rejected) < 2:
            return sent
        # The broker refuses a record batch whole, whichever of its rows is at fault: now each stands for itself.
        sent = [(row, error) for row, error in sent if not isinstance(error, REJECTED_FOR_GOOD)]
        for row in rejected:
            sent += await self._send_together(producer, [row])
        return sent

    async def _send_together(self, producer: AIOKafkaProducer, rows: Sequence[OutboxRow]) -> list[Sent]:
        """Send rows in few record batches, those of a partition in one as far as they fit."""
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

    async def _park(self, connection: AsyncConnection, row: OutboxRow, error: BaseException) -> None:
        log.error("refused_by_broker", event_id=str(row.event_id), type=row.type, error=type(error).__name__)
        metrics.dead_letters.labels(row.topic, "refused_by_broker").inc()
        values = {
            "id": row.id,
            "topic": row.topic,
            "key": row.key,
            "event_id": row.event_id,
            "body": row.body,
            "error": type(error).__name__,
        }
        await connection.execute(PARK, values)

    async def _measure(self, connection: AsyncConnection) -> None:
        backlog, oldest = await (await connection.execute(BACKLOG)).fetchone() or (0, 0)
        metrics.outbox_backlog.set(backlog)
        metrics.outbox_oldest.set(float(oldest))

    async def _forget(self, connection: AsyncConnection) -> None:
        """Drop sent rows after a week, and inbox rows that no redelivery can meet any more."""
        await connection.execute("DELETE FROM outbox WHERE sent_at < now() - %s", (SENT_KEPT,))
        await connection.execute("DELETE FROM inbox WHERE received_at < now() - %s", (INBOX_KEPT,))


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(10):
            await producer.stop()
    except (TimeoutError, KafkaError) as error:
        log.warning("producer_stop", error=type(error).__name__)
