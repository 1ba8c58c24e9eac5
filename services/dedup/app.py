"""The service dedup: the common base of all caisses."""

from __future__ import annotations

from services.dedup import handlers, tables
from services.dedup.api import review
from services.dedup.jobs import retention
from services.dedup.search import common_base
from shared.contract import events as ev
from shared.service.definition import Service

SERVICE = Service(
    name="dedup",
    title="Base commune",
    router=review.router,
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(ev.IDENTITY, ev.ACCESS),
    background=(retention.run,),
    on_start=(common_base.start,),
    on_stop=(common_base.stop,),
)
