"""Signing in at the identity provider, choosing a post, signing out."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any, Final
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from shared.access.dependencies import ENDED, session_principal
from shared.access.oidc import LEEWAY, Grant, ProviderUnavailable, SignOnInvalid
from shared.access.posts import Post
from shared.access.principal import ROLES_IN_WORDS, Principal, Role, not_for_this_role
from shared.access.session_guard import SessionGuard
from shared.access.sessions import Session
from shared.access.tokens import unauthorised
from shared.http.problems import Problem
from shared.http.strict_requests import takes_any_parameter
from shared.observability.logs import logger
from shared.web.forms import delete_cookie, form_cookie, secure
from shared.web.kept_form import forget_form, kept_form
from shared.web.pages import LAYOUT, page
from shared.web.session_middleware import delete_session, resumed_of, set_session

log = logger("sign_on")
router = APIRouter(include_in_schema=False)

CALLBACK: Final = "/ui/signon/callback"
HOME: Final = "/ui/home"
SIGN_ON_SECONDS: Final = 900
"""How long a person may take at the provider."""

UNAVAILABLE = (
    "Le service d'identification ne répond pas. Les sessions ouvertes continuent jusqu'à leur fin ; "
    "personne ne peut en ouvrir une autre avant son retour."
)
NOT_SET = "Aucun service d'identification n'est réglé sur cette machine (AME_OIDC_ISSUER)."
STALE = "Cette identification a expiré, ou a déjà servi. Recommencez : rien n'est perdu."
REFUSED = "Le service d'identification n'a pas confirmé votre identité."
NO_POST = "Votre compte n'a aucun poste dans la base commune. Demandez-le à votre responsable des habilitations."


@router.get("/ui/sign-in", response_class=HTMLResponse)
async def sign_in(request: Request, next: str = HOME) -> Response:
    """To the provider at once; or, where a session has just ended, the page that says so."""
    resumed = resumed_of(request)
    if resumed.session is not None:
        return RedirectResponse(local_path(next), 303)
    if resumed.ended:
        return _page(request, next, ENDED[resumed.ended], title="Votre session est terminée")
    return await start(request, next)


@router.get("/ui/signon/start", response_class=HTMLResponse)
async def start(request: Request, next: str = HOME) -> Response:
    """Send the browser to the provider, with what it must bring back sealed into a cookie of its own."""
    guard = _guard(request)
    if not guard.provider.configured:
        return _page(request, next, NOT_SET, status=503, can_start=False)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    again = bool(resumed_of(request).ended)
    try:
        address = await guard.provider.authorization_address(
            _redirect_uri(request), state=state, nonce=nonce, verifier=verifier, again=again
        )
    except ProviderUnavailable as error:
        log.warning("provider_unavailable", reason=str(error))
        return _page(request, next, UNAVAILABLE, status=503)
    kept = {"state": state, "nonce": nonce, "verifier": verifier, "next": local_path(next), "again": again}
    response = RedirectResponse(address, 303)
    response.set_cookie(
        _sign_on_cookie(request, state),
        guard.seal.seal("sign-on", kept | {"at": time.time()}),
        max_age=SIGN_ON_SECONDS,
        httponly=True,
        samesite="lax",  # the way back from the provider begins at another site
        secure=secure(request),
    )
    return response


@router.get(CALLBACK, response_class=HTMLResponse)
@takes_any_parameter
async def callback(request: Request, state: str = "", code: str = "", error: str = "", iss: str = "") -> Response:
    """The way back from the provider: the code is worth something once, to the browser that asked for it.

    ``iss``, where it is given, must be the provider that was asked (RFC 9207).
    """
    guard = _guard(request)
    cookie = _sign_on_cookie(request, state)
    kept = guard.seal.open("sign-on", request.cookies.get(cookie, ""))
    if kept is None or not secrets.compare_digest(kept["state"], state) or time.time() - kept["at"] > SIGN_ON_SECONDS:
        return _page(request, HOME, STALE, status=400)
    stranger = iss not in ("", guard.provider.issuer)
    response = await _arrived(request, kept, "" if stranger else code, error)
    response.delete_cookie(cookie, httponly=True, samesite="lax", secure=secure(request))
    return response


@router.get("/ui/posts", response_class=HTMLResponse)
async def posts(request: Request, next: str = HOME) -> Response:
    """The posts of a person who has several."""
    session = _session(request)
    if session.post is not None:
        session_principal(request)
    return page(
        request,
        LAYOUT,
        "posts.html",
        title="Choisir son poste",
        next=local_path(next),
        posts=[(_key(post), _place(request, post), _roles(post), post == session.post) for post in session.posts],
    )


@router.post("/ui/posts")
async def choose_post(request: Request, post: Annotated[str, Form()], next: Annotated[str, Form()] = HOME) -> Response:
    """Work at a post from now on. Forms opened at another post are not taken as this one's: their token is changed."""
    session = _session(request)
    chosen = next_post(session, post)
    response = RedirectResponse(local_path(next), 303)
    set_session(request, response, replace(session, post=chosen))
    if chosen != session.post:
        delete_cookie(request, response, form_cookie(request))
    return response


@router.post("/ui/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session here and at the provider; forget the person and the token of this browser's forms."""
    known = resumed_of(request).known
    if known is not None and known.refresh_token:
        with suppress(ProviderUnavailable, SignOnInvalid):
            await _guard(request).provider.end(known.refresh_token)
    response = RedirectResponse("/ui/signed-out", 303)
    delete_session(request, response)
    delete_cookie(request, response, form_cookie(request))
    return response


@router.get("/ui/signed-out", response_class=HTMLResponse)
async def signed_out(request: Request) -> Response:
    """Where a person who left stays, until somebody signs in."""
    if resumed_of(request).session is not None:
        return RedirectResponse(HOME, 303)
    response = _page(request, HOME, "Votre session est fermée sur ce poste de travail.", title="Vous êtes déconnecté")
    return response


@router.post("/ui/signon/stay", status_code=204)
async def stay(request: Request) -> Response:
    """The answer to the warning: an act, and nothing else. 401 where the session has ended."""
    session_principal(request)
    return Response(status_code=204)


def signed_in_as(request: Request, *roles: Role) -> Principal:
    """The person of the session. Raises 401 without one, 403 without one of these roles."""
    principal = session_principal(request)
    if not principal.roles & set(roles):
        raise not_for_this_role(*roles)
    return principal


def local_path(target: str) -> str:
    """Only a page of this service, with its choices: never send a signed-in person elsewhere."""
    parts = urlsplit(target)
    own = not parts.scheme and not parts.netloc and (parts.path == "/ui" or parts.path.startswith("/ui/"))
    sound = "//" not in parts.path and "\\" not in target and target.isprintable() and "/../" not in f"{parts.path}/"
    return target if own and sound else HOME


def next_post(session: Session, key: str) -> Post:
    """The post of this key among the person's own. Raises a 422 problem for any other."""
    found = next((post for post in session.posts if _key(post) == key), None)
    if found is None:
        raise Problem(422, "post_unknown", "Ce poste n'est pas parmi les vôtres.")
    return found


async def _arrived(request: Request, kept: dict[str, Any], code: str, error: str) -> Response:
    guard, wanted = _guard(request), str(kept["next"])
    if error or not code:
        return _page(request, wanted, REFUSED, status=403)
    try:
        grant = await guard.provider.exchange(code, kept["verifier"], _redirect_uri(request), kept["nonce"])
        if kept["again"] and grant.authenticated_at < kept["at"] - LEEWAY:
            raise SignOnInvalid("the person was to prove who it is again")
    except ProviderUnavailable as failed:
        log.warning("provider_unavailable", reason=str(failed))
        return _page(request, wanted, UNAVAILABLE, status=503)
    except SignOnInvalid as failed:
        log.warning("sign_on_refused", reason=str(failed))
        return _page(request, wanted, REFUSED, status=403)
    if not grant.posts:
        return _page(request, wanted, NO_POST, status=403)
    return _opened(request, grant, wanted)


def _opened(request: Request, grant: Grant, wanted: str) -> Response:
    """The new session. Who was there before keeps the post and the tokens of open forms; anybody else starts anew."""
    before = resumed_of(request).known
    same = before is not None and before.subject == grant.subject
    now = time.time()
    empty = Session(
        subject=grant.subject,
        posts=(),
        post=before.post if before is not None and same else None,
        began=now,
        seen=now,
        checked_until=grant.checked_until,
        sid=grant.sid,
        refresh_token=grant.refresh_token,
    )
    session = empty.with_posts(grant.posts)
    path = wanted if session.post is not None else f"/ui/posts?next={quote(wanted)}"
    response = RedirectResponse(path, 303)
    set_session(request, response, session)
    if not same:
        delete_cookie(request, response, form_cookie(request))
    waiting = kept_form(request)
    if waiting is not None and waiting.subject and waiting.subject != grant.subject:
        forget_form(request, response)
    return response


def _page(
    request: Request,
    next: str,
    sentence: str,
    *,
    title: str = "Identification",
    status: int = 200,
    can_start: bool = True,
) -> HTMLResponse:
    return page(
        request,
        LAYOUT,
        "sign_in.html",
        title=title,
        status=status,
        sentence=sentence,
        failed=status >= 400,
        can_start=can_start,
        start=f"/ui/signon/start?next={quote(local_path(next))}",
    )


def _guard(request: Request) -> SessionGuard:
    guard: SessionGuard = request.app.state.session_guard
    return guard


def _session(request: Request) -> Session:
    resumed = resumed_of(request)
    if resumed.session is None:
        raise unauthorised(resumed.ended or "not_authenticated", "Identifiez-vous pour continuer.")
    return resumed.session


def _sign_on_cookie(request: Request, state: str) -> str:
    """One for each attempt: two tabs do not disturb each other."""
    prefix = "__Host-ame_signon" if secure(request) else "ame_signon"
    return f"{prefix}_{''.join(letter for letter in state[:8] if letter.isalnum())}"


def _redirect_uri(request: Request) -> str:
    settings = _guard(request).settings
    site = settings.public_url.rstrip("/") or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return f"{site}{request.scope.get('root_path', '')}{CALLBACK}"


def _key(post: Post) -> str:
    return f"{post.caisse or 'national'}:{'+'.join(sorted(post.roles))}:{post.body or ''}"


def _place(request: Request, post: Post) -> str:
    if post.caisse is None:
        return "Niveau national"
    runtime = getattr(request.app.state, "runtime", None)
    known = runtime.reference.caisse(post.caisse) if runtime else None
    return known.name if known else f"Caisse {post.caisse}"


def _roles(post: Post) -> str:
    return ", ".join(ROLES_IN_WORDS[role] for role in Role if role in post.roles)
