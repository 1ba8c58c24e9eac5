"""The service dedup: the common base of all caisses."""

from __future__ import annotations

from services.dedup import handlers, tables
from services.dedup.api import agreements, algorithm, bulk_checks, calibrations, persons, review, shared_attributes
from services.dedup.api.examples import EXAMPLES
from services.dedup.jobs import agreement, retention
from services.dedup.jobs import bulk_checks as bulk_check_jobs
from services.dedup.pages import algorithm as algorithm_pages
from services.dedup.pages import bulk_checks as bulk_check_pages
from services.dedup.pages import candidates as candidate_pages
from services.dedup.pages import file as file_pages
from services.dedup.pages import person as person_pages
from services.dedup.pages import review as review_pages
from services.dedup.pages import search as search_pages
from services.dedup.pages import shared_attributes as shared_attribute_pages
from services.dedup.search import common_base
from shared.contract import events as ev
from shared.service.definition import Service

SERVICE = Service(
    name="dedup",
    title="Base commune",
    routers=(
        review.router,
        persons.router,
        bulk_checks.router,
        algorithm.router,
        shared_attributes.router,
        calibrations.router,
        agreements.router,
        review_pages.router,
        candidate_pages.router,
        person_pages.router,
        algorithm_pages.router,
        file_pages.router,
        shared_attribute_pages.router,
        search_pages.router,
        bulk_check_pages.router,
    ),
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(ev.IDENTITY, ev.ACCESS),
    largest_upload=bulk_checks.LARGEST_FILE + bulk_checks.FORM_OVERHEAD,
    background=(retention.run, agreement.run, bulk_check_jobs.run),
    on_start=(common_base.start,),
    on_stop=(common_base.stop,),
    examples=EXAMPLES,
)
