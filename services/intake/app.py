"""The intake service: what was asked, by whom, when, with which papers?"""

from services.intake import handlers, tables
from services.intake.api import (
    applications,
    appointments,
    changes,
    columns,
    imports,
    operations,
    papers,
    request_schemas,
    webhooks,
)
from services.intake.api.examples import EXAMPLES
from services.intake.jobs import housekeeping, re_emissions, retention, sandbox
from services.intake.jobs import imports as import_jobs
from services.intake.jobs import webhooks as webhook_jobs
from services.intake.jobs.held_acts import carry_out_held_acts
from services.intake.pages import amendment, application, desk, front_ends, interview, interview_filing
from services.intake.pages import applications as application_pages
from services.intake.pages import appointments as appointment_pages
from services.intake.pages import columns as column_pages
from services.intake.pages import held_acts as held_act_pages
from services.intake.pages import imports as import_pages
from services.intake.pages import papers as paper_pages
from shared.contract import events
from shared.service.definition import Service

SERVICE = Service(
    name="intake",
    title="Demandes (intake)",
    routers=(
        applications.router,
        appointments.router,
        papers.router,
        columns.router,
        imports.router,
        changes.router,
        webhooks.router,
        operations.router,
        application_pages.router,
        column_pages.router,
        import_pages.router,
        desk.router,
        application.router,
        amendment.router,
        paper_pages.router,
        appointment_pages.router,
        held_act_pages.router,
        interview_filing.router,
        interview.router,
        front_ends.router,
    ),
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(events.APPLICATION, events.ACCESS),
    largest_upload=imports.LARGEST_IMPORT_BYTES + imports.FORM_OVERHEAD,
    background=(
        import_jobs.run,
        re_emissions.run,
        housekeeping.run,
        retention.run,
        webhook_jobs.run,
        sandbox.run,
        carry_out_held_acts,
    ),
    examples=EXAMPLES,
    schemas=request_schemas.schemas(),
)
