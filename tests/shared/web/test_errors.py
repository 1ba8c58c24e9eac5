"""A problem on a page is a page; for a program it stays a problem document."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Annotated

import httpx
import pytest
import sqlalchemy as sa
from fastapi import APIRouter, Depends

from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.http.problems import Problem, not_found
from shared.service.app import create_app
from shared.service.definition import Service
from shared.settings import Settings
from shared.web.errors import REMEDY
from tests.sessions import signed_in

HTML = {"accept": "text/html"}
router = APIRouter()


@router.get("/ui/gone")
async def gone() -> None:
    raise not_found()


@router.get("/ui/changed")
async def changed() -> None:
    raise Problem(412, "stale_version", "Version 2 présentée, version 3 en cours.")


@router.get("/ui/broken")
async def broken() -> None:
    raise RuntimeError("the name of a person must not be shown: KEITA")


@router.get("/ui/answered/{status}")
async def answered(status: int) -> None:
    raise Problem(status, "a_code", "Ce qui s'est passé, en mots.")


@router.get("/ui/numbered")
async def numbered(count: int) -> None:
    """Takes a number."""


@router.get("/ui/reserved")
async def reserved(_: Annotated[Principal, Depends(require(Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR))]) -> None:
    """Not for everybody."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(profile="test", service="intake", root_path="/intake", state_dir=tmp_path)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Service("intake", "Demandes", [router], sa.MetaData()), settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://host") as made:
        yield made


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/ui/gone", 404, "Page introuvable"),
        ("/ui/nowhere", 404, "Page introuvable"),
        ("/ui/changed", 412, "Le dossier a changé"),
        ("/ui/numbered?count=x", 422, "Des points sont à corriger"),
        ("/ui/broken", 500, "La page n&#39;a pas pu être affichée"),
    ],
)
async def test_a_person_reads_what_happened_and_finds_a_way_back(
    client: httpx.AsyncClient, path: str, status: int, title: str
) -> None:
    answer = await client.get(f"/intake{path}", headers=HTML)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f"<h1>{title}</h1>" in answer.text
    assert "Revenir à l'accueil" in answer.text
    assert "KEITA" not in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 428, 429, 500, 502, 503])
async def test_every_code_is_a_page_that_says_what_happened_and_what_to_do(
    client: httpx.AsyncClient, settings: Settings, status: int
) -> None:
    signed_in(client, settings, Role.AGENT)
    answer = await client.get(f"/intake/ui/answered/{status}", headers=HTML)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert answer.text.count("<h1>") == 1
    assert "Ce qui s&#39;est passé, en mots." in answer.text
    assert "Revenir à l'accueil" in answer.text
    assert (REMEDY.get(status, "Revenez en arrière") in unescape(answer.text)) is True
    assert ("donnez cet identifiant" in unescape(answer.text)) is (status >= 500)
    assert "a_code" not in answer.text


@pytest.mark.parametrize("role", [Role.AGENT, Role.FRONTEND, Role.OPERATOR])
async def test_who_may_not_is_told_in_words_who_may(client: httpx.AsyncClient, settings: Settings, role: Role) -> None:
    """Not by the names that roles have in tokens."""
    signed_in(client, settings, role)
    shown = (await client.get("/intake/ui/reserved", headers=HTML)).text
    assert "<h1>Cette page n&#39;est pas pour votre poste</h1>" in shown
    [said] = re.findall(r"Rôles admis : ([^<]*)\.", shown)
    assert said == "technique, supervision, audit"


async def test_a_method_that_no_page_takes_is_a_page(client: httpx.AsyncClient, settings: Settings) -> None:
    """The address of a form, opened by itself."""
    signed_in(client, settings, Role.AGENT)
    answer = await client.get("/intake/ui/sign-out", headers=HTML)
    assert (answer.status_code, "Cette adresse ne se lit pas ainsi" in answer.text) == (405, True)


async def test_a_program_gets_the_document(client: httpx.AsyncClient) -> None:
    answer = await client.get("/intake/ui/gone")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_stranger_comes_back_to_the_page_with_its_choices(client: httpx.AsyncClient) -> None:
    answer = await client.get("/intake/ui/components?part=1", headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/intake/ui/sign-in?next=/ui/components%3Fpart%3D1"


@pytest.mark.parametrize("role", Role)
async def test_every_component_is_drawn_for_every_role(
    client: httpx.AsyncClient, settings: Settings, role: Role
) -> None:
    signed_in(client, settings, role)
    answer = await client.get("/intake/ui/components", headers=HTML)
    assert (answer.status_code, answer.text.count("<h1>")) == (200, 1)


async def test_the_way_home_follows_the_role(client: httpx.AsyncClient, settings: Settings) -> None:
    signed_in(client, settings, Role.TECHNICIAN)
    assert (await client.get("/intake/ui/home")).headers["location"] == "../../decision/ui/work"
