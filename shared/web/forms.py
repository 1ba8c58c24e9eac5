"""Forms come from our own pages: where a browser says it comes from, and a token that another site cannot know.

The token is a random value in a cookie of this host and, the same, in a hidden field of every form. Another site can
make a browser send the cookie at most; it can neither read it nor set it (``__Host-`` outside the local profile).
"""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response

from shared.http.problems import Problem
from shared.http.strict_requests import can_be_kept, unkeepable

FIELD: Final = "form_token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES: Final = frozenset({"same-origin", "none"})
"""What ``Sec-Fetch-Site`` says of our own pages, and of a person who typed the address."""
PAGES: Final = ("/ui", "/v1/ui")
"""How the routes of pages begin, under whichever version."""
KEPT_SECONDS: Final = 43_200
BYTES: Final = 32


def secure(request: Request) -> bool:
    """Whether cookies travel over TLS alone: always, but on one person's machine.

    Whether the connection seen here is TLS says nothing: behind a proxy it never is.
    """
    runtime = getattr(request.app.state, "runtime", None)
    return runtime is None or not runtime.settings.is_local


def form_cookie(request: Request) -> str:
    """The name of the cookie. A browser takes ``__Host-`` from this very host alone, over TLS."""
    return "__Host-ame_form" if secure(request) else "ame_form"


def token_of(request: Request) -> str:
    """The token of this browser: of its cookie, or a new one for ``keep_token`` to set."""
    kept = request.cookies.get(form_cookie(request), "")
    return kept or secrets.token_urlsafe(BYTES)


def keep_token(request: Request, response: Response, token: str) -> None:
    """Set the cookie of a token that the browser does not have yet."""
    if request.cookies.get(form_cookie(request)) != token:
        set_cookie(request, response, form_cookie(request), token)


def set_cookie(request: Request, response: Response, name: str, value: str, *, seconds: int = KEPT_SECONDS) -> None:
    """A cookie for this host alone, unreadable by scripts, and over TLS alone outside the local profile."""
    response.set_cookie(name, value, httponly=True, samesite="strict", secure=secure(request), max_age=seconds)


def delete_cookie(request: Request, response: Response, name: str) -> None:
    """Take a cookie back; with the marks it was set with, or a browser keeps a ``__Host-`` one."""
    response.delete_cookie(name, httponly=True, samesite="strict", secure=secure(request))


async def check_form(request: Request) -> None:
    """A dependency of every route: what changes something under ``/ui`` must come from a form of ours.

    Raises 403 for a form of another site, or without the token of this browser; 422 where a field holds what no
    database can.
    """
    route: str = getattr(request.scope.get("route"), "path", "")
    if request.method in SAFE_METHODS or not route.startswith(PAGES):
        return
    if not _from_here(request):
        raise Problem(403, "form_from_elsewhere", "Ce formulaire ne vient pas d'une page de ce service.")
    kept = request.cookies.get(form_cookie(request), "")
    form = await request.form()
    given = form.get(FIELD)
    if not kept or not isinstance(given, str) or not secrets.compare_digest(kept.encode(), given.encode()):
        detail = "La page est restée ouverte trop longtemps : rechargez-la, puis envoyez de nouveau le formulaire."
        raise Problem(403, "form_token_wrong", detail)
    fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    if errors := [unkeepable((name[:64],)) for name, value in fields if not can_be_kept(name + value)]:
        raise Problem(422, "validation_failed", f"{len(errors)} champ(s) à corriger.", errors=errors)


def from_own_page(request: Request) -> bool:
    """Whether the browser says itself that a page of ours sent this."""
    origin = request.headers.get("origin", "")
    own_origin = bool(origin) and urlsplit(origin).netloc == request.headers.get("host", "")
    return request.headers.get("sec-fetch-site", "same-origin" if own_origin else "") == "same-origin"


def _from_here(request: Request) -> bool:
    """What the browser says of where the form was. A program that says neither still needs the token."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in OWN_SITES
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")
