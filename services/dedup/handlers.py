"""What dedup does with events: applications are committed, then searched; of decisions the outcome is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.dedup.search import common_base
from services.dedup.search.event_batches import follow_applications, follow_decisions
from services.dedup.store import identities, shared_attributes
from shared.contract import events as ev
from shared.contract.sandbox import SANDBOX, split
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.subscription import Subscription
from shared.observability.logs import logger
from shared.service.runtime import Runtime

log = logger("handlers")


def subscriptions(runtime: Runtime) -> list[Subscription]:
    """Applications are searched; decisions are remembered."""

    key = shared_attributes.key_of(runtime.settings)
    if key is None:
        log.warning("no_marks_kept", reason="AME_DEDUP_MARKS_SECRET is not set")

    async def search(events: Sequence[Any], unit: UnitOfWork) -> None:
        real, tried = split(events)
        if real:
            await follow_applications(common_base.of(runtime), real, unit, key)
        if tried:  # compared among themselves; marks of addresses are counted of real files alone
            await follow_applications(await common_base.base_of(runtime, SANDBOX), tried, unit)

    return [
        Subscription(ev.APPLICATION, search, prepare=identities.register),
        Subscription(ev.DECISION, follow_decisions),
    ]
