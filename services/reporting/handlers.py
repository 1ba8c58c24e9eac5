"""What reporting does with the events of all services: a batch is a handful of round trips, whatever its size.

Rows are locked in the order of their ids before they are read, so that two topics that touch the same application see
each other's work. What happened in the sandbox is no figure and nobody's reading: it goes no further than this door.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.reporting.store.access_log import take_accesses
from services.reporting.store.facts import (
    headless_applications,
    take_applications,
    take_decisions,
    take_identities,
    take_letters,
)
from shared.contract import events as ev
from shared.contract.sandbox import in_sandbox, outside
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.subscription import Handler, Headless, Subscription
from shared.service.runtime import Runtime


def subscriptions(runtime: Runtime) -> Sequence[Subscription]:
    """All five topics that carry business events."""
    return (
        _real(ev.APPLICATION, take_applications, headless_applications),
        _real(ev.IDENTITY, take_identities),
        _real(ev.DECISION, take_decisions),
        _real(ev.LETTER, take_letters),
        _real(ev.ACCESS, take_accesses),
    )


def _real(topic: str, take: Handler, headless: Headless | None = None) -> Subscription:
    """A topic whose events of real caisses are taken, and those of the sandbox passed over."""

    async def handle(events: Sequence[Any], unit: UnitOfWork) -> None:
        if real := outside(events):
            await take(real, unit)

    async def before_the_beginning(events: Sequence[Any], unit: UnitOfWork) -> set[int]:
        assert headless is not None
        places = [at for at, event in enumerate(events) if not in_sandbox(event.caisse)]
        return {places[at] for at in await headless([events[at] for at in places], unit)}

    return Subscription(topic, handle, headless=None if headless is None else before_the_beginning)
