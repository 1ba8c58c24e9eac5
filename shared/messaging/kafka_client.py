"""A line to the broker that breaks while something is written to it, told in the words aiokafka understands.

asyncio's own transports swallow such a write or raise ``OSError``; uvloop's raise ``RuntimeError``. aiokafka knows only
the former (its issue 1038), so that under uvloop a cut line ends the client's background tasks for good: no metadata,
no coordinator, no heartbeat, and a consumer that looks healthy and reads nothing until its process is started again.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from shared.database.outbox import OutboxRow
from shared.messaging.kafka_connection import broker_security, client_options, connection_of
from shared.observability import logs
from shared.settings import Settings

log = logs.logger("relay")

GRACE_SECONDS = 15.0
"""How long consumers may take to give their work back when a process stops."""

POLL_MS = 1000
PASS_ROWS = 2000
# A line that dies in silence is found out by the request that waits on it: aiokafka's own 40 seconds would keep a group
# from consuming for as long. Above what an answer takes: a fetch waits half a second, a rebalance may be asked again.
REQUEST_SECONDS = 6.0
BATCH_BYTES = 512 * 1024  # of one record batch: half of what a topic takes at once


def patch_aiokafka() -> None:
    """Make every connection of this process report a write on a closed line as a broken connection; once is enough."""
    for name in ("send", "_send_sasl_token"):
        setattr(AIOKafkaConnection, name, _as_kafka_error(getattr(AIOKafkaConnection, name)))


def _as_kafka_error(write: Any) -> Any:
    if hasattr(write, "__wrapped__"):
        return write

    @wraps(write)
    def reporting_errors(connection: AIOKafkaConnection, *args: Any, **options: Any) -> Any:
        try:
            return write(connection, *args, **options)
        except RuntimeError as error:
            connection.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"Connection at {connection.host}:{connection.port} broken: {error}") from error

    return reporting_errors


@functools.lru_cache(maxsize=PASS_ROWS)
def key_hash(key: str) -> int:
    """The number whose remainder by the number of partitions is the partition of ``key``, for every Kafka client
    alike."""
    return int(murmur2(key.encode()) & 0x7FFFFFFF)


@dataclass(slots=True)
class RecordBatch:
    """Rows of one partition that travel together."""

    builder: BatchBuilder
    topic: str
    partition: int
    rows: list[OutboxRow] = field(default_factory=list)

    def takes(self, row: OutboxRow, source: str) -> bool:
        """Add a row; False when there is no room left for it."""
        key, value = row.key.encode(), row.body.encode()
        if self.builder.append(timestamp=None, key=key, value=value, headers=row.headers(source)) is None:
            return False
        self.rows.append(row)
        return True


def poll_at_once(subscriber: Any, most: int) -> None:
    """Let a batch subscriber of FastStream take records as they come. Its own look rests after an empty one as long as
    it waited, so that a record that arrives then lies there."""

    async def records(client: AIOKafkaConsumer) -> tuple[ConsumerRecord[Any, Any], ...]:
        found: dict[TopicPartition, list[ConsumerRecord[Any, Any]]] = {}
        while not found:
            found = await client.getmany(timeout_ms=POLL_MS, max_records=most)
        return tuple(itertools.chain.from_iterable(found.values()))

    subscriber.get_msg = records


def build_broker(settings: Settings) -> KafkaBroker:
    """The consumers' client of one process; the groups attach to it."""
    return KafkaBroker(
        settings.kafka_bootstrap_servers.split(","),  # as one text it would take several for one name
        security=broker_security(settings),
        client_id=f"{settings.service}-{settings.slot}",
        request_timeout_ms=int(REQUEST_SECONDS * 1000),
        ack_policy=AckPolicy.MANUAL,
        allow_auto_create_topics=False,
        graceful_timeout=GRACE_SECONDS,
        logger=None,
    )


def build_producer(settings: Settings) -> AIOKafkaProducer:
    """The idempotent producer of a relay: every replica acknowledges, retries keep the order of a partition."""
    return AIOKafkaProducer(
        **client_options(connection_of(settings)),
        client_id=f"{settings.service}-{settings.slot}-relay",
        acks="all",
        enable_idempotence=True,
        request_timeout_ms=20_000,
        max_request_size=1024 * 1024,
        max_batch_size=BATCH_BYTES,
    )


class ReplaceableProducer:
    """The producer of a relay, made when it is needed and made anew after any failure.

    An idempotent producer numbers its record batches, and a batch that is refused takes its number with it: the broker
    refuses every later one of that partition as out of order. A new producer begins a new count.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None

    async def get(self) -> AIOKafkaProducer:
        """A started producer that lost no count. Raises ``KafkaError`` when the broker is out of reach."""
        if self._producer is None:
            self._producer = build_producer(self._settings)
            try:
                await self._producer.start()
            except BaseException:
                await self.discard()
                raise
        return self._producer

    async def discard(self) -> None:
        """End the producer there is, if any; what it was given has been answered."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(10):
                await producer.stop()
        except (TimeoutError, KafkaError) as error:
            log.warning("producer_stop", error=type(error).__name__)


def lag(consumer: AIOKafkaConsumer) -> int:
    """Records between a consumer and the end of its partitions, as far as the broker has told."""
    total = 0
    for partition in consumer.assignment():
        high = consumer.highwater(partition)
        state = consumer._subscription.subscription.assignment.state_value(partition)
        if high is not None and state is not None and state.has_valid_position:
            total += max(0, high - state.position)
    return total


def has_ended(consumer: AIOKafkaConsumer) -> bool:
    """Whether a task on which the client lives (metadata, fetching, group) has ended by itself."""
    if consumer._closed:
        return False
    tasks = (consumer._client._sync_task, consumer._fetcher._fetch_task, consumer._coordinator._coordination_task)
    return any(task is not None and task.done() for task in tasks)
