"""People who are signed in, for tests that begin after the sign-in: a session sealed with the key of the settings."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
from joserfc import jws

from shared.access.posts import Post
from shared.access.principal import Role
from shared.access.sessions import Seal, Session, session_cookie
from shared.settings import Settings


def session_of(subject: str, *posts: Post, **more: Any) -> Session:
    """A session that began just now, at the first post."""
    now = time.time()
    common = {"began": now, "seen": now, "checked_until": now + 600}
    return Session(subject=subject, posts=posts, post=posts[0], **common | more)


def signed_in(
    client: httpx.AsyncClient, settings: Settings, role: Role = Role.TECHNICIAN, caisse: str | None = "751", **more: Any
) -> None:
    """Give a client the session cookie of somebody of this role."""
    subject = more.pop("subject", f"{role}-{caisse or 'national'}")
    session = session_of(subject, Post(caisse, frozenset({role})), **more)
    client.cookies.set(session_cookie(settings), session.sealed(Seal(settings)))


def cookie_of(settings: Settings, role: Role, caisse: str | None, subject: str) -> tuple[str, str]:
    """The name and value of the session cookie of somebody of this role."""
    session = session_of(subject, Post(caisse, frozenset({role})))
    return session_cookie(settings), session.sealed(Seal(settings))


def signed_in_by_token(client: httpx.AsyncClient, settings: Settings, token: str = "") -> None:
    """The same, for the person of a bearer token: by itself, that of the client's header."""
    given = token or client.headers["Authorization"].removeprefix("Bearer ")
    claims = json.loads(jws.extract_compact(given.encode()).payload or b"")
    [role] = claims["roles"]
    signed_in(client, settings, Role(role), claims.get("caisse"), subject=claims["sub"])
