"""A form that changes something comes from a page of ours: no other site's, and none without this browser's token."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import httpx
import pytest
import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, Form
from fastapi.routing import APIRoute

from services.decision.app import SERVICE as DECISION
from services.dedup.app import SERVICE as DEDUP
from services.intake.app import SERVICE as INTAKE
from services.letters.app import SERVICE as LETTERS
from services.reporting.app import SERVICE as REPORTING
from shared.access.principal import Role
from shared.access.tokens import ensure_local_key
from shared.service.app import create_app
from shared.service.definition import Service
from shared.settings import Settings
from shared.web import sign_in
from tests.forms import form_token, send_form
from tests.sessions import signed_in

ROOT = Path(__file__).parents[3]
TEMPLATES = [*ROOT.glob("services/*/pages/*.html"), *ROOT.glob("shared/web/templates/*.html")]
SERVICES = (INTAKE, DEDUP, DECISION, LETTERS, REPORTING)
SECRET = "c61f0a7e9b7d4e0fb9a2"

router = APIRouter()


@router.post("/ui/notes", status_code=201)
async def note(text: Annotated[str, Form()]) -> dict[str, str]:
    return {"text": text}


@router.post("/notes", status_code=201)
async def note_by_program(text: Annotated[str, Form()]) -> dict[str, str]:
    return {"text": text}


def app_with(settings: Settings) -> FastAPI:
    app = create_app(Service("intake", "Demandes", [router], sa.MetaData()), settings)
    return app


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(profile="test", service="intake", state_dir=tmp_path)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app_with(settings))
    async with httpx.AsyncClient(transport=transport, base_url="https://caisse.example") as made:
        yield made


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Origin": "https://caisse.example"}, 201),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://caisse.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://caisse.example.evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_a_form_of_another_site_is_refused_even_with_the_token(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await send_form(client, "/ui/notes", {"text": "x"}, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "form_from_elsewhere"


async def test_a_form_without_this_browsers_token_is_refused(client: httpx.AsyncClient) -> None:
    mine = await form_token(client)
    for data in ({"text": "x"}, {"text": "x", "form_token": ""}, {"text": "x", "form_token": mine[:-1] + "é"}):
        refused = await client.post("/ui/notes", data=data)
        assert (refused.status_code, refused.json()["code"]) == (403, "form_token_wrong")
    client.cookies.clear()
    assert (await client.post("/ui/notes", data={"text": "x", "form_token": ""})).status_code == 403
    assert (await client.post("/ui/notes", data={"text": "x", "form_token": mine})).status_code == 403
    assert (await client.post("/notes", data={"text": "x"})).status_code == 201, "programs show a bearer token instead"


@pytest.mark.parametrize("charset", ["undefined", "punycode", "idna", "utf-7", "utf-16", "unicode_escape", '"UTF-7"'])
@pytest.mark.parametrize("path", ["/ui/notes", "/notes"])
async def test_a_form_in_another_encoding_is_refused_before_it_is_read(
    client: httpx.AsyncClient, path: str, charset: str
) -> None:
    """Python has codecs that raise, loop, or yield what UTF-8 cannot carry; a caller may name any of them."""
    body = b'--B\r\nContent-Disposition: form-data; name="text"\r\n\r\n+2AA-\xff\r\n--B--\r\n'
    kind = f"multipart/form-data; boundary=B; charset={charset}"
    answer = await client.post(path, content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "media_type")


async def test_a_form_may_say_that_it_is_utf_8(client: httpx.AsyncClient) -> None:
    body = '--B\r\nContent-Disposition: form-data; name="text"\r\n\r\nété\r\n--B--\r\n'.encode()
    kind = 'multipart/form-data; boundary=B; charset="UTF-8"'
    answer = await client.post("/notes", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["text"]) == (201, "été")


async def test_a_field_that_no_database_can_hold_is_refused_by_its_name(client: httpx.AsyncClient) -> None:
    answer = await send_form(client, "/ui/notes", {"text": "a\x00b"})
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], error["code"]) == (422, "/text", "control_character")


async def test_every_page_that_changes_something_in_the_five_services_is_guarded(tmp_path: Path) -> None:
    guarded = 0
    for service in SERVICES:
        settings = Settings(profile="test", service=service.name, state_dir=tmp_path / service.name)
        app = create_app(service, settings)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as browser:
            signed_in(browser, settings, Role.SUPERVISOR)
            for route in [route for part in (sign_in.router, *service.routers) for route in part.routes]:
                if isinstance(route, APIRoute) and route.path.startswith("/ui") and "POST" in (route.methods or ()):
                    path = re.sub(r"\{\w+\}", "00000000-0000-0000-0000-000000000000", route.path)
                    refused = await browser.post(path, data={"form_token": "made-up"})
                    assert (path, refused.status_code, refused.json()["code"]) == (path, 403, "form_token_wrong")
                    guarded += 1
        if service.on_stop:
            for hook in service.on_stop:
                if hook.__name__ == "unregister":
                    await hook(app.state.runtime)
    assert guarded >= 2 * len(SERVICES)


def test_every_form_of_every_template_holds_the_token() -> None:
    """Written out, or by the macro that every form component has."""
    token = '<input type="hidden" name="form_token" value="{{ form_token }}">'
    macros = ROOT / "shared/web/templates/components/forms.html"
    assert token in macros.read_text().partition("{% macro tokens(")[2].partition("{% endmacro %}")[0]
    for template in TEMPLATES:
        for form in re.findall(r'<form method="post".*?</form>', template.read_text(), re.S | re.I):
            assert token in form or "{{ tokens(" in form, template.name


@pytest.mark.parametrize(
    ("profile", "secure", "name"), [("test", False, "ame_form"), ("compose", True, "__Host-ame_form")]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_cookies_travel_over_tls_alone_whatever_the_proxy_says(
    tmp_path: Path, profile: str, secure: bool, name: str, scheme: str
) -> None:
    """Behind the proxy the service sees plain HTTP, yet the person's connection is TLS: the cookie must say so."""
    ensure_local_key(tmp_path)
    settings = Settings(
        profile=profile,
        service="intake",
        state_dir=tmp_path,
        jwks_file=tmp_path / "keys" / "jwks.json",
        database_password=SECRET,
    )
    transport = httpx.ASGITransport(app_with(settings))
    async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://caisse.example") as browser:
        shown = await browser.get("/ui/accessibility")
    given = shown.headers["set-cookie"]
    assert given.startswith(f"{name}=")
    assert ("; Secure" in given) is secure
    assert "HttpOnly" in given
    assert "SameSite=strict" in given
    assert "Domain" not in given
