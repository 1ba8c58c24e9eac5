"""Rendering and the sign-in page that all services share.

Until single sign-on comes, a person signs in by giving the token that the desk's tool or ``make token`` printed; the
cookie holds it for this host only and is never readable by scripts.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from shared import clock
from shared.access.dependencies import COOKIE, TokenChecker
from shared.http.problems import Problem

router = APIRouter(include_in_schema=False)

LAYOUT = Path(__file__).parent / "templates"
LABELS = {
    "intake": "Demandes",
    "dedup": "Base commune",
    "decision": "Instruction",
    "letters": "Courriers",
    "reporting": "Pilotage",
}


@lru_cache
def _environment(folder: Path | None) -> Environment:
    folders = [folder] if folder else []
    environment = Environment(
        loader=FileSystemLoader([*folders, LAYOUT]), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    environment.filters["jour"] = french_date
    return environment


def french_date(value: dt.date | dt.datetime | str | None) -> str:
    """A date as people write it: 31/01/2008."""
    if not value:
        return "—"
    return (dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value).strftime("%d/%m/%Y")


def page(
    request: Request, folder: Path, template: str, *, title: str, status: int = 200, **context: Any
) -> HTMLResponse:
    """Render ``template`` of a service's ``pages/`` folder inside the common layout.

    Links begin with ``{{ base }}``, the prefix under which a proxy serves this service.
    """
    html = (
        _environment(folder)
        .get_template(template)
        .render(
            title=title,
            service=request.app.state.service,
            label=LABELS[request.app.state.service],
            today=clock.today(),
            path=request.url.path,
            base=request.scope.get("root_path", ""),
            **context,
        )
    )
    return HTMLResponse(html, status, headers=HEADERS)


HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/ui/sign-in", response_class=HTMLResponse)
async def sign_in_form(request: Request, next: str = "/ui") -> HTMLResponse:
    return page(request, LAYOUT, "sign_in.html", title="Identification", next=_local(next), error="")


@router.post("/ui/sign-in")
async def sign_in(request: Request, token: Annotated[str, Form()], next: Annotated[str, Form()] = "/ui") -> Response:
    checker: TokenChecker = request.app.state.tokens
    try:
        checker.principal(token.strip())
    except Problem as problem:
        return page(
            request, LAYOUT, "sign_in.html", title="Identification", status=401, next=_local(next), error=problem.detail
        )
    response = RedirectResponse(_local(next), 303)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token.strip(), httponly=True, samesite="strict", secure=secure, max_age=43_200)
    return response


@router.post("/ui/sign-out")
async def sign_out() -> Response:
    response = RedirectResponse("/ui/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


def _local(target: str) -> str:
    """Only a path of this host: never send a signed-in person elsewhere."""
    return target if target.startswith("/ui") and "//" not in target else "/ui"
