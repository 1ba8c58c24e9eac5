"""Behind a proxy that serves five services under one host, each under its own prefix, every address still leads
home."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import httpx
import pytest
import sqlalchemy as sa
from fastapi import APIRouter, Depends, Response

from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.service.app import create_app
from shared.service.definition import Service
from shared.settings import Settings
from tests.forms import send_form
from tests.sessions import signed_in

HTML = {"accept": "text/html"}
PAGES = Path(__file__).parents[3] / "services"

router, pages = APIRouter(), APIRouter(include_in_schema=False)


@pages.get("/ui")
async def page_of_agents(principal: Annotated[Principal, Depends(require(Role.AGENT))]) -> dict[str, str]:
    return {"id": principal.id}


@router.post("/cases", status_code=202)
async def accepted(response: Response) -> None:
    response.headers["Location"] = "/cases/1"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(profile="test", service="intake", root_path="/intake", state_dir=tmp_path)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Service("intake", "Demandes", [router, pages], sa.MetaData()), settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://proxy") as made:
        yield made


async def test_a_stranger_signs_in_and_comes_back_to_the_page(client: httpx.AsyncClient, settings: Settings) -> None:
    refused = await client.get("/intake/ui", headers=HTML)
    assert (refused.status_code, refused.headers["location"]) == (303, "/intake/ui/sign-in?next=/ui")

    signed_in(client, settings, Role.AGENT, subject="agent-751-02")
    assert (await client.get("/intake/ui")).json() == {"id": "agent-751-02"}
    back = await client.get("/intake/ui/sign-in?next=/ui")
    assert (back.status_code, back.headers["location"]) == (303, "/intake/ui")

    left = await send_form(client, "/intake/ui/sign-out", {}, page="/intake/ui/accessibility")
    assert (left.status_code, left.headers["location"]) == (303, "/intake/ui/signed-out")
    [taken] = [one for one in left.headers.get_list("set-cookie") if one.startswith("ame_session=")]
    assert "Max-Age=0" in taken


async def test_every_link_of_the_layout_stays_under_the_prefix(client: httpx.AsyncClient) -> None:
    html = (await client.get("/intake/ui/sign-in")).text
    links = re.findall(r'(?:href|action|src)="(/[^"]*)"', html)
    assert "/intake/ui/static/base.css" in links
    assert [link for link in links if not link.startswith("/intake/")] == []
    assert (await client.get("/intake/ui/static/base.css")).headers["content-type"].startswith("text/css")


async def test_the_answer_that_names_a_place_names_it_as_the_caller_sees_it(client: httpx.AsyncClient) -> None:
    assert (await client.post("/intake/cases")).headers["location"] == "/intake/cases/1"


async def test_the_interface_lies_under_its_version_and_answers_without_it(client: httpx.AsyncClient) -> None:
    versioned = await client.post("/intake/v1/cases")
    assert (versioned.status_code, versioned.headers["location"]) == (202, "/intake/v1/cases/1")
    assert (await client.post("/v1/cases")).headers["location"] == "/intake/v1/cases/1"
    described = (await client.get("/intake/openapi.json")).json()
    assert [path for path in described["paths"] if path.endswith("/cases")] == ["/v1/cases"]


async def test_the_documentation_finds_its_description(client: httpx.AsyncClient) -> None:
    page = (await client.get("/intake/docs")).text
    assert "'/intake/openapi.json'" in page
    parts = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert len(parts) >= 3
    for part in parts:  # nothing of it comes from a server outside
        assert (part.startswith("/intake/"), (await client.get(part)).status_code) == (True, 200), part
    described = (await client.get("/intake/openapi.json")).json()
    assert described["servers"] == [{"url": "/intake"}]


@pytest.mark.parametrize("service", ["intake", "dedup", "decision", "letters", "reporting"])
async def test_a_path_of_its_own_that_begins_like_the_prefix_answers_with_and_without_it(
    service: str, tmp_path: Path
) -> None:
    """``/letters/kinds`` of letters is no page ``/kinds`` behind the prefix ``/letters``."""
    own = APIRouter(prefix=f"/{service}")

    @own.get("")
    @own.get("/kinds/{kind}")
    async def shown(kind: str = "all") -> str:
        return kind

    settings = Settings(profile="test", service=service, root_path=f"/{service}", state_dir=tmp_path)
    app = create_app(Service(service, "Essai", [own], sa.MetaData()), settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://proxy") as client:
        for prefix in ("", "/v1", f"/{service}", f"/{service}/v1"):
            answers = [await client.get(f"{prefix}/{service}{rest}") for rest in ("", "/kinds/refusal")]
            assert [answer.text for answer in answers] == ['"all"', '"refusal"'], prefix
        assert (await client.get(f"/{service}/live")).status_code == 200
        assert (await client.get("/ui/static/base.css")).status_code == 200
        missing = await client.get(f"/{service}/nothing")
        assert missing.status_code == 404


async def test_probes_inside_know_nothing_of_the_prefix(client: httpx.AsyncClient) -> None:
    assert (await client.get("/live")).status_code == 200
