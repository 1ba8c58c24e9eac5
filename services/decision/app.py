"""The service decision: may it be granted, what is missing, by when must we answer?"""

from __future__ import annotations

from services.decision import handlers, tables
from services.decision.api import after_decision, assignments, cases, codes, decisions, law, supervision
from services.decision.api.examples import EXAMPLES
from services.decision.jobs import deadline_metrics, due_dates, retention
from services.decision.pages import acts, aftermath, case, decide, missing, team, training, work
from services.decision.pages import assignments as assignment_pages
from services.decision.pages import cases as case_pages
from services.decision.pages import codes as code_pages
from services.decision.pages import law as law_pages
from services.decision.pages import supervision as supervision_pages
from services.decision.store.rule_editions import store_rule_set
from shared.contract import events
from shared.service.definition import Service

SERVICE = Service(
    name="decision",
    title="Instruction",
    routers=(
        assignments.router,
        cases.router,
        decisions.router,
        after_decision.router,
        law.router,
        codes.router,
        supervision.router,
        work.router,
        case_pages.router,
        assignment_pages.router,
        case.router,
        acts.router,
        decide.router,
        aftermath.router,
        law_pages.router,
        code_pages.router,
        missing.router,
        team.router,
        supervision_pages.router,
        training.router,
    ),
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(events.DECISION, events.ACCESS),
    background=(due_dates.run, deadline_metrics.watch, retention.run),
    on_start=(store_rule_set,),
    examples=EXAMPLES,
)
