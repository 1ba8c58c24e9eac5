"""Who may do what, and who read what: signed tokens, roles, the scope of a caisse, and an event for every read.

Tokens are JWTs checked against a JWKS. The local and test profiles make their own key at first start; elsewhere the
public keys come from ``AME_JWKS_FILE`` and no private key is ever on the machine.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Header, Request

from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose, check_purpose
from shared.access.tokens import TokenChecker, unauthorised
from shared.http.problems import Problem

COOKIE = "ame_token"


async def current_principal(request: Request, authorization: Annotated[str | None, Header()] = None) -> Principal:
    """The principal of a request: a bearer token, or on pages the cookie that the sign-in page sets."""
    token = ""
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        token = token if scheme.lower() == "bearer" else ""
    elif request.method == "GET" and "/ui" in request.url.path:
        token = request.cookies.get(COOKIE, "")
    if not token:
        raise unauthorised("not_authenticated", "Présentez un jeton : en-tête Authorization: Bearer.")
    checker: TokenChecker = request.app.state.tokens
    request.state.principal = principal = checker.principal(token)
    return principal


def require(*roles: Role) -> Callable[[Principal], Awaitable[Principal]]:
    """A dependency that lets only these roles in."""

    async def check(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
        if not principal.roles & set(roles):
            raise Problem(403, "forbidden", f"Rôles admis : {', '.join(roles)}.")
        return principal

    return check


async def read_purpose(
    request: Request,
    principal: Annotated[Principal, Depends(current_principal)],
    x_purpose: Annotated[
        str | None,
        Header(
            description="Motif de consultation : " + ", ".join(Purpose),
            json_schema_extra={"x-required": True, "enum": list(Purpose)},
        ),
    ] = None,
) -> Purpose:
    """Every read of a person's file names its purpose, in the header ``X-Purpose`` (on pages: ``?purpose=``).

    Raises 400 when none or an unknown one is named, 403 for one that the role may not claim.
    """
    given = x_purpose or (request.query_params.get("purpose") if "/ui" in request.url.path else None)
    if given is None:
        raise Problem(400, "purpose_missing", "Indiquez pourquoi vous consultez ce dossier : en-tête X-Purpose.")
    try:
        purpose = Purpose(given)
    except ValueError:
        raise Problem(400, "purpose_unknown", f"Motifs admis : {', '.join(Purpose)}.", title="Motif inconnu") from None
    check_purpose(principal, purpose)
    return purpose
