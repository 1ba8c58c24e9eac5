"""The sign-in page, and the person of its cookie."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from shared.access.dependencies import COOKIE
from shared.access.principal import Principal, Role
from shared.access.tokens import TokenChecker
from shared.http.problems import Problem
from shared.web.forms import delete_cookie, form_cookie, set_cookie
from shared.web.pages import LAYOUT, page

router = APIRouter(include_in_schema=False)


@router.get("/ui/sign-in", response_class=HTMLResponse)
async def sign_in_form(request: Request, next: str = "/ui") -> HTMLResponse:
    """The page that asks for a token."""
    return page(request, LAYOUT, "sign_in.html", title="Identification", next=_local(next), error="")


@router.post("/ui/sign-in")
async def sign_in(request: Request, token: Annotated[str, Form()], next: Annotated[str, Form()] = "/ui") -> Response:
    """Check the token and keep it in a cookie; 401 with the form again when it is not good."""
    checker: TokenChecker = request.app.state.tokens
    try:
        checker.principal(token.strip())
    except Problem as problem:
        return page(
            request, LAYOUT, "sign_in.html", title="Identification", status=401, next=_local(next), error=problem.detail
        )
    response = RedirectResponse(_local(next), 303)
    set_cookie(request, response, COOKIE, token.strip())
    return response


@router.post("/ui/sign-out")
async def sign_out(request: Request) -> Response:
    """Forget the person, and the token of this browser's forms."""
    response = RedirectResponse("/ui/sign-in", 303)
    for name in (COOKIE, form_cookie(request)):
        delete_cookie(request, response, name)
    return response


def _local(target: str) -> str:
    """Only a path of this host: never send a signed-in person elsewhere."""
    return target if target.startswith("/ui") and "//" not in target else "/ui"


def signed_in_as(request: Request, *roles: Role) -> Principal:
    """The person of the cookie. Raises 401 without a good token, 403 without one of these roles."""
    checker: TokenChecker = request.app.state.tokens
    request.state.principal = principal = checker.principal(request.cookies.get(COOKIE, ""))
    if not principal.roles & set(roles):
        raise Problem(403, "forbidden", f"Rôles admis : {', '.join(roles)}.")
    return principal
