"""The whole sign-on against a real Keycloak, with the realm of `deploy/keycloak/realm.json`."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import sqlalchemy as sa
import uvicorn
from fastapi import APIRouter, Depends
from pydantic import SecretStr

from deploy.processes import free_port
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.access.session_guard import SessionGuard
from shared.access.sessions import Seal, Session
from shared.access.tokens import TokenChecker
from shared.messaging import topics
from shared.messaging.reference_table import ReferenceTable
from shared.service.app import create_app
from shared.service.definition import Service
from shared.settings import Settings
from tests.signon.keycloak import Keycloak, keycloak
from tests.waiting import until

SECRET, PASSWORD = "the-secret-of-this-test", "correct-horse-battery"
HTML = {"accept": "text/html"}
router = APIRouter(include_in_schema=False)


@router.get("/ui")
async def who(principal: Annotated[Principal, Depends(require(*Role))], x: str = "") -> dict[str, Any]:
    return {"id": principal.id, "caisse": principal.caisse, "roles": sorted(principal.roles)}


@dataclass
class Browser:
    """As a browser on 127.0.0.1: it keeps cookies marked Secure there, which an HTTP library drops."""

    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    async def ask(self, method: str, url: str, **options: Any) -> httpx.Response:
        kept = self.cookies.setdefault(urlsplit(url).netloc, {})
        headers = HTML | {"cookie": "; ".join(f"{name}={value}" for name, value in kept.items())}
        async with httpx.AsyncClient(timeout=60) as client:
            answer = await client.request(method, url, headers=headers, **options)
        for given in answer.headers.get_list("set-cookie"):
            name, _, value = given.partition(";")[0].partition("=")
            if "max-age=0" in given.lower():
                kept.pop(name, None)
            else:
                kept[name] = value
        return answer

    async def follow(self, method: str, url: str, **options: Any) -> httpx.Response:
        """The page at the end of the redirects; a form is sent once, then it is read."""
        answer = await self.ask(method, url, **options)
        while answer.is_redirect:
            answer = await self.ask("GET", urljoin(str(answer.request.url), answer.headers["location"]))
        return answer


@dataclass
class Host:
    """A service of ours at ``url`` that signs on at the Keycloak ``server``."""

    url: str
    server: Keycloak
    settings: Settings
    guard: SessionGuard

    async def sign_in(self, browser: Browser, name: str) -> httpx.Response:
        """Ask for a page, fill in Keycloak's form, and come back."""
        shown = await browser.follow("GET", f"{self.url}/intake/ui?x=1")
        [action] = re.findall(r'<form id="kc-form-login"[^>]*action="([^"]+)"', shown.text)
        return await browser.follow("POST", unescape(action), data={"username": name, "password": PASSWORD})

    def session(self, browser: Browser) -> Session:
        cookie = browser.cookies[urlsplit(self.url).netloc]["ame_session"]
        session = Session.opened(Seal(self.settings), cookie)
        assert session is not None
        return session

    def give(self, browser: Browser, session: Session) -> None:
        browser.cookies[urlsplit(self.url).netloc]["ame_session"] = session.sealed(Seal(self.settings))


@pytest.fixture(scope="session")
def port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Keycloak]:
    environment = {
        "AME_OIDC_CLIENT_SECRET": SECRET,
        "AME_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "AME_BACKCHANNEL_URL": f"http://127.0.0.1:{port}",
    }
    with keycloak(tmp_path_factory.mktemp("keycloak"), environment) as made:
        yield made


@pytest.fixture
async def host(server: Keycloak, port: int, kafka: str, tmp_path: Path) -> AsyncIterator[Host]:
    async with serving(server, port, kafka, tmp_path) as made:
        yield made


@asynccontextmanager
async def serving(server: Keycloak, port: int, kafka: str, folder: Path) -> AsyncIterator[Host]:
    await topics.create(kafka)
    settings = Settings(
        profile="test",
        service="intake",
        root_path="/intake",
        state_dir=folder,
        kafka_bootstrap_servers=kafka,
        oidc_issuer=server.issuer,
        oidc_client_secret=SecretStr(SECRET),
    )
    app = create_app(Service("intake", "Demandes", [router], sa.MetaData()), settings)
    reference = ReferenceTable(settings)
    await reference.start()
    guard: SessionGuard = app.state.session_guard
    guard = SessionGuard(settings, guard.provider, reference.revoked)
    app.state.session_guard = guard
    app.state.tokens = TokenChecker(settings, reference.revoked, guard.provider)
    running = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    task = asyncio.create_task(running.serve())
    await until(lambda: running.started)
    try:
        yield Host(f"http://127.0.0.1:{port}", server, settings, guard)
    finally:
        running.should_exit = True
        await task
        await guard.provider.close()
        await reference.stop()


async def test_a_person_signs_in_by_the_code_flow_with_pkce(host: Host) -> None:
    identity = host.server.person("paul", PASSWORD, "/caisses/751/agent")
    browser = Browser()
    page = await host.sign_in(browser, "paul")
    assert page.json() == {"id": identity, "caisse": "751", "roles": ["agent"]}
    assert page.request.url.query == b"x=1", "the whole address"
    assert len(browser.cookies[urlsplit(host.url).netloc]["ame_session"]) < 4_000


async def test_groups_give_posts_and_the_provider_is_asked_again(host: Host) -> None:
    host.server.person("nadege", PASSWORD, "/caisses/751/technician", "/caisses/931/supervisor", "/national/auditor")
    browser = Browser()
    page = await host.sign_in(browser, "nadege")
    assert page.request.url.path == "/intake/ui/posts"
    keys = re.findall(r'name="post" value="([^"]+)"', page.text)
    assert sorted(keys) == ["751:technician:", "931:supervisor:", "national:auditor:"]
    [token] = set(re.findall(r'name="form_token" value="([^"]+)"', page.text))
    form = {"post": "national:auditor:", "next": "/ui", "form_token": token}
    chosen = await browser.follow("POST", f"{host.url}/intake/ui/posts", data=form)
    assert chosen.json()["caisse"] is None
    host.give(browser, replace(host.session(browser), checked_until=time.time() - 1))
    assert (await browser.ask("GET", f"{host.url}/intake/ui")).json()["roles"] == ["auditor"]
    assert host.session(browser).checked_until > time.time() + 300


async def test_who_has_no_group_gets_no_session(host: Host) -> None:
    host.server.person("zoe", PASSWORD)
    page = await host.sign_in(Browser(), "zoe")
    assert (page.status_code, "aucun poste" in page.text) == (403, True)


async def test_after_an_idle_end_the_provider_asks_for_the_password_again(host: Host) -> None:
    host.server.person("line", PASSWORD, "/caisses/751/agent")
    browser = Browser()
    await host.sign_in(browser, "line")
    host.give(browser, replace(host.session(browser), seen=time.time() - 1000))
    start = await browser.follow("GET", f"{host.url}/intake/ui/signon/start?next=/ui")
    assert 'id="kc-form-login"' in start.text


async def test_signing_out_ends_the_session_at_the_provider(host: Host) -> None:
    host.server.person("remi", PASSWORD, "/caisses/751/agent")
    browser = Browser()
    await host.sign_in(browser, "remi")
    stolen = host.session(browser)
    page = await browser.ask("GET", f"{host.url}/intake/ui/accessibility")
    assert page.status_code == 200
    form = {"form_token": browser.cookies[urlsplit(host.url).netloc]["ame_form"]}
    left = await browser.ask("POST", f"{host.url}/intake/ui/sign-out", data=form)
    assert left.headers["location"] == "/intake/ui/signed-out"
    # Keycloak says so by the back channel: a copy of the cookie is worth nothing either.
    await until(lambda: host.guard._revoked(stolen.sid, "", stolen.began), seconds=60)
    host.give(browser, stolen)
    assert (await browser.ask("GET", f"{host.url}/intake/ui")).status_code == 303
    again = await browser.follow("GET", f"{host.url}/intake/ui/signon/start?next=/ui")
    assert 'id="kc-form-login"' in again.text


async def test_an_administrator_ends_a_session_by_the_back_channel(host: Host) -> None:
    identity = host.server.person("hugo", PASSWORD, "/caisses/931/technician")
    browser = Browser()
    assert (await host.sign_in(browser, "hugo")).status_code == 200
    known = host.session(browser)
    await asyncio.to_thread(host.server.close_sessions, identity)
    await until(lambda: host.guard._revoked(known.sid, identity, known.began), seconds=60)
    answer = await browser.ask("GET", f"{host.url}/intake/ui")
    assert (answer.status_code, answer.headers["location"]) == (303, "/intake/ui/sign-in?next=/ui")


async def test_a_front_end_has_a_client_of_its_own_and_keys_are_rotated(host: Host) -> None:
    secret = await asyncio.to_thread(host.server.client_secret, "frontend-931")
    form = {"grant_type": "client_credentials", "client_id": "frontend-931", "client_secret": secret}

    async def asked() -> dict[str, Any]:
        async with httpx.AsyncClient() as client:
            granted = await client.post(f"{host.server.issuer}/protocol/openid-connect/token", data=form)
            headers = {"Authorization": f"Bearer {granted.json()['access_token']}"}
            answer = await client.get(f"{host.url}/intake/ui", headers=headers)
            return dict(answer.json())

    expected = {"id": "frontend-931", "caisse": "931", "roles": ["frontend"]}
    assert await asked() == expected
    known = {key.kid for key in host.guard.provider._keys.keys}
    await asyncio.to_thread(host.server.rotate_keys)
    host.guard.provider._keys_at -= 11
    assert await asked() == expected
    assert {key.kid for key in host.guard.provider._keys.keys} - known
