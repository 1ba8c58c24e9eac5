"""Who acts, and when, as the domain is told."""

from __future__ import annotations

import datetime as dt

from services.intake.domain.application import ActionContext
from shared import clock
from shared.access.principal import Principal
from shared.observability import logs


def action_context(principal: Principal) -> ActionContext:
    """Who acts in this request, and when."""
    return ActionContext(
        principal.actor, logs.correlation.get(), dt.datetime.now(dt.UTC), clock.today(), principal.body
    )
