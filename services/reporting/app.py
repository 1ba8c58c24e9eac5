"""The service reporting: how are we doing, and can we prove it?"""

from __future__ import annotations

from pathlib import Path

from services.reporting import handlers, metrics, tables
from services.reporting.api import indicators
from shared.contract import events
from shared.service.definition import Service

SERVICE = Service(
    name="reporting",
    title="Pilotage",
    router=indicators.router,
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(events.ACCESS,),
    collectors=metrics.collectors,
    on_stop=(metrics.withdraw,),
    pages=Path(__file__).parent / "pages",
)
