"""The worker's job: puts changes in the queues of webhooks and sends them, each application's in its order.

One process leads. An attempt is written down before it leaves: a process that dies in between is followed, when its
time is over, by another attempt of the same message under the same id. So a receiver gets each change at least once,
and the changes of an application in their order.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any, Final
from uuid import UUID

from prometheus_client import Counter, Gauge
from psycopg import AsyncConnection

from services.intake.domain.webhooks import change_body, headers, message_id
from services.intake.notices.sender import Message, NotTaken, Sender, attempt_seconds
from services.intake.store import changes, deliveries
from services.intake.store.webhooks import secrets_of
from shared.access.access_log import record_access
from shared.access.principal import Principal, Role
from shared.access.purposes import usual_purpose
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.observability import logs, metrics
from shared.service.runtime import Runtime

log = logs.logger("webhooks")

attempts = Counter(
    "ame_webhook_attempts_total", "Messages to webhooks by outcome", ["outcome"], registry=metrics.registry
)
open_deliveries = Gauge(
    "ame_webhook_deliveries", "Messages to webhooks that wait or are parked", ["state"], registry=metrics.registry
)

LOOK_SECONDS: Final = 1.0
AT_ONCE_OF_ONE: Final = 4
WEBHOOKS_AT_ONCE: Final = 8
MEASURE_EVERY: Final = 10


async def run(runtime: Runtime) -> None:
    """Send webhooks for as long as this process runs and leads."""

    async def work(connection: AsyncConnection, wake: WakeSignal) -> None:
        async with Sender(runtime.settings) as sender, asyncio.TaskGroup() as group:
            rounds = Rounds(runtime, sender)
            looks = 0
            while True:
                for webhook_id in await due_webhooks(runtime):
                    rounds.begin(group, webhook_id)
                if looks % MEASURE_EVERY == 0:
                    await measure(runtime)
                looks += 1
                await wake.wait(LOOK_SECONDS)
                await connection.execute("SELECT 1")  # still the leader?

    await LeaderElection(runtime.settings, "webhooks").run(leading(work))


def leading(work: Any) -> Any:
    """``work``, whose loss of the connection reaches the election as it is, not wrapped in a group."""

    async def alone(connection: AsyncConnection, wake: WakeSignal) -> None:
        try:
            await work(connection, wake)
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None

    return alone


async def due_webhooks(runtime: Runtime) -> list[UUID]:
    """Fill the queues with what has changed; the webhooks with something to send now."""
    await changes.number(runtime.database)
    async with runtime.database.unit() as unit:
        behind = await deliveries.to_fill(unit)
    for webhook_id in behind:
        more = True
        while more:
            async with runtime.database.unit() as unit:
                more = await deliveries.fill(unit, webhook_id)
    async with runtime.database.unit() as unit:
        return await deliveries.due(unit)


class Rounds:
    """The webhooks that are being sent to: few at once, and of each a few messages."""

    def __init__(self, runtime: Runtime, sender: Sender) -> None:
        self._runtime = runtime
        self._sender = sender
        self._running: set[UUID] = set()
        self._free = asyncio.Semaphore(WEBHOOKS_AT_ONCE)

    def begin(self, group: asyncio.TaskGroup, webhook_id: UUID) -> None:
        """Send what is due of a webhook, unless that is under way."""
        if webhook_id not in self._running:
            self._running.add(webhook_id)
            group.create_task(self._rounds(webhook_id), name=f"webhook-{webhook_id}")

    async def _rounds(self, webhook_id: UUID) -> None:
        try:
            more = True
            while more:  # between two rounds others get their turn
                async with self._free:
                    more = await send_round(self._runtime, self._sender, webhook_id) > 0
        finally:
            self._running.discard(webhook_id)


async def send_round(runtime: Runtime, sender: Sender, webhook_id: UUID) -> int:
    """Try the next deliveries of a webhook that are due, at once; returns how many there were."""
    async with runtime.database.unit() as unit:
        claimed = await deliveries.claim(unit, webhook_id, most=AT_ONCE_OF_ONE, lease=attempt_seconds(runtime.settings))
    await asyncio.gather(*(attempt(runtime, sender, one) for one in claimed))
    return len(claimed)


async def attempt(runtime: Runtime, sender: Sender, one: Any) -> None:
    """One attempt, and what became of it."""
    now, body = dt.datetime.now(dt.UTC), change_body(one._mapping)
    signed = headers(secrets_of(one, now), message_id(one.webhook_id, one.event_id), now, body)
    try:
        await sender.send(Message(one.url, body, signed))
    except NotTaken as refused:
        async with runtime.database.unit() as unit:
            parked = await deliveries.failed(unit, one, refused.code, gone=refused.gone)
        attempts.labels("parked" if parked else "failed").inc()
        log.info("webhook_not_taken", webhook=str(one.webhook_id), position=one.position, why=refused.code)
        return
    async with runtime.database.unit() as unit:
        if await deliveries.delivered(unit, one) and one.bulk_check is None:  # counts tell of nobody
            _leave_trace(unit, one)
    attempts.labels("delivered").inc()


def _leave_trace(unit: Any, one: Any) -> None:
    """Who asked for the webhook has now read what became of the file."""
    reader = Principal(one.actor_id, frozenset({Role(one.actor_role)}), one.caisse)
    record_access(unit, reader, usual_purpose(reader), "intake.webhook", [one.application_id])


async def measure(runtime: Runtime) -> None:
    """Tell how many deliveries wait, and how many are parked."""
    async with runtime.database.unit() as unit:
        waiting, parked = await deliveries.counts(unit)
    open_deliveries.labels("waiting").set(waiting)
    open_deliveries.labels("parked").set(parked)
