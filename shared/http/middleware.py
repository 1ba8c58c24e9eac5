"""Around every request: the trace it belongs to, the time it took, and the prefix under which a proxy serves us."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from urllib.parse import quote

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.observability import logs, metrics, tracing

VERSION_PREFIX = "/v1"
"""Where the documented interface lies; the same routes answer without it."""
UNVERSIONED_SINCE = b"@1795737600"
"""Since when an address without the version is one to leave: 27 November 2026."""


class ProxyPrefix:
    """Says under which prefix a proxy serves the service, and gives every path that prefix, once.

    A caller inside names a path of the service as it is, ``/cases``; the proxy hands on ``/decision/cases``. Routing
    takes the prefix off any path that begins with it, so a path of the service's own that begins like the prefix
    (``/letters`` of letters) would lose its first part. Such a path is the proxy's where a route is left without the
    prefix, else the service's own.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute], root_path: str = "") -> None:
        self._app = app
        self._routes = routes
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under the prefix."""
        if self._root_path and scope["type"] in ("http", "websocket"):
            scope["root_path"] = self._root_path
            if not self._of_proxy(scope):
                scope["path"] = f"{self._root_path}{scope['path']}"
                if raw := scope.get("raw_path"):
                    scope["raw_path"] = self._root_path.encode() + raw
        await self._app(scope, receive, send)

    def _of_proxy(self, scope: Scope) -> bool:
        path: str = scope["path"]
        if path != self._root_path and not path.startswith(f"{self._root_path}/"):
            return False
        if path.startswith((f"{self._root_path}{VERSION_PREFIX}/", f"{self._root_path}/ui")):
            return True  # what nearly every caller asks for: no need to look for a route twice
        return any(route.matches(scope)[0] is not Match.NONE for route in self._routes)


GUARDS = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))


class RequestTelemetry:
    """Takes the trace id from ``traceparent`` or starts one, and counts the request by its route, never by its ids.

    ``documented``: the functions of the interface, which has a version; who leaves it out is told.
    """

    def __init__(self, app: ASGIApp, root_path: str = "", documented: Collection[object] = ()) -> None:
        self._app = app
        self._root_path = root_path
        self._documented = documented

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with its trace id, and measure its duration."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500
        versioned = scope["path"].removeprefix(self._root_path).startswith(f"{VERSION_PREFIX}/")
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
        trace_id = logs.trace_of(given)
        # Not reset at the end: the server runs each request in a context of its own, and the last-resort error
        # handler, which is outside of this layer, still has to name the trace.
        logs.correlation.set(trace_id)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [_placed(header, self._root_path, versioned) for header in message.get("headers", ())]
                if not versioned and scope.get("endpoint") in self._documented:
                    headers += _deprecation(scope["path"].removeprefix(self._root_path), self._root_path)
                message["headers"] = _guarded([*headers, (b"x-correlation-id", trace_id.encode())])
            await send(message)

        with tracing.request(scope["method"], scope["path"], given or "", trace_id) as answered:
            try:
                await self._app(scope, receive, answer)
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                seconds = time.perf_counter() - started
                method = metrics.method_label(scope["method"])
                metrics.http_seconds.labels(method, route, str(status)).observe(seconds)
                answered(route, status)


def _guarded(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The same headers; a browser guesses no type of any answer, and keeps none that does not say how long it may."""
    present = {name.lower() for name, _ in headers}
    return headers + [header for header in GUARDS if header[0] not in present]


def _deprecation(path: str, root_path: str) -> list[tuple[bytes, bytes]]:
    """What a caller is told who leaves the version out of the address (RFC 9745), and where the same thing is."""
    successor = f'<{root_path}{VERSION_PREFIX}{quote(path)}>; rel="successor-version"'
    return [(b"deprecation", UNVERSIONED_SINCE), (b"link", successor.encode())]


def _placed(header: tuple[bytes, bytes], root_path: str, versioned: bool) -> tuple[bytes, bytes]:
    """A header as the other side of the proxy must see it: routes name places of their own service, ``/cases/…``.

    Who asked under the version of the interface stays under it; pages have none.
    """
    name, value = header
    if name.lower() != b"location" or not value.startswith(b"/"):
        return header
    if root_path and value.startswith(root_path.encode() + b"/"):
        return header
    prefix = VERSION_PREFIX if versioned and not value.startswith((b"/ui", VERSION_PREFIX.encode())) else ""
    return name, f"{root_path}{prefix}".encode() + value
