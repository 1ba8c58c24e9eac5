"""Who may do what, and who read what: bearer tokens, sessions of pages, roles, and the purpose of every read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Header, Request

from shared.access.principal import Principal, Role, not_for_this_role
from shared.access.purposes import Purpose, check_purpose
from shared.access.session_guard import Resumed
from shared.access.tokens import TokenChecker, unauthorised
from shared.http.problems import Problem

ENDED = {
    "session_idle": "Votre session s'est terminée faute d'activité.",
    "session_over": "Votre session a atteint sa durée maximale.",
    "session_revoked": "Votre session a été fermée.",
}


async def current_principal(request: Request, authorization: Annotated[str | None, Header()] = None) -> Principal:
    """The principal of a request: of a bearer token, or on pages of the session."""
    if authorization is None and getattr(request.state, "resumed", None) is not None:
        return session_principal(request)
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthorised("not_authenticated", "Présentez un jeton : en-tête Authorization: Bearer.")
    checker: TokenChecker = request.app.state.tokens
    request.state.principal = principal = await checker.principal_of(token)
    return principal


def session_principal(request: Request) -> Principal:
    """The person of the session, at the post they chose. Raises 401 without a session or a post."""
    resumed: Resumed | None = getattr(request.state, "resumed", None)
    if resumed is None or resumed.session is None:
        code = resumed.ended if resumed is not None else ""
        raise unauthorised(code or "not_authenticated", ENDED.get(code, "Identifiez-vous pour continuer."))
    principal = resumed.session.principal
    if principal is None:
        raise unauthorised("post_not_chosen", "Choisissez le poste auquel vous travaillez.")
    request.state.principal = principal
    return principal


def require(*roles: Role) -> Callable[[Principal], Awaitable[Principal]]:
    """A dependency that lets only these roles in."""

    async def check(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
        if not principal.roles & set(roles):
            raise not_for_this_role(*roles)
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
