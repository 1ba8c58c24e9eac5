"""The service reporting: how are we doing, and can we prove it?"""

from __future__ import annotations

from pathlib import Path

from services.reporting import api, gauges, handlers, tables
from shared.contract import events
from shared.service.app import Service

SERVICE = Service(
    name="reporting",
    title="Pilotage",
    router=api.router,
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(events.ACCESS,),
    collectors=gauges.collectors,
    on_stop=(gauges.withdraw,),
    pages=Path(__file__).parent / "pages",
)
