"""The identity provider: code flow with PKCE, refresh, logout, and the keys under which it signs.

Requests and checks are those of OpenID Connect Core and Back-Channel Logout 1.0; Authlib has their rules, joserfc the
signatures. Nothing here knows which provider answers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.access.posts import Post, posts_of
from shared.settings import Settings

ALGORITHMS: Final = ("ES256", "RS256", "PS256")
PATIENCE: Final = httpx.Timeout(5.0, connect=3.0)
DISCOVERY_SECONDS: Final = 3_600.0
KEYS_SECONDS: Final = 600.0
UNKNOWN_KEY_SECONDS: Final = 10.0
"""An unknown key is asked for at most this often: a forged token must not make us ask at each request."""
LEEWAY: Final = 60
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_SECONDS: Final = 300


class ProviderUnavailable(Exception):
    """The identity provider does not answer, or not as one."""


class SignOnInvalid(Exception):
    """The provider refuses, or what it says does not hold: a wrong signature, issuer, audience, nonce or time."""


@dataclass(frozen=True)
class Grant:
    """What the provider says of a person: the posts, and until when that counts (seconds since 1970)."""

    subject: str
    sid: str
    posts: tuple[Post, ...]
    authenticated_at: float
    checked_until: float
    refresh_token: str


@dataclass(frozen=True)
class LogoutNotice:
    """A session that ended at the provider; ``sid`` empty: all sessions of the person."""

    subject: str
    sid: str


class Provider:
    """One identity provider, with what it published about itself kept for a while."""

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value()
        well_known = f"{self.issuer}/.well-known/openid-configuration"
        self._discovery_url = settings.oidc_discovery_url or well_known
        self._transport = transport
        self._http: httpx.AsyncClient | None = None
        self._discovered: dict[str, Any] = {}
        self._discovered_at = float("-inf")
        self._keys = KeySet([])
        self._keys_at = float("-inf")

    @property
    def configured(self) -> bool:
        """Whether there is a provider at all."""
        return bool(self.issuer)

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()

    async def authorization_address(
        self, redirect_uri: str, *, state: str, nonce: str, verifier: str, again: bool = False
    ) -> str:
        """Where the browser goes to sign in; ``again``: who it is must be proved even where the provider knows it.

        Raises ProviderUnavailable.
        """
        endpoint = (await self._discovery())["authorization_endpoint"]
        more = {"prompt": "login"} if again else {}
        challenge = create_s256_code_challenge(verifier)
        address: str = prepare_grant_uri(
            endpoint,
            self._client_id,
            "code",
            redirect_uri=redirect_uri,
            scope="openid",
            state=state,
            nonce=nonce,
            code_challenge=challenge,
            code_challenge_method="S256",
            **more,
        )
        return address

    async def exchange(self, code: str, verifier: str, redirect_uri: str, nonce: str) -> Grant:
        """The person behind a code. Raises SignOnInvalid or ProviderUnavailable."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        return await self._granted(await self._post("token_endpoint", form), nonce)

    async def refresh(self, refresh_token: str) -> Grant:
        """What the provider says now. Raises SignOnInvalid where the session has ended there, or
        ProviderUnavailable."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self._granted(await self._post("token_endpoint", form), "")

    async def end(self, refresh_token: str) -> None:
        """End the person's session at the provider. Raises ProviderUnavailable or SignOnInvalid."""
        if "end_session_endpoint" in await self._discovery():
            await self._post("end_session_endpoint", {"refresh_token": refresh_token})

    async def access_claims(self, token: str) -> Mapping[str, Any]:
        """The claims of an access token, its signature and issuer checked.

        Raises SignOnInvalid or ProviderUnavailable.
        """
        return (await self._decoded(token))[1]

    async def logout_notice(self, token: str) -> LogoutNotice:
        """Which session a logout token ends. Raises SignOnInvalid or ProviderUnavailable."""
        header, claims = await self._decoded(token)
        events = claims.get("events")
        sound = (
            header.get("typ", "logout+jwt").lower() in ("logout+jwt", "jwt")
            and self._client_id in _audience(claims)
            and isinstance(events, Mapping)
            and isinstance(events.get(LOGOUT_EVENT), Mapping)
            and "nonce" not in claims
            and abs(time.time() - _seconds(claims.get("iat"))) <= LOGOUT_SECONDS
        )
        notice = LogoutNotice(str(claims.get("sub") or ""), str(claims.get("sid") or ""))
        if not sound or not (notice.subject or notice.sid):
            raise SignOnInvalid("no logout token")
        return notice

    async def _granted(self, answer: Mapping[str, Any], nonce: str) -> Grant:
        header, claims = await self._decoded(str(answer.get("id_token") or ""))
        checks = {"nonce": nonce or None, "client_id": self._client_id, "access_token": answer.get("access_token")}
        token = CodeIDToken(claims, header, {}, checks)
        try:
            token.validate(leeway=LEEWAY)
        except JoseError as error:
            raise SignOnInvalid(str(error)) from error
        if self._client_id not in _audience(claims):
            raise SignOnInvalid("another audience")
        now = time.time()
        return Grant(
            subject=str(claims["sub"]),
            sid=str(claims.get("sid") or ""),
            posts=posts_of(claims.get("habilitations")),
            authenticated_at=_seconds(claims.get("auth_time")),
            checked_until=now + min(max(_seconds(answer.get("expires_in")), 30.0), 600.0),
            refresh_token=str(answer.get("refresh_token") or ""),
        )

    async def _decoded(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims, with signature, issuer and times checked."""
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError) as error:
            raise SignOnInvalid("no token") from error
        keys = await self._key_set(str(header.get("kid") or ""))
        try:
            claims = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
            registry = jwt.JWTClaimsRegistry(
                leeway=LEEWAY, iss={"essential": True, "value": self.issuer}, exp={"essential": False}
            )
            registry.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise SignOnInvalid(str(error)) from error
        return dict(header), dict(claims)

    async def _key_set(self, kid: str) -> KeySet:
        """The provider's public keys; asked for again when one is missing, or after a while (rotation)."""
        age = time.monotonic() - self._keys_at
        known = any(key.kid == kid for key in self._keys.keys)
        if age > KEYS_SECONDS or (not known and age > UNKNOWN_KEY_SECONDS):
            document = await self._get((await self._discovery())["jwks_uri"])
            signing = [key for key in document.get("keys", []) if key.get("use", "sig") == "sig"]
            try:
                self._keys = KeySet.import_key_set({"keys": signing})
            except (JoseError, ValueError, KeyError) as error:
                raise ProviderUnavailable("no key set") from error
            self._keys_at = time.monotonic()
        return self._keys

    async def _discovery(self) -> dict[str, Any]:
        if not self.configured:
            raise ProviderUnavailable("no identity provider is set")
        if time.monotonic() - self._discovered_at > DISCOVERY_SECONDS:
            document = await self._get(self._discovery_url)
            needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if document.get("issuer") != self.issuer or any(name not in document for name in needed):
                raise ProviderUnavailable("the provider names another issuer than AME_OIDC_ISSUER")
            self._discovered, self._discovered_at = document, time.monotonic()
        return self._discovered

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            answer = await self._client().get(url)
            answer.raise_for_status()
            document = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderUnavailable(type(error).__name__) from error
        if not isinstance(document, dict):
            raise ProviderUnavailable("no document")
        return document

    async def _post(self, endpoint: str, form: dict[str, str]) -> dict[str, Any]:
        """Ask as the client of this host. Raises SignOnInvalid for what the provider refuses (4xx)."""
        url = (await self._discovery())[endpoint]
        try:
            credentials = {"client_id": self._client_id, "client_secret": self._secret}
            answer = await self._client().post(url, data=form | credentials)
            document = answer.json() if answer.content else {}
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderUnavailable(type(error).__name__) from error
        if answer.status_code >= 500:
            raise ProviderUnavailable(str(answer.status_code))
        if not answer.is_success:
            raise SignOnInvalid(str(document.get("error", answer.status_code)))
        return document if isinstance(document, dict) else {}

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            # Cookies are never kept: what is said of one person must not travel with the next one's.
            jar = CookieJar(DefaultCookiePolicy(allowed_domains=()))
            self._http = httpx.AsyncClient(timeout=PATIENCE, cookies=jar, transport=self._transport)
        return self._http


def _audience(claims: Mapping[str, Any]) -> list[Any]:
    audience = claims.get("aud")
    return audience if isinstance(audience, list) else [audience]


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
