"""What the other services say, kept as the status of each application."""

from __future__ import annotations

from collections.abc import Sequence

from services.intake.store import status_view
from shared.contract import events
from shared.messaging.subscription import Subscription
from shared.service.runtime import Runtime


def subscriptions(_: Runtime) -> Sequence[Subscription]:
    """The three topics whose events change what a front end sees of an application."""
    return [Subscription(topic, status_view.apply) for topic in (events.IDENTITY, events.DECISION, events.LETTER)]
