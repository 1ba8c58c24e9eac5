"""What every answer tells a browser: guess no type, keep nothing, load nothing of others, be in nobody's frame."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from fastapi import APIRouter, Response

from shared.service.app import create_app
from shared.service.definition import Service
from shared.settings import Settings
from shared.web.pages import HEADERS

router = APIRouter()


@router.get("/cases")
async def listed() -> dict[str, str]:
    return {}


@router.get("/lasting")
async def lasting() -> Response:
    return Response("x", headers={"Cache-Control": "max-age=60"})


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(profile="test", service="intake", state_dir=tmp_path)
    app = create_app(Service("intake", "Demandes", [router], sa.MetaData()), settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as made:
        yield made


@pytest.mark.parametrize("path", ["/cases", "/nowhere", "/live", "/openapi.json"])
async def test_no_answer_is_guessed_or_kept(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


async def test_what_says_how_long_it_lasts_may_be_kept(client: httpx.AsyncClient) -> None:
    assert (await client.get("/lasting")).headers.get_list("cache-control") == ["max-age=60"]


async def test_no_other_site_may_read_an_answer(client: httpx.AsyncClient) -> None:
    for method in ("GET", "OPTIONS"):
        answer = await client.request(method, "/cases", headers={"Origin": "https://elsewhere.example"})
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_page_loads_nothing_of_others_and_is_in_nobodys_frame() -> None:
    policy = dict(part.strip().split(" ", 1) for part in HEADERS["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'self'",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'self'",
        "base-uri": "'none'",
    }
    assert HEADERS["Referrer-Policy"] == "same-origin"
    assert (HEADERS["X-Content-Type-Options"], HEADERS["Cache-Control"]) == ("nosniff", "no-store")
