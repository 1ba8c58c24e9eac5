"""Tokens checked against public keys; local keys and tokens."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, KeySet

from shared.access.oidc import Provider, ProviderUnavailable, SignOnInvalid
from shared.access.posts import posts_of
from shared.access.principal import NATIONAL, Principal, Role
from shared.http.problems import Problem
from shared.ids import uuid7
from shared.settings import Settings

ALGORITHM = "ES256"
Revoked = Callable[[str, str, float], bool]
"""Whether a token counts no more, by its id, its person and when it was issued: the deny list of the reference."""


def unauthorised(code: str, detail: str) -> Problem:
    """A 401 problem with the header that asks for a bearer token."""
    return Problem(401, code, detail, title="Identification requise", headers={"WWW-Authenticate": "Bearer"})


def ensure_local_key(state_dir: Path) -> Path:
    """Make the signing key of the local profile at first need; returns the file of public keys. Safe when raced."""
    folder = state_dir / "keys"
    private, public = folder / "signing.json", folder / "jwks.json"
    if not public.exists():
        folder.mkdir(parents=True, exist_ok=True)
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
        temporary = folder / f".signing-{os.getpid()}"
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            json.dump(key.as_dict(private=True), file)
        with contextlib.suppress(FileExistsError):
            os.link(temporary, private)  # only the first of several processes wins
        temporary.unlink()
        winner = ECKey.import_key(json.loads(private.read_text()))
        draft = folder / f".jwks-{os.getpid()}"
        draft.write_text(json.dumps({"keys": [winner.as_dict(private=False)]}))
        draft.replace(public)
    return public


class TokenChecker:
    """Checks bearer tokens: of the identity provider, and those of the local key or of a file of public keys.

    The file is read again when it changes (rotation without restart).
    """

    def __init__(
        self,
        settings: Settings,
        revoked: Revoked = lambda token, subject, issued_at: False,
        provider: Provider | None = None,
    ) -> None:
        self._settings = settings
        self._revoked = revoked
        self._provider = provider
        self._file = settings.jwks_file or (ensure_local_key(settings.state_dir) if settings.is_local else None)
        self._stamp = 0.0
        self._keys: KeySet | None = None

    async def principal_of(self, token: str) -> Principal:
        """Read a token of the provider, or of the key file. Raises a 401 problem naming what is wrong with it, 503
        where the provider's keys cannot be had."""
        if self._provider is None or not self._provider.configured or _issuer(token) != self._provider.issuer:
            return self.principal(token)
        try:
            claims = await self._provider.access_claims(token)
            _registry(self._provider.issuer, self._settings.token_audience).validate(dict(claims))
        except ProviderUnavailable:
            raise Problem(503, "provider_unavailable", "Le fournisseur d'identité ne répond pas.") from None
        except ExpiredTokenError:
            raise _expired() from None
        except (SignOnInvalid, JoseError, ValueError, TypeError) as error:
            if isinstance(error.__cause__, ExpiredTokenError):
                raise _expired() from None
            raise _invalid() from error
        self._check_life(claims)
        posts = posts_of(claims.get("habilitations"))
        if len(posts) != 1:
            detail = "Le jeton doit nommer une seule habilitation, d'une caisse ou nationale."
            raise unauthorised("token_invalid", detail)
        # A program has no session: its client is who it is, whatever account the provider gives it.
        client = None if claims.get("sid") else claims.get("azp")
        return posts[0].principal(str(client or claims["sub"]))

    def principal(self, token: str) -> Principal:
        """Read a token of the key file. Raises a 401 problem naming what is wrong with it."""
        try:
            claims = jwt.decode(token, self._key_set(), algorithms=[ALGORITHM]).claims
            _registry(self._settings.token_issuer, self._settings.token_audience).validate(claims)
        except ExpiredTokenError:
            raise _expired() from None
        except (JoseError, ValueError, TypeError) as error:
            raise _invalid() from error
        self._check_life(claims)
        try:
            roles = frozenset(Role(role) for role in claims.get("roles", []))
        except ValueError:
            raise unauthorised("token_invalid", "Le jeton nomme un rôle inconnu.") from None
        caisse = claims.get("caisse")
        if not roles or (caisse is None and not roles <= NATIONAL):
            raise unauthorised("token_invalid", "Le jeton ne nomme ni rôle ni caisse.")
        body = claims.get("body")
        return Principal(str(claims["sub"]), roles, caisse, None if body is None else str(body))

    def _key_set(self) -> KeySet:
        if self._file is None:
            return KeySet([])
        stamp = self._file.stat().st_mtime
        if self._keys is None or stamp != self._stamp:
            self._keys, self._stamp = KeySet.import_key_set(json.loads(self._file.read_text())), stamp
        return self._keys

    def _check_life(self, claims: Mapping[str, Any]) -> None:
        """Refuse a token that lives too long, or was revoked."""
        try:
            issued_at, expires_at = float(claims.get("iat", 0)), float(claims["exp"])
        except (ValueError, TypeError) as error:
            raise _invalid() from error
        longest = self._settings.token_longest_seconds
        if not self._settings.is_local and expires_at - issued_at > longest:
            raise unauthorised("token_too_long", f"Un jeton vaut {longest // 60} minutes au plus.")
        subjects = {str(claims["sub"]), str(claims.get("azp") or claims["sub"])}
        if any(self._revoked(str(claims.get("jti", "")), subject, issued_at) for subject in subjects):
            raise unauthorised("token_revoked", "Le jeton a été retiré ; identifiez-vous de nouveau.")


def _registry(issuer: str, audience: str) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        sub={"essential": True},
    )


def _expired() -> Problem:
    return unauthorised("token_expired", "Le jeton a expiré ; demandez-en un nouveau.")


def _invalid() -> Problem:
    return unauthorised("token_invalid", "Le jeton n'est pas valable pour ce service.")


def _issuer(token: str) -> object:
    """Who the token says issued it. Nothing is proved by that: it only chooses the keys that must have signed it."""
    try:
        return json.loads(jws.extract_compact(token.encode()).payload or b"").get("iss")
    except (JoseError, ValueError, AttributeError):
        return None


def issue_token(
    settings: Settings,
    *,
    role: Role,
    caisse: str | None,
    subject: str,
    seconds: float = 43_200,
    body: str | None = None,
) -> str:
    """Sign a token with the local key. Only the local and test profiles have one. ``body``: of a deposit body."""
    if settings.profile not in ("local", "test"):
        raise PermissionError("tokens are issued by the identity provider outside the local profile")
    key = ECKey.import_key(json.loads((ensure_local_key(settings.state_dir).parent / "signing.json").read_text()))
    claims: dict[str, Any] = {
        "iss": settings.token_issuer,
        "aud": settings.token_audience,
        "sub": subject,
        "roles": [role.value],
        "jti": str(uuid7()),
        "iat": int(time.time()),
        "exp": int(time.time() + seconds),
    }
    if caisse is not None:
        claims["caisse"] = caisse
    if body is not None:
        claims["body"] = body
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key)


def publish_keys(settings: Settings, public: Path) -> None:
    """Copy the public half of the local key to ``public``, whole at once: services read it while it is replaced."""
    draft = public.with_name(f".{public.name}-{os.getpid()}")
    draft.write_text(ensure_local_key(settings.state_dir).read_text())
    draft.replace(public)
