"""Who is served when more ask than can be: a bounded number waits for a bounded time, the others are told at once.

Work is bounded by the connections to the database, so the number of requests served together is derived from the pool.
Who cannot be served within ``LONGEST_WAIT_SECONDS`` gets 503 ``overloaded`` with Retry-After before anything is read or
done for it: a request that waits in vain costs the ones that are served. Health, sign-in and reads of one file keep a
share of their own, so that a person at a counter is served while programs send too much.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.form_encoding import unsupported_encoding
from shared.http.patience import overloaded, request_patience
from shared.http.problems import Problem
from shared.observability import logs, metrics

LONGEST_WAIT_SECONDS = 0.3
CONNECTION_SECONDS = 0.8
"""How long the work of a request waits for a connection; it seldom does, since there are fewer places than those."""
RESERVED = 2
"""Connections of the pool that only health, sign-in and reads of one file may take."""
BACKGROUND = 3
"""Connections of the pool left to the background work of a process."""
UPLOADS = 4
"""Files received together; while they arrive they hold no connection."""
LARGEST_BODY = 512 * 1024
BODY_SECONDS = 30.0
"""How long a body may take to arrive; a file has as much again for each ``BODY_SECONDS * SLOWEST_UPLOAD`` bytes."""
SLOWEST_UPLOAD = 10_000
"""Bytes a second; who sends a file more slowly would keep its place from the others for ever."""
OPEN = ("/live", "/metrics")
_HEALTH = ("/ready", "/version")
_ONE_FILE = re.compile(r"/[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(/|$)")
_SMOOTHING = 0.1


@dataclass
class Lane:
    """Requests that share so many places. ``seconds``: how long one is served, as of late."""

    name: str
    places: int
    seconds: float = 0.02
    busy: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    async def enter(self) -> bool:
        """Take a place, after waiting for it if it will be free in time; False when it will not, or was not."""
        if self.busy < self.places:
            self.busy += 1
            return True
        if (len(self.waiting) + 1) * self.seconds / self.places > LONGEST_WAIT_SECONDS:
            return False
        place = asyncio.get_running_loop().create_future()
        self.waiting.append(place)
        try:
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                await place
        except TimeoutError:
            if not place.cancelled():  # it came in the very moment
                return True
            self._forget(place)
            return False
        except asyncio.CancelledError:
            if place.cancelled():
                self._forget(place)
            else:
                self._hand_on()
            raise
        return True

    def leave(self, seconds: float) -> None:
        """Give the place back after ``seconds``, to the one who has waited longest."""
        self.seconds += _SMOOTHING * (min(seconds, 10.0) - self.seconds)
        self._hand_on()

    def _forget(self, place: asyncio.Future[None]) -> None:
        with contextlib.suppress(ValueError):  # whoever left meanwhile has passed it over
            self.waiting.remove(place)

    def _hand_on(self) -> None:
        while self.waiting:
            place = self.waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self.busy -= 1


class AdmissionControl:
    """Around everything else of a service. ``pool``: connections of the process; ``uploads``: largest form in bytes."""

    def __init__(self, app: ASGIApp, *, pool: int, has_background: bool, uploads: int = 0, root_path: str = "") -> None:
        self._app = app
        self._root_path = root_path
        self._largest_upload = uploads
        work = max(2, pool - RESERVED - (BACKGROUND if has_background else 1))
        self._work, self._reserved = Lane("work", work), Lane("reserved", RESERVED)
        self._uploads = Lane("uploads", UPLOADS)
        self._refusal = overloaded()
        self._refused = {lane.name: metrics.http_overloaded.labels(lane.name) for lane in self._lanes}

    @property
    def _lanes(self) -> tuple[Lane, ...]:
        return self._work, self._reserved, self._uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request when there is a place for it, or answer 503 at once."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        content_type = headers.get(b"content-type", b"")
        upload = self._largest_upload > 0 and content_type.startswith(b"multipart/")
        path = scope["path"].removeprefix(self._root_path)
        if path in OPEN or path.startswith("/ui/static/"):
            await self._app(scope, receive, send)
            return
        largest = self._largest_upload if upload else LARGEST_BODY
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > largest:
            await _answer(scope, send, Problem(413, "too_large", f"Le corps dépasse {largest // 1000} ko."))
            return
        if (unsupported := unsupported_encoding(content_type)) is not None:
            await _answer(scope, send, unsupported)
            return
        lane = self._uploads if upload else self._lane(scope["method"], path)
        if not await lane.enter():
            self._refused[lane.name].inc()
            await _answer(scope, send, self._refusal)
            return
        began, served = time.monotonic(), False

        def leave() -> None:
            nonlocal served
            if not served:
                served = True
                lane.leave(time.monotonic() - began)

        async def answer(message: Message) -> None:
            leave()  # the work is done: who reads the answer slowly holds no place
            await send(message)

        patience = request_patience.set(CONNECTION_SECONDS)
        try:
            await self._app(scope, _bounded(receive, largest, SLOWEST_UPLOAD if upload else None), answer)
        finally:
            request_patience.reset(patience)
            leave()

    def _lane(self, method: str, path: str) -> Lane:
        if path in _HEALTH or path.startswith("/ui/sign-in") or (method == "GET" and _ONE_FILE.search(path)):
            return self._reserved if self._reserved.busy < self._reserved.places else self._work
        return self._work


def _bounded(receive: Receive, largest: int, slowest: float | None) -> Receive:
    """Receive a body of at most ``largest`` bytes within ``BODY_SECONDS``; longer for a file that comes no more slowly
    than ``slowest``."""
    taken, until = 0, time.monotonic() + BODY_SECONDS
    complete = False

    async def bounded() -> Message:
        nonlocal taken, complete
        if complete:
            message = await receive()
        else:
            more = taken / slowest if slowest else 0.0
            try:
                async with asyncio.timeout(max(0.0, until + more - time.monotonic())):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408) from None
        complete = complete or not message.get("more_body", False)
        taken += len(message.get("body", b""))
        if taken > largest:
            raise HTTPException(413)
        return message

    return bounded


@lru_cache(maxsize=64)  # a few problems, and one of them thousands of times a second
def _document(status: int, code: str, title: str, detail: str) -> bytes:
    """A problem document with a place for the id of the request."""
    document = {"type": f"urn:ame:problem:{code}", "title": title, "status": status, "code": code, "detail": detail}
    plain = json.dumps(document, ensure_ascii=False).replace("%", "%%")
    return f'{plain[:-1]}, "correlation_id": "%b"}}'.encode()


async def _answer(scope: Scope, send: Send, problem: Problem) -> None:
    """A problem document, or a plain page for a browser, made without any of the layers inside."""
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
    trace_id = logs.trace_of(given)
    page = any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
    if page:
        said = f"<title>{problem.title}</title><h1>{problem.title}</h1><p>{problem.detail}</p>"
        body = f"<!doctype html><html lang=fr>{said}</html>".encode()
    else:
        body = _document(problem.status, problem.code, problem.title, problem.detail) % trace_id.encode()
    kind = b"text/html; charset=utf-8" if page else b"application/problem+json"
    found = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    found += [(b"x-correlation-id", trace_id.encode()), (b"cache-control", b"no-store")]
    found += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": found})
    await send({"type": "http.response.body", "body": body})
