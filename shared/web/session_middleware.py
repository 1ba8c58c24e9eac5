"""The session of a request to a page: opened before the route runs, and its cookie set again where it changed."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.access.session_guard import Resumed, SessionGuard
from shared.access.sessions import Session, session_cookie
from shared.web.forms import PAGES, secure

NO_SESSION = ("/ui/static",)


class SessionMiddleware:
    """Leaves ``request.state.resumed`` for every page. A request counts as an act of the person."""

    def __init__(self, app: ASGIApp, root_path: str = "") -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope.get("path", "").removeprefix(self._root_path)
        pages = any(path == one or path.startswith(f"{one}/") for one in PAGES)
        if scope["type"] != "http" or not pages or path.startswith(NO_SESSION):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        guard: SessionGuard = request.app.state.session_guard
        cookie = request.cookies.get(session_cookie(guard.settings), "")
        request.state.resumed = resumed = await guard.resume(cookie)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and resumed.changed and resumed.session is not None:
                headers = MutableHeaders(scope=message)
                name = session_cookie(guard.settings)
                if not any(value.startswith(f"{name}=") for value in headers.getlist("set-cookie")):
                    refreshed = Response()
                    set_session(request, refreshed, resumed.session)
                    headers.append("set-cookie", refreshed.headers["set-cookie"])
            await send(message)

        await self._app(scope, receive, answer)


def resumed_of(request: Request) -> Resumed:
    """What the middleware found."""
    found: Resumed | None = getattr(request.state, "resumed", None)
    return found if found is not None else Resumed(None)


def set_session(request: Request, response: Response, session: Session) -> None:
    """Set the cookie of a session. It is ``Lax``: a person who comes back from the provider, or by a link in a letter
    of a colleague, is still known; what changes something needs the token of a form besides."""
    guard: SessionGuard = request.app.state.session_guard
    name, longest = session_cookie(guard.settings), guard.settings.session_longest_seconds
    value = session.sealed(guard.seal)
    response.set_cookie(name, value, max_age=longest, httponly=True, samesite="lax", secure=secure(request))


def delete_session(request: Request, response: Response) -> None:
    """Take the cookie of the session back."""
    guard: SessionGuard = request.app.state.session_guard
    name = session_cookie(guard.settings)
    response.delete_cookie(name, httponly=True, samesite="lax", secure=secure(request))
