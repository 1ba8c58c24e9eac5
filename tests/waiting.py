"""Waiting for what other processes do: a condition is awaited, never a time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

PATIENCE = 120.0
"""Seconds: far more than any condition takes, for a machine that is busy with something else."""


async def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """The first value of ``condition`` that counts as true; it may be a coroutine function. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            value = condition()
            if inspect.isawaitable(value):
                value = await value
            if value:
                return value
            await asyncio.sleep(0.02)
