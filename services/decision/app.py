"""The service decision: may it be granted, what is missing, by when must we answer?"""

from __future__ import annotations

from pathlib import Path

from services.decision import handlers, tables
from services.decision.api import cases
from services.decision.jobs import deadline_metrics, due_dates
from services.decision.store.evaluations import keep_rule_set
from shared.contract import events
from shared.service.definition import Service

SERVICE = Service(
    name="decision",
    title="Instruction",
    router=cases.router,
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(events.DECISION, events.ACCESS),
    background=(due_dates.run, deadline_metrics.watch),
    on_start=(keep_rule_set,),
    pages=Path(__file__).parent / "pages",
)
