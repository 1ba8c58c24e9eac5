"""A service and the provider of one machine under one host, both in this process."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import APIRouter, Depends, FastAPI, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from deploy.local.provider import LocalProvider
from shared.access.dependencies import current_principal, require
from shared.access.oidc import Provider
from shared.access.posts import Post
from shared.access.principal import Principal, Role
from shared.access.session_guard import SessionGuard
from shared.access.sessions import Seal, Session
from shared.access.tokens import TokenChecker
from shared.contract.reference_data import Revocation
from shared.messaging.reference_table import ReferenceTable
from shared.service.app import create_app
from shared.service.definition import Service
from shared.settings import Settings
from shared.web.pages import _environment as jinja
from shared.web.pages import page
from shared.web.sign_in import signed_in_as
from tests.waiting import PatientTransport

HOST = "http://127.0.0.1:8100"
HTML = {"accept": "text/html"}
NOTE = {"text": "Loyer payé jusqu'en mai, « reçu » vu & rendu", "kind": "b", "place": "2", "version": "7"}
TECHNICIAN = Post("751", frozenset({Role.TECHNICIAN}))
FORM = """{% extends "layout.html" %}{% block content %}
<form method="post" action="{{ base }}/ui/notes?step=2"><input type="hidden" name="form_token" value="{{ form_token }}">
<input type="hidden" name="version" value="8">
<label for="t">Texte</label><textarea id="t" name="text"></textarea>
<label><input type="radio" name="kind" value="a" checked> A</label>
<label><input type="radio" name="kind" value="b"> B</label>
<select name="place"><option value="1">Un</option><option value="2">Deux</option></select>
<input type="file" name="paper"><button name="act" value="send">Envoyer</button></form>{% endblock %}"""

router = APIRouter(include_in_schema=False)
pages: dict[str, Path] = {}


@router.get("/ui")
async def who(
    principal: Annotated[Principal, Depends(require(*Role))], state: str = "", q: str = "", x: str = ""
) -> dict[str, Any]:
    return {"id": principal.id, "caisse": principal.caisse, "roles": sorted(principal.roles)}


@router.get("/ui/notes")
async def note_form(request: Request, _: Annotated[Principal, Depends(current_principal)]) -> HTMLResponse:
    return page(request, pages["folder"], "note.html", title="Note")


@router.post("/ui/notes")
async def note(request: Request, text: Annotated[str, Form()], kind: Annotated[str, Form()]) -> Response:
    principal = signed_in_as(request, Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR)
    request.app.state.notes.append((principal.id, text, kind))
    return RedirectResponse("/ui", 303)


@router.get("/files")
async def files(principal: Annotated[Principal, Depends(require(Role.FRONTEND))]) -> dict[str, Any]:
    return {"id": principal.id, "caisse": principal.caisse}


@dataclass
class Site:
    """One host: ``client`` is a browser; what is not the provider's is the service's, under ``/intake``."""

    app: FastAPI
    provider: LocalProvider
    client: httpx.AsyncClient
    settings: Settings
    transport: httpx.AsyncBaseTransport
    down: list[bool] = field(default_factory=lambda: [False])

    async def at_provider(self, path: str = "/ui", **more: Any) -> httpx.Response:
        """Ask for a page as a stranger, and be sent to the page of the provider."""
        asked = await self.client.get(f"/intake{path}", headers=HTML, **more)
        assert asked.status_code == 303, asked.text
        sent = await self.client.get(asked.headers["location"], headers=HTML)
        assert sent.status_code == 303, sent.text
        assert sent.headers["location"].startswith(f"{HOST}/provider/authorize?")
        return await self.client.get(sent.headers["location"])

    async def back(self, shown: httpx.Response, person: str) -> str:
        """Choose a person on the provider's page; the address that leads back."""
        links = [unescape(link) for link in re.findall(r'href="([^"]+)"', shown.text)]
        [choice] = [link for link in links if link.endswith(f"person={person}")]
        chosen = await self.client.get(choice)
        return chosen.headers["location"]

    async def sign_in(self, person: str = "agent-751-02", path: str = "/ui") -> httpx.Response:
        """All the way: the answer of the callback."""
        return await self.client.get(await self.back(await self.at_provider(path), person), headers=HTML)

    def deny(self, **record: Any) -> None:
        """Put a record on the deny list that the service reads."""
        now = dt.datetime.now(dt.UTC)
        revocation = Revocation(revoked_at=now, forgotten_at=now + dt.timedelta(hours=1), **record)
        self.app.state.session_guard._revoked = ReferenceTable.of(self.settings, [revocation]).revoked


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """The host, with the provider up."""
    pages["folder"] = tmp_path
    jinja.cache_clear()
    (tmp_path / "note.html").write_text(FORM)
    settings = Settings(
        profile="test",
        service="intake",
        root_path="/intake",
        state_dir=tmp_path,
        oidc_issuer=f"{HOST}/provider",
        oidc_client_secret="the secret of this machine",
    )
    provider = LocalProvider(
        settings.oidc_issuer, settings.oidc_client_id, "the secret of this machine", tmp_path / "provider"
    )
    app = create_app(Service("intake", "Demandes", [router], sa.MetaData()), settings)
    app.state.notes = []
    identity, down = Starlette(routes=provider.routes()), [False]

    async def host(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/provider") and down[0]:
            raise httpx.ConnectError("the provider is down")
        await (identity if scope["path"].startswith("/provider") else app)(scope, receive, send)

    transport = PatientTransport(host)
    client = Provider(settings, transport)
    app.state.session_guard = SessionGuard(settings, client, lambda token, subject, issued_at: False)
    app.state.tokens = TokenChecker(settings, provider=client)
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as browser:
        yield Site(app, provider, browser, settings, transport, down)
    await client.close()


def give(site: Site, session: Session) -> None:
    """Put the cookie of this session into the browser."""
    site.client.cookies.set("ame_session", session.sealed(Seal(site.settings)), domain="127.0.0.1")
