"""One try at a batch: who is at fault, who waits behind."""

from __future__ import annotations

from shared.contract.events import ApplicationErased
from shared.database.unit_of_work import UnitOfWork
from shared.messaging import dead_letters
from shared.messaging.delivery import Delivery, redacted
from shared.messaging.subscription import Handler
from shared.messaging.transient_errors import failure_reason, is_transient
from shared.observability import logs

log = logs.logger("batch_attempt")


class BatchAttempt:
    """One try at a batch: what was at fault, and from which position on each key has to wait."""

    def __init__(self, *, isolate: bool, transient_is_final: bool) -> None:
        self._isolate = isolate
        self._transient_is_final = transient_is_final
        self._waits_after: dict[str, int] = {}
        self._faults: set[tuple[int, int]] = set()

    async def hold_waiting(self, unit: UnitOfWork, consumer: str, deliveries: list[Delivery]) -> None:
        """Keys with parked messages wait from the start; a message without an event is at fault."""
        for key in await dead_letters.open_keys(unit, consumer, [delivery.key for delivery in deliveries]):
            self._waits_after[key] = -1
        for delivery in deliveries:
            if delivery.event is None:
                self._blame(delivery)

    def _blame(self, delivery: Delivery) -> None:
        self._faults.add((delivery.partition, delivery.position))
        self._waits_after[delivery.key] = min(delivery.position, self._waits_after.get(delivery.key, delivery.position))

    def is_behind(self, delivery: Delivery) -> bool:
        """Whether an earlier message of the same key waits. An erasure never does: what it would wait for goes."""
        if isinstance(delivery.event, ApplicationErased):
            return False
        return delivery.position > self._waits_after.get(delivery.key, delivery.position)

    def at_fault(self, delivery: Delivery) -> bool:
        """Whether this message is one that failed."""
        return (delivery.partition, delivery.position) in self._faults

    async def run(self, unit: UnitOfWork, handler: Handler, deliveries: list[Delivery]) -> None:
        """Give the handler all it can take; when it fails and we isolate, halve until those at fault stand alone."""
        ready = [d for d in deliveries if not self.at_fault(d) and not self.is_behind(d)]
        if not ready:
            return
        if not self._isolate:
            await handler([delivery.event for delivery in ready], unit)
            return
        try:
            async with unit.savepoint():
                await handler([delivery.event for delivery in ready], unit)
        except Exception as error:
            if is_transient(error) and not self._transient_is_final:
                raise
            if len(ready) > 1:
                middle = len(ready) // 2
                await self.run(unit, handler, ready[:middle])
                await self.run(unit, handler, ready[middle:])
                return
            delivery = ready[0]
            delivery.reason, delivery.error = failure_reason(error), redacted(error)
            log.error(
                "handler_failed",
                event_id=str(delivery.event_id),
                key=delivery.key,
                error=delivery.error,
                correlation_id=delivery.event.correlation_id,
                exc_info=error,
            )
            self._blame(delivery)
