"""The worker that applies parked messages: those an operator set to retry, and those that only waited behind them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import AsyncConnection

from shared.database.leader_election import LeaderElection, WakeSignal
from shared.database.unit_of_work import PARKED_CHANNEL, Database
from shared.messaging import corrections, dead_letters
from shared.messaging.consumer import Consumer
from shared.messaging.delivery import Delivery, redacted
from shared.messaging.transient_errors import failure_reason, is_transient
from shared.observability import logs, metrics
from shared.settings import Settings

log = logs.logger("replay")

PAUSE_SECONDS = 5.0
LONGEST_REST_SECONDS = 60.0


@dataclass
class _Rest:
    """How often a message failed for a passing reason, and from when on it may be tried again."""

    tries: int = 0
    until: float = 0.0


class ParkedReplayer:
    """Applies, on one worker per database, parked messages that an operator set to retry and those that were only
    behind.

    What fails for a passing reason rests while other keys go on, and waits for an operator once it has failed as often
    as a consumer would try it.
    """

    def __init__(self, settings: Settings, database: Database, consumers: Sequence[Consumer]) -> None:
        self._settings = settings
        self._database = database
        self._consumers = consumers
        self._rests: dict[int, _Rest] = {}
        self.leadership = LeaderElection(settings, "drain", [PARKED_CHANNEL])

    async def run(self) -> None:
        """Replay, while this process leads, until it is cancelled."""
        await self.leadership.run(self._lead)

    async def _lead(self, connection: AsyncConnection, wake: WakeSignal) -> None:
        while True:
            try:
                moved = sum([await self.drain_pass(consumer) for consumer in self._consumers])
                async with self._database.unit() as unit:
                    keys, messages = await dead_letters.counts(unit)
                metrics.parked_keys.set(keys)
                metrics.parked_messages.set(messages)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("drain_interrupted", error=redacted(error))
                moved = 0
            if not moved:
                await wake.wait(self._pause())
            await connection.execute("SELECT 1")  # still the leader?

    def _pause(self) -> float:
        """Seconds until something may be tried again, without being woken."""
        now = time.monotonic()
        return min([PAUSE_SECONDS, *(rest.until - now for rest in self._rests.values() if rest.until > now)])

    async def drain_pass(self, consumer: Consumer) -> int:
        """Try the first open message of each key once. Returns how many were settled.

        Raises only what concerns all of them: a database out of reach.
        """
        now = time.monotonic()
        # What was settled by others meanwhile is not tried again, and need not be remembered.
        self._rests = {key: rest for key, rest in self._rests.items() if rest.until > now - 10 * LONGEST_REST_SECONDS}
        resting = [parked_id for parked_id, rest in self._rests.items() if rest.until > now]
        async with self._database.unit() as unit:
            candidates = await dead_letters.next_open(unit, consumer.name, resting)
        return sum([await self._try(consumer, parked_id) for parked_id in candidates])

    async def _try(self, consumer: Consumer, parked_id: int) -> bool:
        """Apply one message and settle it, in one transaction that holds its row: nobody applies it a second time."""
        reason = ""
        try:
            async with self._database.unit() as unit:
                row = await dead_letters.claim(unit, parked_id)
                if row is None:
                    return False
                delivery = Delivery(row.topic, row.partition, row.position, row.key, bytes(row.body or b""))
                await corrections.substitute(unit, [delivery])
                try:
                    await consumer.replay(delivery, unit, noted=row.event_id is not None)
                finally:
                    reason = delivery.reason
                await dead_letters.settle(unit, parked_id, "replayed", "worker")
        except Exception as error:
            await self._failed(parked_id, error, reason)
            return False
        self._rests.pop(parked_id, None)
        return True

    async def _failed(self, parked_id: int, error: Exception, reason: str) -> None:
        """Let the message rest when the cause may pass; leave it to an operator when it does not, or not any more."""
        if is_transient(error):
            await self._database.ping()  # out of reach: raises, and no message is to blame
            rest = self._rests.setdefault(parked_id, _Rest())
            rest.tries += 1
            if rest.tries < self._settings.transient_tries:
                rest.until = time.monotonic() + min(2.0**rest.tries, LONGEST_REST_SECONDS)
                log.warning("replay_put_off", parked_id=parked_id, tries=rest.tries, error=redacted(error))
                return
        self._rests.pop(parked_id, None)
        log.warning("replay_failed", parked_id=parked_id, error=redacted(error))
        async with self._database.unit() as unit:
            await dead_letters.failed_again(unit, parked_id, reason or failure_reason(error), redacted(error))
