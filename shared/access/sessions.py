"""The session of a person at the pages: a sealed cookie that the services of one host share. No store holds it.

What is sealed is encrypted and authenticated (JWE, A256GCM) under the session keys. The first key seals, all of them
open: a new key is put in front, and the old one taken away when its sessions have ended.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, Self

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, OctKey

from shared.access.posts import Post, posts_of
from shared.access.principal import Principal
from shared.settings import Settings

Kind = Literal["session", "sign-on", "kept-form"]
ALGORITHMS: Final = ("dir", "A256GCM", "DEF")
TOUCHED_AFTER: Final = 30.0
"""Seconds after which a request moves the time of the last act in the cookie: not at each of a page's parts."""


def session_cookie(settings: Settings) -> str:
    """The name of the cookie. A browser takes ``__Host-`` from this very host alone, over TLS."""
    return "ame_session" if settings.is_local else "__Host-ame_session"


class Seal:
    """Seals values for ourselves. What was sealed as one kind does not open as another."""

    def __init__(self, settings: Settings) -> None:
        given = settings.session_keys.get_secret_value().split()
        if not given and settings.is_local:
            given = [_local_secret(settings.state_dir)]
        self._keys = {kid: OctKey.import_key(key) for kid, key in map(_key, given)}

    def seal(self, kind: Kind, value: dict[str, Any]) -> str:
        """The value as a text that can be read and changed by nobody else."""
        kid, key = next(iter(self._keys.items()))
        header = {"alg": "dir", "enc": "A256GCM", "zip": "DEF", "kid": kid, "typ": kind}
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return jwe.encrypt_compact(header, text.encode(), key, algorithms=list(ALGORITHMS))

    def open(self, kind: Kind, text: str) -> dict[str, Any] | None:
        """What was sealed, or None when it is no seal of ours, another kind or was changed."""
        try:
            opened = jwe.decrypt_compact(text, self._key_of, algorithms=list(ALGORITHMS))
            value = json.loads(opened.plaintext or b"")
        except (JoseError, ValueError, KeyError):
            return None
        return value if isinstance(value, dict) and opened.headers().get("typ") == kind else None

    def _key_of(self, sealed: GuestProtocol) -> OctKey:
        """The key a seal names. Raises KeyError for one that is not, or no longer, ours."""
        return self._keys[str(sealed.headers().get("kid"))]


@dataclass(frozen=True)
class Session:
    """Who signed in, their posts, the one they work at (None until it is chosen), and the times of the session.

    Times are seconds since 1970. ``checked_until``: until when the provider's word on the posts counts before it is
    asked again with ``refresh_token``. ``sid``: the provider's name of the session.
    """

    subject: str
    posts: tuple[Post, ...]
    post: Post | None
    began: float
    seen: float
    checked_until: float
    sid: str = ""
    refresh_token: str = ""

    @property
    def principal(self) -> Principal | None:
        """Who asks, once a post is chosen."""
        return None if self.post is None else self.post.principal(self.subject)

    def ended(self, settings: Settings, now: float) -> str:
        """Why it has ended: the code of the problem, or an empty text while it lasts."""
        if now - self.began >= settings.session_longest_seconds:
            return "session_over"
        return "session_idle" if now - self.seen >= settings.session_idle_seconds else ""

    def with_posts(self, posts: tuple[Post, ...]) -> Session:
        """The same with the posts that the provider names now; a post that was taken away is left."""
        kept = self.post if self.post in posts else None
        return replace(self, posts=posts, post=kept or (posts[0] if len(posts) == 1 else None))

    def sealed(self, seal: Seal) -> str:
        """The value of its cookie."""
        value = asdict(self) | {
            "posts": [post.as_claim() for post in self.posts],
            "post": None if self.post is None else self.post.as_claim(),
        }
        return seal.seal("session", value)

    @classmethod
    def opened(cls, seal: Seal, cookie: str) -> Self | None:
        """The session of a cookie, ended or not; None when it is none of ours."""
        value = seal.open("session", cookie) if cookie else None
        if value is None:
            return None
        chosen = posts_of([value.pop("post")])
        posts = posts_of(value.pop("posts"))
        try:
            return cls(**value, posts=posts, post=chosen[0] if chosen else None)
        except TypeError:
            return None  # of another version


def issue_session(settings: Settings, post: Post, subject: str) -> str:
    """The cookie of a session that nobody signed in for. Only the local and test profiles give any."""
    if not settings.is_local:
        raise PermissionError("sessions begin at the identity provider outside the local profile")
    now = time.time()
    return Session(subject, (post,), post, began=now, seen=now, checked_until=now).sealed(Seal(settings))


def _key(secret: str) -> tuple[str, bytes]:
    key = hashlib.sha256(f"ame session key {secret}".encode()).digest()
    return hashlib.sha256(key).hexdigest()[:8], key


def _local_secret(state_dir: Path) -> str:
    """The session key of one person's machine, made at first need. Safe when raced."""
    folder = state_dir / "keys"
    file = folder / "session"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".session-{os.getpid()}-{secrets.token_hex(4)}"
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600), "w") as written:
            written.write(secrets.token_urlsafe(32))
        with contextlib.suppress(FileExistsError):
            os.link(temporary, file)  # only the first of several processes wins
        temporary.unlink()
    return file.read_text()
