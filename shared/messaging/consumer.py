"""The one place around every handler: batches in, each event applied once and in order, nothing silently dropped.

A batch is one transaction: inbox rows, effects and outgoing events commit together, then the offsets. What fails for a
passing reason is tried again; what fails for good is isolated by halving the batch, parked with its original bytes, and
everything later for its key waits behind it. A circuit breaker stops a consumer whose messages all fail, so that a bad
deployment cannot empty a topic into the bin.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage

from shared.contract.events import ApplicationErased
from shared.database.bulk import as_uuids
from shared.database.unit_of_work import Database, UnitOfWork
from shared.messaging import corrections, dead_letters, kafka_client
from shared.messaging.batch_attempt import BatchAttempt
from shared.messaging.delivery import Delivery, decode, read, redacted
from shared.messaging.subscription import Subscription
from shared.messaging.transient_errors import is_transient
from shared.observability import logs, metrics, tracing
from shared.settings import Settings

log = logs.logger("consumer")

_INBOX = sa.text(
    "WITH delivered AS (SELECT unnest(CAST(:ids AS uuid[])) AS event_id), "
    "fresh AS (INSERT INTO inbox (consumer, event_id) SELECT :consumer, event_id FROM delivered "
    "ON CONFLICT DO NOTHING RETURNING event_id) "
    "SELECT event_id FROM delivered EXCEPT SELECT event_id FROM fresh"
)


class CircuitOpen(RuntimeError):
    """Too many messages in a row failed for good; the consumer stops until somebody has looked."""


@dataclass
class Consumer:
    """Applies one subscription of one service."""

    settings: Settings
    database: Database
    subscription: Subscription
    failures: dict[int, int] = field(default_factory=dict)
    circuit_open: bool = False
    last_progress: float = field(default_factory=time.monotonic)
    subscriber: Any = None

    @property
    def name(self) -> str:
        """Group and inbox name: ``<service>.<topic>``."""
        return f"{self.settings.service}.{self.subscription.topic}"

    @property
    def kafka(self) -> AIOKafkaConsumer | None:
        """The client of Kafka; None before the start."""
        return getattr(self.subscriber, "consumer", None)

    def lag(self) -> int:
        """Records between this consumer and the end of its partitions, as far as the broker has told."""
        return kafka_client.lag(self.kafka) if self.kafka else 0

    def client_ended(self) -> bool:
        """Whether a task on which the client lives (metadata, fetching, group) has ended. Nothing else tells: the
        assignment stays, the lag stands still at what was last heard."""
        return self.kafka is not None and kafka_client.has_ended(self.kafka)

    def attach(self, broker: KafkaBroker) -> None:
        """Subscribe through FastStream, with its unsafe defaults overridden."""
        subscriber = broker.subscriber(
            self.subscription.topic,
            group_id=self.name,
            group_instance_id=f"{self.settings.slot}.{self.subscription.topic}",
            batch=True,
            max_records=self.settings.batch_size,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            max_poll_interval_ms=300_000,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
            partition_assignment_strategy=(StickyPartitionAssignor,),
        )

        async def raw(message: Any) -> Any:
            return message.raw_message

        @subscriber(decoder=raw)
        async def consume(message: KafkaMessage) -> None:
            await self.take(message)

        kafka_client.poll_at_once(subscriber, self.settings.batch_size)
        self.subscriber = subscriber
        metrics.circuit_open.labels(self.subscription.topic).set(0)  # closed is said too, or its panel is empty

    async def take(self, message: KafkaMessage) -> None:
        """Apply one batch and commit its offsets; on an outage rewind to its start instead, so that nothing is passed
        over."""
        records = cast("tuple[ConsumerRecord[Any, Any], ...]", message.raw_message)
        began = time.monotonic()
        try:
            if self.circuit_open:
                raise CircuitOpen(self.name)
            await self.apply(records)
        except CircuitOpen:
            await self._stop_consuming(message)
        except Exception as error:
            log.error("batch_not_applied", topic=self.subscription.topic, error=redacted(error))
            await message.nack()
            await asyncio.sleep(1.0)
        else:
            self.last_progress = time.monotonic()
            try:
                await message.ack()
            except KafkaError as error:  # redelivery meets the inbox
                log.warning("offsets_not_committed", topic=self.subscription.topic, error=type(error).__name__)
            if len(records) < self.settings.batch_size // 2:
                await asyncio.sleep(self.settings.pause_after(time.monotonic() - began))

    async def apply(self, records: Iterable[ConsumerRecord[Any, Any]]) -> None:
        """Apply records, trying again for a bounded time while the cause may pass.

        Raises ``CircuitOpen``, or the last error when the database stays out of reach.
        """
        deliveries = [read(record) for record in records]
        with tracing.batch(self.name, self.subscription.topic, deliveries):
            await self._apply(deliveries)

    async def _apply(self, deliveries: list[Delivery]) -> None:
        started, tries, isolate = time.monotonic(), 1, False
        while True:
            try:
                with metrics.handler_seconds.labels(self.subscription.topic).time():
                    await self._apply_once(deliveries, BatchAttempt(isolate=isolate, transient_is_final=False), tries)
                return
            except Exception as error:
                if not is_transient(error):
                    if isolate or isinstance(error, CircuitOpen):
                        raise
                    isolate = True  # the whole batch was undone; now find who is at fault, with a savepoint each
                    continue
                exhausted = tries >= self.settings.transient_tries
                log.warning("transient", topic=self.subscription.topic, tries=tries, error=redacted(error))
                if exhausted or time.monotonic() - started > self.settings.transient_seconds:
                    await self.database.ping()  # out of reach: raises, and the batch is rewound
                    await self._apply_once(deliveries, BatchAttempt(isolate=True, transient_is_final=True), tries)
                    return
                tries += 1
                await asyncio.sleep(min(2.0, 0.1 * 2**tries) * (0.5 + random.random()))

    async def _apply_once(self, deliveries: list[Delivery], attempt: BatchAttempt, tries: int) -> None:
        if self.subscription.prepare is not None:
            # A first transaction, so that others see what it writes before this batch's effects are worked out.
            async with self.database.unit() as unit:
                deliveries = await corrections.substitute(unit, deliveries)
                await attempt.hold_waiting(unit, self.name, deliveries)
                await attempt.run(unit, self.subscription.prepare, deliveries)
        async with self.database.unit() as unit:
            if self.subscription.prepare is None:
                deliveries = await corrections.substitute(unit, deliveries)
            begun = await self._begun(unit, deliveries)
            new = await self._not_seen(unit, begun)
            await attempt.hold_waiting(unit, self.name, new)
            await attempt.run(unit, self.subscription.handle, new)
            failures = await self._park(unit, new, attempt, tries)
        if len(begun) < len(deliveries):
            log.warning("headless_events", topic=self.subscription.topic, count=len(deliveries) - len(begun))
            deliveries = begun
        self.failures = failures
        self._count(deliveries, new, attempt)

    async def _begun(self, unit: UnitOfWork, deliveries: list[Delivery]) -> list[Delivery]:
        """What is left without the events that come before the beginning of their application, see Subscription."""
        if self.subscription.headless is None:
            return deliveries
        legible = [delivery for delivery in deliveries if delivery.event is not None]
        places = await self.subscription.headless([delivery.event for delivery in legible], unit)
        passed_over = {id(legible[place]) for place in places}
        return [delivery for delivery in deliveries if id(delivery) not in passed_over]

    async def _not_seen(self, unit: UnitOfWork, deliveries: list[Delivery]) -> list[Delivery]:
        """Write the inbox rows; keep what is new: events once, even when a batch holds one twice, and what has no
        legible event and was not parked before."""
        seen = await self._note(unit, [delivery.event_id for delivery in deliveries if delivery.event_id is not None])
        parked = await dead_letters.known(
            unit, self.name, [delivery for delivery in deliveries if delivery.event_id is None]
        )
        new = []
        for delivery in deliveries:
            if delivery.event_id is None:
                if (delivery.partition, delivery.position) not in parked:
                    new.append(delivery)
            elif delivery.event_id not in seen:
                seen.add(delivery.event_id)
                new.append(delivery)
        return new

    async def _note(self, unit: UnitOfWork, ids: Iterable[UUID]) -> set[UUID]:
        """Write inbox rows for these events, in the order of their ids; returns those that had one."""
        told = list(ids)
        if not told:
            return set()
        return {row.event_id for row in await unit.rows(_INBOX, {"consumer": self.name, "ids": as_uuids(told)})}

    async def _park(
        self, unit: UnitOfWork, deliveries: list[Delivery], attempt: BatchAttempt, tries: int
    ) -> dict[int, int]:
        """Park what is at fault and what waits behind; returns how many failed in a row, by partition."""
        failures = dict(self.failures)
        for delivery in deliveries:
            if attempt.is_behind(delivery):
                await dead_letters.park(unit, self.settings.service, self.name, delivery, behind=True)
            elif attempt.at_fault(delivery):
                failures[delivery.partition] = failures.get(delivery.partition, 0) + 1
                if failures[delivery.partition] > self.settings.circuit_breaker_limit:
                    raise CircuitOpen(self.name)
                await dead_letters.park(unit, self.settings.service, self.name, delivery, behind=False, tries=tries)
            else:
                failures[delivery.partition] = 0
        erased = [
            one.key for one in deliveries if isinstance(one.event, ApplicationErased) and not attempt.at_fault(one)
        ]
        await dead_letters.erase(unit, erased)
        return failures

    def _count(self, deliveries: list[Delivery], new: list[Delivery], attempt: BatchAttempt) -> None:
        """Counters move after the commit, and for first deliveries only."""
        topic = self.subscription.topic
        metrics.events_repeated.labels(topic).inc(len(deliveries) - len(new))
        here = [delivery for delivery in new if not attempt.is_behind(delivery)]
        dead = Counter(delivery.reason for delivery in here if attempt.at_fault(delivery))
        applied = Counter(delivery.event.type for delivery in here if not attempt.at_fault(delivery))
        for reason, count in dead.items():
            metrics.dead_letters.labels(topic, reason).inc(count)
        for type_, count in applied.items():
            metrics.events_applied.labels(topic, type_).inc(count)
        told, age = dt.datetime.now(dt.UTC), metrics.event_age.labels(topic)
        for delivery in here:
            if not attempt.at_fault(delivery):
                age.observe(max(0.0, (told - delivery.event.occurred_at).total_seconds()))

    async def _stop_consuming(self, message: KafkaMessage) -> None:
        if not self.circuit_open:
            self.circuit_open = True
            metrics.circuit_open.labels(self.subscription.topic).set(1)
            log.critical("circuit_open", topic=self.subscription.topic, limit=self.settings.circuit_breaker_limit)
        await message.nack()
        if self.kafka is not None:
            self.kafka.pause(*self.kafka.assignment())

    async def replay(self, delivery: Delivery, unit: UnitOfWork, *, noted: bool = True) -> None:
        """Apply one parked message inside ``unit``. Raises what is still wrong with it.

        ``noted`` tells whether parking wrote its inbox row. It could not for a message without a legible id: once
        mended, that may turn out to be an event that was told twice and is applied already.
        """
        decode(delivery)
        if delivery.event is None:
            raise ValueError(delivery.error)
        if await self._note(unit, [delivery.event.id]) and not noted:
            return
        if self.subscription.prepare is not None:
            async with self.database.unit() as first:
                await self.subscription.prepare([delivery.event], first)
        await self.subscription.handle([delivery.event], unit)
        metrics.events_applied.labels(self.subscription.topic, delivery.event.type).inc()
