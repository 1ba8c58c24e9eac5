"""The intake service: what was asked, by whom, when, with which papers?"""

from services.intake import handlers, tables
from services.intake.api import applications
from services.intake.jobs import housekeeping, imports, re_emissions
from services.intake.pages.applications import PAGES
from shared.contract import events
from shared.service.definition import Service

SERVICE = Service(
    name="intake",
    title="Demandes (intake)",
    router=applications.router,
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(events.APPLICATION, events.ACCESS),
    background=(imports.run, re_emissions.run, housekeeping.run),
    pages=PAGES,
)
