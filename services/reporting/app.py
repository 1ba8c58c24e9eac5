"""The service reporting: how are we doing, and can we prove it?"""

from __future__ import annotations

from services.reporting import handlers, metrics, tables
from services.reporting.api import (
    access_log,
    documents,
    equal_treatment,
    exports,
    files,
    indicators,
    months,
    outside,
    quality,
    quarters,
    rollout,
    spreadsheets,
)
from services.reporting.api.examples import EXAMPLES
from services.reporting.jobs import audit_heads, closing, retention, transmissions
from services.reporting.pages import activity, audit, quarter_acts
from services.reporting.pages import equal_treatment as equal_treatment_pages
from services.reporting.pages import file as file_page
from services.reporting.pages import files as files_pages
from services.reporting.pages import months as months_pages
from services.reporting.pages import quality as quality_pages
from services.reporting.pages import quarters as quarters_pages
from services.reporting.pages import rollout as rollout_pages
from shared.contract import events
from shared.service.definition import Service

SERVICE = Service(
    name="reporting",
    title="Pilotage",
    routers=(
        indicators.router,
        spreadsheets.router,
        months.router,
        documents.router,
        files.router,
        exports.router,
        outside.router,
        quarters.router,
        equal_treatment.router,
        quality.router,
        rollout.router,
        access_log.router,
        activity.router,
        files_pages.router,
        quarter_acts.router,
        quarters_pages.router,
        equal_treatment_pages.router,
        rollout_pages.router,
        quality_pages.router,
        months_pages.router,
        audit.router,
        file_page.router,
    ),
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(events.ACCESS, events.AUDIT),
    background=(audit_heads.run, retention.run, closing.run, transmissions.run),
    collectors=metrics.collectors,
    on_stop=(metrics.unregister,),
    examples=EXAMPLES,
)
