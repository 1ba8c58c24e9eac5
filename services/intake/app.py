"""The intake service: what was asked, by whom, when, with which papers?"""

from services.intake import api, handlers, housekeeping, importing, re_emitting, tables
from services.intake.ui import PAGES
from shared.contract import events
from shared.service.app import Service

SERVICE = Service(
    name="intake",
    title="Demandes (intake)",
    router=api.router,
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(events.APPLICATION, events.ACCESS),
    background=(importing.run, re_emitting.run, housekeeping.run),
    pages=PAGES,
)
