"""Around every request: the trace it belongs to, and the time it took."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import observe


class TraceAndMeasure:
    """Takes the trace id from ``traceparent`` or starts one, and counts the request by its route, never by its ids."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
        trace_id = observe.trace_of(given)
        # Not reset at the end: the server runs each request in a context of its own, and the last-resort error
        # handler, which is outside of this layer, still has to name the trace.
        observe.correlation.set(trace_id)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-correlation-id", trace_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            seconds = time.perf_counter() - started
            observe.http_seconds.labels(scope["method"], route, str(status)).observe(seconds)
