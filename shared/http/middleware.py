"""Around every request: the trace it belongs to, the time it took, and the prefix under which a proxy serves us."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.observability import logs, metrics, tracing


class RequestTelemetry:
    """Takes the trace id from ``traceparent`` or starts one, and counts the request by its route, never by its ids."""

    def __init__(self, app: ASGIApp, root_path: str = "") -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
        trace_id = logs.trace_of(given)
        if self._root_path:
            scope["root_path"] = self._root_path
        # Not reset at the end: the server runs each request in a context of its own, and the last-resort error
        # handler, which is outside of this layer, still has to name the trace.
        logs.correlation.set(trace_id)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [_placed(header, self._root_path) for header in message.get("headers", ())]
                message["headers"] = [*headers, (b"x-correlation-id", trace_id.encode())]
            await send(message)

        with tracing.request(scope["method"], scope["path"], given or "", trace_id) as answered:
            try:
                await self._app(scope, receive, answer)
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                seconds = time.perf_counter() - started
                metrics.http_seconds.labels(scope["method"], route, str(status)).observe(seconds)
                answered(route, status)


def _placed(header: tuple[bytes, bytes], root_path: str) -> tuple[bytes, bytes]:
    """A header as the other side of the proxy must see it: routes name places of their own service, ``/cases/…``."""
    name, value = header
    if name.lower() != b"location" or not value.startswith(b"/") or value.startswith(root_path.encode() + b"/"):
        return header
    return name, root_path.encode() + value
