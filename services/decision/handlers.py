"""What decision does with the events of the others: a batch at a time, in any order between the topics."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from services.decision.store.event_batches import take
from shared.contract import events as ev
from shared.messaging.subscription import Subscription
from shared.service.runtime import Runtime


def subscriptions(runtime: Runtime) -> Sequence[Subscription]:
    """The three topics decision listens to."""
    handle = partial(take, runtime.reference)
    return tuple(Subscription(topic, handle) for topic in (ev.APPLICATION, ev.IDENTITY, ev.LETTER))
