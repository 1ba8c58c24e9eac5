"""The service decision: may it be granted, what is missing, by when must we answer?"""

from __future__ import annotations

from pathlib import Path

from services.decision import api, deadlines, handlers, tables, ticking
from services.decision.replaying import keep_rule_set
from shared.contract import events
from shared.service.app import Service

SERVICE = Service(
    name="decision",
    title="Instruction",
    router=api.router,
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(events.DECISION, events.ACCESS),
    background=(ticking.run, deadlines.watch),
    on_start=(keep_rule_set,),
    pages=Path(__file__).parent / "pages",
)
