"""The identity provider of one machine, for trials: no password, one click per invented person.

It speaks the OpenID Connect that Keycloak speaks (code flow with PKCE, refresh, client credentials, back-channel
logout), so that pages and programs sign in here as they will there. It is served by the front process, on this machine
alone, and says on its page what it is.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
import yaml
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from jinja2 import Environment, FileSystemLoader, select_autoescape
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.reference import agents, caisses
from shared.contract.sandbox import SANDBOX

FOLDER: Final = Path(__file__).parent
CODE_SECONDS: Final = 60
TOKEN_SECONDS: Final = 600
SESSION_SECONDS: Final = 36_000
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
CALLBACK: Final = "/ui/signon/callback"
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
AUDIENCE: Final = "ame"


@dataclass(frozen=True)
class Person:
    """Somebody invented. ``group``: under which heading of the page; ``habilitations``: the claim of the tokens."""

    id: str
    name: str
    capacity: str
    group: str
    habilitations: list[dict[str, Any]]


@dataclass
class _Given:
    """A code that waits to be exchanged."""

    person: Person
    redirect_uri: str
    nonce: str
    challenge: str
    at: float


@dataclass
class LocalProvider:
    """The provider at ``issuer``. ``logout_url``: whom it says that a session ended, or empty.

    Keys and the secrets of front ends lie in ``folder``, made at first need; open sessions are known until it stops.
    """

    issuer: str
    client_id: str
    client_secret: str
    folder: Path
    logout_url: str = ""
    transport: httpx.AsyncBaseTransport | None = None
    _codes: dict[str, _Given] = field(default_factory=dict)
    _sessions: dict[str, str] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.people = people()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._key = ECKey.import_key(_kept(self.folder / "provider.json", _new_key))
        self.front_ends: dict[str, str] = _kept(self.folder / "front_ends.json", _new_secrets)

    def rotate(self) -> None:
        """Sign with a new key from now on; tokens of the old one count no more."""
        self._key = ECKey.import_key(_new_key())
        _write(self.folder / "provider.json", self._key.as_dict(private=True))

    def routes(self) -> list[Route]:
        """Its routes, under the path of the issuer."""
        base = urlsplit(self.issuer).path
        handlers: list[tuple[str, Callable[[Request], Awaitable[Response]], str]] = [
            ("/.well-known/openid-configuration", self._describe, "GET"),
            ("/keys", self._keys, "GET"),
            ("/authorize", self._authorize, "GET"),
            ("/choose", self._choose, "GET"),
            ("/token", self._token, "POST"),
            ("/logout", self._logout, "POST"),
            ("/close", self._close, "POST"),
        ]
        return [Route(f"{base}{path}", handler, methods=[method]) for path, handler, method in handlers]

    async def _describe(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "end_session_endpoint": f"{self.issuer}/logout",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "code_challenge_methods_supported": ["S256"],
                "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
                "backchannel_logout_supported": True,
                "backchannel_logout_session_supported": True,
            }
        )

    async def _keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        """The page with everybody on it."""
        fault = self._fault(request)
        if fault:
            return Response(fault, 400)
        groups: dict[str, list[tuple[Person, str]]] = {}
        for person in self.people.values():
            query = urlencode([*request.query_params.multi_items(), ("person", person.id)])
            groups.setdefault(person.group, []).append((person, f"{self.issuer}/choose?{query}"))
        environment = Environment(loader=FileSystemLoader(FOLDER), autoescape=select_autoescape())
        html = environment.get_template("provider.html").render(groups=groups)
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'",
        }
        return HTMLResponse(html, headers=headers)

    async def _choose(self, request: Request) -> Response:
        fault = self._fault(request)
        person = self.people.get(request.query_params.get("person", ""))
        if fault or person is None:
            return Response(fault or "unknown person", 400)
        asked, code = request.query_params, secrets.token_urlsafe(32)
        self._codes[code] = _Given(
            person, asked["redirect_uri"], asked.get("nonce", ""), asked["code_challenge"], time.time()
        )
        answer = urlencode({"code": code, "state": asked.get("state", ""), "iss": self.issuer})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", 303)

    async def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        match form.get("grant_type"):
            case "authorization_code" if self._is_client(form):
                given = self._codes.pop(form.get("code", ""), None)
                proved = create_s256_code_challenge(form.get("code_verifier", "")) if given else ""
                if (
                    given is None
                    or time.time() - given.at > CODE_SECONDS
                    or given.redirect_uri != form.get("redirect_uri")
                    or not secrets.compare_digest(proved, given.challenge)
                ):
                    return _refusal("invalid_grant")
                sid = secrets.token_urlsafe(16)
                self._sessions[sid] = given.person.id
                return self._answer(given.person, sid, int(time.time()), given.nonce)
            case "refresh_token" if self._is_client(form):
                claims = self._refreshable(form.get("refresh_token", ""))
                person = self.people.get(str(claims.get("sub"))) if claims else None
                if claims is None or person is None:
                    return _refusal("invalid_grant")
                return self._answer(person, claims["sid"], claims["auth_time"], "")
            case "client_credentials":
                client, given_secret = form.get("client_id", ""), form.get("client_secret", "")
                expected = self.front_ends.get(client)
                if expected is None or not secrets.compare_digest(expected, given_secret):
                    return _refusal("invalid_client", 401)
                claims = {
                    "sub": f"service-account-{client}",
                    "azp": client,
                    "aud": AUDIENCE,
                    "jti": secrets.token_urlsafe(12),
                    "habilitations": [{"caisse": client.removeprefix("frontend-"), "roles": ["frontend"]}],
                }
                token = self._signed(claims, TOKEN_SECONDS)
                return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})
        return _refusal("invalid_client", 401)

    async def _logout(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        claims = self._refreshable(form.get("refresh_token", ""))
        if not self._is_client(form) or claims is None:
            return _refusal("invalid_grant")
        await self._end(claims["sub"], claims["sid"])
        return Response(status_code=204)

    async def _close(self, request: Request) -> Response:
        """End every session of a person, as an administrator of a real provider does."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        if not self._is_client(form):
            return _refusal("invalid_client", 401)
        person = form.get("person", "")
        for sid in [sid for sid, subject in self._sessions.items() if subject == person]:
            await self._end(person, sid)
        return Response(status_code=204)

    async def _end(self, subject: str, sid: str) -> None:
        self._sessions.pop(sid, None)
        self._ended.add(sid)
        if not self.logout_url:
            return
        claims = {
            "sub": subject,
            "sid": sid,
            "aud": self.client_id,
            "jti": secrets.token_urlsafe(12),
            "events": {LOGOUT_EVENT: {}},
        }
        token = self._signed(claims, 120, typ="logout+jwt")
        async with httpx.AsyncClient(timeout=5, transport=self.transport) as client:
            await client.post(self.logout_url, data={"logout_token": token})

    def _fault(self, request: Request) -> str:
        asked = request.query_params
        back = urlsplit(asked.get("redirect_uri", ""))
        if asked.get("client_id") != self.client_id or asked.get("response_type") != "code":
            return "unknown client or response type"
        if back.hostname not in LOOPBACK or not back.path.endswith(CALLBACK) or back.query:
            return "redirect_uri is no page of this machine"
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return "PKCE with S256 is required"
        return ""

    def _is_client(self, form: dict[str, str]) -> bool:
        return form.get("client_id") == self.client_id and secrets.compare_digest(
            form.get("client_secret", ""), self.client_secret
        )

    def _refreshable(self, token: str) -> dict[str, Any] | None:
        try:
            claims = jwt.decode(token, KeySet([self._key]), algorithms=["ES256"]).claims
            jwt.JWTClaimsRegistry(iss={"essential": True, "value": self.issuer}, exp={"essential": True}).validate(
                claims
            )
        except (JoseError, ValueError):
            return None
        return None if claims.get("use") != "refresh" or claims.get("sid") in self._ended else dict(claims)

    def _answer(self, person: Person, sid: str, since: int, nonce: str) -> Response:
        common = {"sub": person.id, "sid": sid, "azp": self.client_id, "auth_time": since}
        habilitations = {"habilitations": person.habilitations}
        own = {"aud": self.client_id} | ({"nonce": nonce} if nonce else {})
        return JSONResponse(
            {
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
                "id_token": self._signed(common | habilitations | own, TOKEN_SECONDS),
                "access_token": self._signed(
                    common | habilitations | {"aud": AUDIENCE, "jti": secrets.token_urlsafe(12)}, TOKEN_SECONDS
                ),
                "refresh_token": self._signed(common | {"use": "refresh"}, SESSION_SECONDS),
            },
            headers={"Cache-Control": "no-store"},
        )

    def _signed(self, claims: dict[str, Any], seconds: int, typ: str = "JWT") -> str:
        now = int(time.time())
        header = {"alg": "ES256", "kid": self._key.kid, "typ": typ}
        return jwt.encode(header, claims | {"iss": self.issuer, "iat": now, "exp": now + seconds}, self._key)


def people() -> dict[str, Person]:
    """Everybody who can sign in, by id."""
    document = yaml.safe_load((FOLDER / "provider_people.yaml").read_text())
    names = {caisse.code: caisse.name for caisse in caisses().values()}
    found = [
        Person(
            agent.id,
            agent.display_name,
            agent.capacity,
            names[agent.caisse],
            [{"caisse": agent.caisse, "roles": [agent.role]}],
        )
        for agent in agents()
        if agent.caisse is not None and agent.caisse in document["caisses"]
    ]
    found += [
        Person(one["id"], one["name"], one["capacity"], "Plusieurs postes, ou niveau national", one["habilitations"])
        for one in document["people"]
    ]
    return {person.id: person for person in found}


def _new_key() -> dict[str, Any]:
    return dict(ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True).as_dict(private=True))


def _new_secrets() -> dict[str, Any]:
    return {f"frontend-{code}": secrets.token_urlsafe(24) for code in sorted([*caisses(), SANDBOX])}


def _kept(file: Path, make: Callable[[], dict[str, Any]]) -> Any:
    if not file.exists():
        _write(file, make())
    return json.loads(file.read_text())


def _write(file: Path, content: dict[str, Any]) -> None:
    draft = file.with_name(f".{file.name}-{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
        json.dump(content, written)
    draft.replace(file)


def _refusal(code: str, status: int = 400) -> Response:
    return JSONResponse({"error": code}, status)
