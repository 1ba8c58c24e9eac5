"""One topic of a service and the handler of its events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.database.unit_of_work import UnitOfWork

Handler = Callable[[Sequence[Any], UnitOfWork], Awaitable[None]]
Headless = Callable[[Sequence[Any], UnitOfWork], Awaitable[set[int]]]


@dataclass(frozen=True)
class Subscription:
    """One topic of a service and the handler of its events.

    ``handle(events, unit)`` gets the new events of a batch in order and writes through ``unit``; it must not commit.
    ``prepare``, where given, runs and commits before, in a transaction of its own; it may run again for the same
    events.

    ``headless(events, unit)``, where given, answers the places in a batch of events that come before the beginning of
    their application is known: a projection that is being rebuilt meets live events first. They are passed over without
    a trace in the inbox, since whoever tells the beginning again tells them again behind it.
    """

    topic: str
    handle: Handler
    prepare: Handler | None = None
    headless: Headless | None = None
