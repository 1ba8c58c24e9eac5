"""One host for the five services: each request goes to the service whose name its path begins with.

What the proxy does in containers (`deploy/proxy/nginx.conf`), for a machine without one: paths are handed on whole, the
figures of the inside stay inside, bodies stream in both directions. The identity provider of this machine has its
pages here too, under `/provider`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from deploy.local.provider import LocalProvider

INSIDE = ("metrics", "live")
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host"}
)
PATIENCE = httpx.Timeout(60.0, connect=3.0)
CONNECTIONS = httpx.Limits(max_connections=200, max_keepalive_connections=50)


def no_cookies() -> CookieJar:
    """A jar that stays empty: what is one person's must not travel with the next request, which is another's."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


def create_front(services: dict[str, str], provider: LocalProvider | None = None) -> Starlette:
    """The application that joins services, given by name and address, under one host, with or without a provider."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(
            timeout=PATIENCE, limits=CONNECTIONS, follow_redirects=False, cookies=no_cookies()
        ) as client:
            app.state.client = client
            yield

    async def home(_: Request) -> Response:
        return RedirectResponse("/intake/ui/home", 303)

    async def documentation(_: Request) -> Response:
        return RedirectResponse("/intake/ui/docs", 308)

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def hand_on(request: Request) -> Response:
        service, _, rest = request.url.path.removeprefix("/").partition("/")
        if service not in services or rest.rstrip("/") in INSIDE:
            return Response(status_code=404)
        if not rest:
            return RedirectResponse(f"/{service}/ui", 308)
        return await _forward(request, request.app.state.client, services[service])

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    routes = [
        Route("/", home),
        Route("/docs", documentation),
        Route("/ready", live),
        *(provider.routes() if provider else []),
    ]
    routes.append(Route("/{path:path}", hand_on, methods=methods))
    return Starlette(routes=routes, lifespan=lifespan)


async def _forward(request: Request, client: httpx.AsyncClient, address: str) -> Response:
    headers = [(name, value) for name, value in request.headers.raw if name.decode("latin-1") not in HOP_BY_HOP]
    headers += [(b"host", request.headers.get("host", "").encode("latin-1")), (b"x-forwarded-proto", b"http")]
    target = httpx.URL(address).copy_with(raw_path=request.scope["raw_path"] + _query(request))
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    sent = client.build_request(request.method, target, headers=headers, content=request.stream() if has_body else None)
    try:
        answer = await client.send(sent, stream=True)
    except ClientDisconnect:
        return Response(status_code=400)
    except httpx.HTTPError:
        return Response("Service momentanément indisponible.", 503, headers={"Retry-After": "5"})
    response = StreamingResponse(answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose))
    response.raw_headers = [(name, value) for name, value in answer.headers.raw if name.lower() not in _HOPS]
    return response


def _query(request: Request) -> bytes:
    query: bytes = request.scope["query_string"]
    return b"?" + query if query else b""


_HOPS = frozenset(name.encode() for name in HOP_BY_HOP)


def main() -> None:
    """Serve the front of the platform described in the environment (`AME_FRONT_SERVICES`, name=address each)."""
    services = dict(part.split("=", 1) for part in os.environ["AME_FRONT_SERVICES"].split())
    port = int(os.environ["AME_HTTP_PORT"])
    uvicorn.run(
        create_front(services, _provider(services)),
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
    )


def _provider(services: dict[str, str]) -> LocalProvider | None:
    """The provider of this machine, unless the environment names another."""
    issuer = os.environ.get("AME_OIDC_ISSUER", "")
    if not issuer.endswith(f":{os.environ['AME_HTTP_PORT']}/provider"):
        return None
    name, address = next(iter(services.items()))
    return LocalProvider(
        issuer,
        os.environ.get("AME_OIDC_CLIENT_ID", "base-commune"),
        os.environ["AME_OIDC_CLIENT_SECRET"],
        Path(os.environ["AME_STATE_DIR"]) / "keys",
        logout_url=f"{address}/{name}/signon/backchannel-logout",
    )


if __name__ == "__main__":
    main()
