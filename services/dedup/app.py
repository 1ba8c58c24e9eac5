"""The service dedup: the common base of all caisses."""

from __future__ import annotations

from services.dedup import api, common_base, expiring, handlers, tables
from shared.contract import events as ev
from shared.service.app import Service

SERVICE = Service(
    name="dedup",
    title="Base commune",
    router=api.router,
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(ev.IDENTITY, ev.ACCESS),
    background=(expiring.run,),
    on_start=(common_base.start,),
    on_stop=(common_base.stop,),
)
