"""Two questions an orchestrator asks. Alive: is this process still getting on with its work? Ready: may it be given
work?

Liveness looks at progress, never at the broker or the database being there: an outage must not cause a storm of
restarts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from faststream.kafka import KafkaBroker

from shared.database.unit_of_work import Database
from shared.messaging.consumer import Consumer
from shared.messaging.reference_table import ReferenceTable
from shared.messaging.relay import Relay
from shared.observability import logs, metrics

PULSE_SECONDS = 5.0
STALL_SECONDS = 180.0
LOOP_SECONDS = 5.0

log = logs.logger("health")


class Health:
    """Watches the event loop and the consumers of one process."""

    def __init__(
        self,
        database: Database,
        broker: KafkaBroker,
        reference: ReferenceTable,
        consumers: Sequence[Consumer],
        relay: Relay | None = None,
    ) -> None:
        self._database = database
        self._broker = broker
        self._reference = reference
        self._consumers = consumers
        self._relay = relay
        self._last_pulse = time.monotonic()
        self.stopping = False

    async def watch(self) -> None:
        """Measure lag and stalls. Time spent in an outage counts for nobody's stall."""
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            self._last_pulse = time.monotonic()
            outage = bool(await self._unreachable())
            for consumer in self._consumers:
                lag = consumer.lag()
                metrics.consumer_lag.labels(consumer.subscription.topic).set(lag)
                if (outage or lag == 0 or consumer.circuit_open) and not consumer.client_ended():
                    consumer.last_progress = time.monotonic()
                metrics.stalled_seconds.labels(consumer.subscription.topic).set(
                    time.monotonic() - consumer.last_progress
                )

    async def _unreachable(self) -> list[str]:
        missing = []
        try:
            async with asyncio.timeout(2.0):
                await self._database.ping()
        except Exception as error:  # any failure to answer in time means the same here: not reachable
            log.warning("database_unreachable", error=type(error).__name__)
            missing.append("database")
        if not await self._broker.ping(timeout=2.0):
            missing.append("broker")
        return missing

    def not_alive(self) -> list[str]:
        """Reasons to restart this process; empty when it is getting on."""
        now = time.monotonic()
        reasons = []
        if now - self._last_pulse > PULSE_SECONDS + LOOP_SECONDS + 10:
            reasons.append("event_loop_blocked")
        reasons += [f"stalled:{c.subscription.topic}" for c in self._consumers if now - c.last_progress > STALL_SECONDS]
        reasons += [f"client_ended:{c.subscription.topic}" for c in self._consumers if c.client_ended()]
        return reasons

    async def not_ready(self) -> list[str]:
        """Reasons not to send work here; empty when all is well."""
        reasons = ["stopping"] if self.stopping else []
        reasons += await self._unreachable()
        if not self._reference.loaded:
            reasons.append("reference")
        reasons += [f"circuit_open:{c.subscription.topic}" for c in self._consumers if c.circuit_open]
        reasons += [f"circuit_open:relay:{topic}" for topic in sorted(self._relay.circuits_open if self._relay else ())]
        return reasons
