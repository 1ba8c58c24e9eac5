"""The end of a process in bounded time, whatever the libraries underneath do with a cancellation.

A cancellation is delivered once. ``asyncio.wait_for`` of Python 3.11 loses it when what it waits for ends at the same
moment; aiokafka's closing calls take it for that of their own tasks. What lost it would run, and be waited for, for
ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

from shared.observability.logs import logger

log = logger("shutdown")

ASK_AGAIN_SECONDS = 5.0  # what puts things in order when it is cancelled has this long before it is disturbed


async def cancel_tasks(tasks: Iterable[asyncio.Task[Any]], within: float) -> None:
    """Cancel ``tasks`` until all have ended. After ``within`` seconds those that have not are named in the log and
    left."""
    left = set(tasks)
    deadline = asyncio.get_running_loop().time() + within
    while left and (time_left := deadline - asyncio.get_running_loop().time()) > 0:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=min(ASK_AGAIN_SECONDS, time_left))
    for task in left:
        log.error("still_running", task=task.get_name())


async def close_within(name: str, closing: Awaitable[object], within: float) -> None:
    """Await one step of the end; a step that fails or lasts longer than ``within`` seconds is logged, and the next
    follows."""
    task = asyncio.ensure_future(closing)
    try:
        done, _ = await asyncio.wait([task], timeout=within)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        log.error("closing_lasts", step=name, seconds=within)
        await cancel_tasks([task], ASK_AGAIN_SECONDS)
    elif not task.cancelled() and (error := task.exception()) is not None:
        log.error("closing_failed", step=name, error=type(error).__name__, exc_info=error)
