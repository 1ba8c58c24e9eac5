"""One host for several services: paths handed on whole, bodies streamed, what is inside kept inside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local.front import create_front
from deploy.processes import free_port
from tests.waiting import until


async def echo(request: Request) -> Response:
    body = await request.body()
    told = {
        "path": request.scope["raw_path"].decode(),
        "query": request.url.query,
        "size": len(body),
        "host": request.headers["host"],
        "proto": request.headers.get("x-forwarded-proto"),
        "method": request.method,
        "cookie": request.headers.get("cookie"),
    }
    response = JSONResponse(told, 201)
    response.headers.append("set-cookie", "a=1")
    response.headers.append("set-cookie", "b=2")
    return response


@pytest.fixture
async def front() -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    routes = [Route("/{path:path}", echo, methods=["GET", "POST", "DELETE"])]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=port, log_level="error"))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    app = create_front({"intake": f"http://127.0.0.1:{port}", "dedup": f"http://127.0.0.1:{free_port()}"})
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk")
    async with app.router.lifespan_context(app), client:
        yield client
    server.should_exit = True
    await serving


async def test_a_request_arrives_as_it_was_sent(front: httpx.AsyncClient) -> None:
    answer = await front.post("/intake/applications/a%2Fb?x=1&y=%20", content=b"0" * 3_000_000)
    assert answer.status_code == 201
    assert answer.json() == {
        "path": "/intake/applications/a%2Fb",
        "query": "x=1&y=%20",
        "size": 3_000_000,
        "host": "desk",
        "proto": "http",
        "cookie": None,
        "method": "POST",
    }
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("path", ["/intake/metrics", "/intake/live", "/intake/live/", "/elsewhere/ui", "/favicon.ico"])
async def test_what_is_inside_stays_inside(front: httpx.AsyncClient, path: str) -> None:
    assert (await front.get(path)).status_code == 404


async def test_the_host_leads_to_the_first_page(front: httpx.AsyncClient) -> None:
    assert (await front.get("/")).headers["location"] == "/intake/ui/home"
    assert (await front.get("/intake")).headers["location"] == "/intake/ui"
    assert (await front.get("/docs")).headers["location"] == "/intake/ui/docs"


async def test_a_service_that_is_away_is_said_to_be_away(front: httpx.AsyncClient) -> None:
    answer = await front.get("/dedup/ui")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_the_cookies_of_one_person_do_not_travel_with_anothers_request(front: httpx.AsyncClient) -> None:
    assert (await front.get("/intake/ui")).headers.get_list("set-cookie") == ["a=1", "b=2"]
    front.cookies.clear()
    assert (await front.get("/intake/ui")).json()["cookie"] is None
    assert (await front.get("/intake/ui", headers={"Cookie": "mine=1"})).json()["cookie"] == "mine=1"
