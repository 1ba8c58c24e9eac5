"""Waiting for what other processes do: a condition is awaited, never a time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx

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


async def together(*asks: Callable[[], Awaitable[httpx.Response]]) -> list[httpx.Response]:
    """What requests sent at once are answered. Who is told that the service is overloaded asks again, as every client
    must: nothing was done for it."""
    answers = await asyncio.gather(*(until(partial(_served, ask)) for ask in asks))
    return [answer for (answer,) in answers]


async def _served(ask: Callable[[], Awaitable[httpx.Response]]) -> list[httpx.Response]:
    answer = await ask()
    return [] if answer.status_code == 503 else [answer]
