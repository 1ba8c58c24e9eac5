"""Waiting for what other processes do: a condition is awaited, never a time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx

from shared.http.patience import overloaded

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


class PatientTransport(httpx.ASGITransport):
    """An application in this process, asked again when it says that it is overloaded, as every client must: the tests
    that share the machine are no part of what is tried."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """What the request is answered once there is a place for it; a body that can be sent but once is not asked
        again."""
        if not (isinstance(request.stream, httpx.ByteStream) or "multipart" in request.headers.get("Content-Type", "")):
            return await super().handle_async_request(request)
        answer: httpx.Response = await until(partial(self._served, request))
        return answer

    async def _served(self, request: httpx.Request) -> httpx.Response | None:
        answer = await super().handle_async_request(request)
        if answer.status_code != 503:
            return answer
        body = await answer.aread()
        said = httpx.Response(503, headers=answer.headers, content=body)
        return None if overloaded().detail.encode() in body else said
