"""New work refused with 503 while events do not leave."""

from __future__ import annotations

import time
from dataclasses import dataclass

from fastapi import Depends

from services.intake.store.outbox_age import OLDEST_UNSENT_SECONDS, oldest_unsent
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency

RETRY_AFTER_SECONDS = 30
LATER_LOOK_SECONDS = 1.0


async def check_backlog(runtime: RuntimeDependency) -> None:
    """Turn new work away with 503 while the oldest unsent event is over a minute old: the broker is not taking any.

    The table is asked once a second at most.
    """
    seen = runtime.state.setdefault("backlog", _OutboxAge())
    if time.monotonic() >= seen.next_look:
        seen.next_look = time.monotonic() + LATER_LOOK_SECONDS
        seen.oldest = await oldest_unsent(runtime)
    if seen.oldest > OLDEST_UNSENT_SECONDS:
        detail = "Les événements ne partent plus vers les autres services ; réessayez plus tard."
        raise Problem(503, "unavailable", detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


@dataclass
class _OutboxAge:
    oldest: float = 0.0
    next_look: float = 0.0


Backpressure = Depends(check_backlog)
