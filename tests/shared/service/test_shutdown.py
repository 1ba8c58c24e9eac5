"""A process that is told to end ends, although a library lost a cancellation or its broker says nothing more."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from deploy.embedded.kafka import EmbeddedKafka
from shared.messaging import topics
from shared.messaging.kafka_client import GRACE_SECONDS
from shared.observability import logs
from shared.service import shutdown
from shared.service.app import CLOSE_SECONDS, create_app
from shared.service.runtime import Runtime
from shared.settings import Settings
from tests import servers
from tests.shared.service.test_service import SERVICE, serving

FOR_EVER = 3600.0


async def deaf(times: int) -> None:
    """Lose as many cancellations, as ``asyncio.wait_for`` of Python 3.11 now and then loses one."""
    for _ in range(times):
        try:
            await asyncio.sleep(FOR_EVER)
        except asyncio.CancelledError:
            continue
    await asyncio.sleep(FOR_EVER)


async def begun(times: int) -> asyncio.Task[None]:
    task = asyncio.create_task(deaf(times), name="deaf")
    await asyncio.sleep(0)
    return task


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutdown, "ASK_AGAIN_SECONDS", 0.01)
    # One that wrote for an earlier test of this process keeps that test's way out, and nothing would be heard here.
    monkeypatch.setattr(shutdown, "log", logs.logger("shutdown"))


async def test_a_lost_cancellation_is_asked_again() -> None:
    task = await begun(3)
    with structlog.testing.capture_logs() as said:
        await shutdown.cancel_tasks([task], within=30)
    assert task.cancelled()
    assert said == []


async def test_what_never_ends_is_named_and_left() -> None:
    task = await begun(100_000)
    try:
        with structlog.testing.capture_logs() as said:
            await shutdown.cancel_tasks([task], within=0.05)
        assert not task.done()
        assert [(line["event"], line["task"]) for line in said] == [("still_running", "deaf")]
        await shutdown.cancel_tasks([task], within=0.0)
    finally:
        task.get_coro().close()  # or a failure here would hold up the whole run


async def test_a_step_that_lasts_or_fails_lets_the_next_follow() -> None:
    async def fails() -> None:
        raise ConnectionError("the line is gone")

    with structlog.testing.capture_logs() as said:
        await shutdown.close_within("lasting", deaf(0), within=0.05)
        await shutdown.close_within("failing", fails(), within=5)
        await shutdown.close_within("good", asyncio.sleep(0), within=5)
    assert [(line["event"], line["step"]) for line in said] == [
        ("closing_lasts", "lasting"),
        ("closing_failed", "failing"),
    ]


async def test_a_service_ends_although_its_work_lost_a_cancellation(settings: Settings) -> None:
    begun = asyncio.Event()

    async def stubborn(_: Runtime) -> None:
        begun.set()
        await deaf(1)

    app = create_app(replace(SERVICE, background=(stubborn,)), settings)
    async with asyncio.timeout(60), app.router.lifespan_context(app):
        await begun.wait()


async def test_a_service_ends_beside_a_broker_that_says_nothing_more(settings: Settings, scratch: Path) -> None:
    """Stopped, not killed: its connections stay open and no answer ever comes."""
    broker = EmbeddedKafka(scratch / "silent", libraries=servers.LIBRARIES, say=lambda _: None)
    broker.start()
    try:
        await topics.create(broker.address)
        async with serving(settings.model_copy(update={"kafka_bootstrap_servers": broker.address})) as client:
            assert (await client.get("/ready")).status_code == 200
            os.kill(broker.pid, signal.SIGSTOP)
            began = time.monotonic()
        assert time.monotonic() - began < 2 * GRACE_SECONDS + 3 * CLOSE_SECONDS
    finally:
        broker.kill()
