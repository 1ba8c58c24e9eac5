"""Who is served when more ask than can be: the others are told at once, and a person at a counter is served all the
same."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from shared.database.unit_of_work import Database
from shared.http import admission
from shared.http.admission import LARGEST_BODY, LONGEST_WAIT_SECONDS, UPLOADS, AdmissionControl
from shared.http.middleware import RequestTelemetry
from shared.http.patience import request_patience
from shared.http.problems import Problem
from shared.observability import metrics

FILE = "/applications/018f3c2e-7a51-7c3e-9d2a-1b2c3d4e5f60"
SERVED_SECONDS = 0.05


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    """An application whose every answer takes a while, once the body is read."""
    while (await receive()).get("more_body"):
        pass
    await asyncio.sleep(SERVED_SECONDS)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})


def client(uploads: int = 0) -> httpx.AsyncClient:
    app = AdmissionControl(slow, pool=10, has_background=False, uploads=uploads)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test", timeout=30)


async def test_more_than_can_be_served_are_told_at_once() -> None:
    async with client() as asked:
        began = time.monotonic()
        answers = await asyncio.gather(*(asked.post("/applications", json={}) for _ in range(400)))
        took = time.monotonic() - began
    counts = Counter(answer.status_code for answer in answers)
    assert set(counts) == {200, 503}
    assert 7 <= counts[200] <= 7 * (1 + LONGEST_WAIT_SECONDS / SERVED_SECONDS) + 7
    assert took < 2
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("overloaded", "1")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["correlation_id"] == refused.headers["x-correlation-id"]


async def test_health_sign_in_and_reads_of_one_file_keep_their_share() -> None:
    async with client() as asked:
        crowd = [asyncio.create_task(asked.post("/applications", json={})) for _ in range(200)]
        await asyncio.sleep(0.01)
        assert (await asked.get("/applications")).status_code == 503
        for path in ("/ready", "/live", "/metrics", "/ui/sign-in", FILE, f"/v1{FILE}/status"):
            assert (await asked.get(path)).status_code == 200, path
        await asyncio.gather(*crowd)
        assert (await asked.get("/applications")).status_code == 200  # and when the crowd has gone, all are served


async def test_who_leaves_while_waiting_gives_the_place_back() -> None:
    async with client() as asked:
        for _ in range(5):
            crowd = [asyncio.create_task(asked.post("/applications", json={})) for _ in range(30)]
            await asyncio.sleep(0.02)
            for task in crowd:
                task.cancel()
            await asyncio.gather(*crowd, return_exceptions=True)
        answers = await asyncio.gather(*(asked.post("/applications", json={}) for _ in range(7)))
    assert {answer.status_code for answer in answers} == {200}


async def endless(part: bytes) -> AsyncIterator[bytes]:
    while True:
        yield part


@pytest.mark.parametrize("path", ["/applications", "/pairs", FILE, "/ui/sign-in", "/nowhere"])
async def test_a_body_has_an_end_on_every_route(path: str) -> None:
    async with client(uploads=2 * LARGEST_BODY) as asked:
        large = b"x" * (LARGEST_BODY + 1)
        assert (await asked.post(path, content=large)).status_code == 413
        form = {"content-type": "multipart/form-data; boundary=x"}
        assert (await asked.post(path, content=large, headers=form)).status_code == 200
        assert (await asked.post(path, content=large * 2, headers=form)).status_code == 413
    async with client() as asked:  # a service that takes no files
        assert (await asked.post(path, content=large, headers=form)).status_code == 413


async def test_a_file_that_hardly_comes_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four senders who stop in the middle would keep everybody else's files out."""
    monkeypatch.setattr(admission, "BODY_SECONDS", 0.2)
    form = {"content-type": "multipart/form-data; boundary=x"}
    over = asyncio.Event()

    async def stops() -> AsyncIterator[bytes]:
        yield b"--x"
        await over.wait()

    async with client(uploads=LARGEST_BODY) as asked:
        stuck = [asyncio.create_task(asked.post("/papers", content=stops(), headers=form)) for _ in range(UPLOADS)]
        await asyncio.sleep(0.05)
        assert (await asked.post("/papers", content=b"--x--", headers=form)).status_code in (200, 503)
        async with asyncio.timeout(10):
            assert {answer.status_code for answer in await asyncio.gather(*stuck)} <= {
                408,
                500,
            }  # this bare application turns no exception into an answer
        assert (await asked.post("/papers", content=b"--x--", headers=form)).status_code == 200
    over.set()


async def test_a_file_that_comes_slowly_but_steadily_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "BODY_SECONDS", 0.2)

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 2_000
            await asyncio.sleep(0.05)

    form = {"content-type": "multipart/form-data; boundary=x"}
    async with client(uploads=LARGEST_BODY) as asked:
        assert (await asked.post("/papers", content=slowly(), headers=form)).status_code == 200


async def test_a_made_up_method_makes_no_series() -> None:
    app = RequestTelemetry(slow)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as asked:
        for number in range(20):
            await asked.request(f"MADE{number}", "/")
    methods = {sample.labels["method"] for metric in metrics.http_seconds.collect() for sample in metric.samples}
    assert methods <= metrics.METHODS | {"other"}


async def test_a_request_does_not_wait_for_a_connection_that_is_not_free(database: Database) -> None:
    alone = Database(database.settings, pool_size=1)
    try:
        async with alone.unit():
            patience = request_patience.set(0.1)
            began = time.monotonic()
            with pytest.raises(Problem) as told:
                async with alone.unit():
                    pytest.fail("there was no connection")
            request_patience.reset(patience)
            assert (told.value.status, told.value.code) == (503, "overloaded")
            assert time.monotonic() - began < 1
        async with alone.unit() as unit:  # and the pool is as it was
            assert unit is not None
    finally:
        await alone.close()
