"""What the other services say, kept as the status of each application; of a file of persons, that it ended."""

from __future__ import annotations

from collections.abc import Sequence

from services.intake.store import bulk_check_ends, status_view
from shared.contract import events
from shared.messaging.subscription import Subscription
from shared.service.runtime import Runtime


def subscriptions(_: Runtime) -> Sequence[Subscription]:
    """The three topics whose events change what a front end sees of an application."""
    handlers = {
        events.IDENTITY: bulk_check_ends.take,
        events.DECISION: status_view.apply,
        events.LETTER: status_view.apply,
    }
    return [Subscription(topic, handle) for topic, handle in handlers.items()]
