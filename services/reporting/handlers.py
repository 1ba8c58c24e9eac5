"""What reporting does with the events of all services: a batch is a handful of round trips, whatever its size.

Rows are locked in the order of their ids before they are read, so that two topics that touch the same application see
each other's work.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.reporting.store.access_log import take_accesses
from services.reporting.store.facts import (
    headless_applications,
    take_applications,
    take_decisions,
    take_identities,
    take_letters,
)
from shared.contract import events as ev
from shared.messaging.subscription import Subscription
from shared.service.runtime import Runtime


def subscriptions(runtime: Runtime) -> Sequence[Subscription]:
    """All five topics that carry business events."""
    return (
        Subscription(ev.APPLICATION, take_applications, headless=headless_applications),
        Subscription(ev.IDENTITY, take_identities),
        Subscription(ev.DECISION, take_decisions),
        Subscription(ev.LETTER, take_letters),
        Subscription(ev.ACCESS, take_accesses),
    )
