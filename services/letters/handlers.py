"""What letters does with the events of others: a batch at a time, in any order between the two topics."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from services.letters.store.event_batches import take_applications, take_decisions
from services.letters.store.seal_keys import sealer_of
from shared.contract import events
from shared.messaging.subscription import Subscription
from shared.service.runtime import Runtime


def subscriptions(runtime: Runtime) -> Sequence[Subscription]:
    """The two topics letters listens to."""
    sealer = sealer_of(runtime.settings)
    return (
        Subscription(events.APPLICATION, partial(take_applications, runtime.reference, sealer)),
        Subscription(events.DECISION, partial(take_decisions, runtime.reference, sealer)),
    )
