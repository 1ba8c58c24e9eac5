"""The service reporting: how are we doing, and can we prove it?"""

from __future__ import annotations

from services.reporting import handlers, metrics, tables
from services.reporting.api import access_log, exports, indicators
from services.reporting.jobs import audit_heads, retention
from services.reporting.pages import activity, audit
from shared.contract import events
from shared.service.definition import Service

SERVICE = Service(
    name="reporting",
    title="Pilotage",
    routers=(indicators.router, exports.router, access_log.router, activity.router, audit.router),
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(events.ACCESS, events.AUDIT),
    background=(audit_heads.run, retention.run),
    collectors=metrics.collectors,
    on_stop=(metrics.unregister,),
)
