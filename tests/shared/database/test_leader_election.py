"""What a leader waits for: a notification, the time it allows itself, or another day."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest
from psycopg import AsyncConnection

from shared import clock
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.settings import Settings

DAY = dt.date(2008, 4, 15)
SOON, NEVER = 10.0, 600.0


@pytest.fixture(autouse=True)
def moved_clock() -> Iterator[None]:
    clock.set_day(DAY)
    yield
    clock.set_day(None)


async def waits(settings: Settings, acts: Callable[[], Awaitable[None]]) -> float:
    """Seconds that a leader waited beyond ``DAY`` while ``acts`` happened."""
    took = asyncio.get_running_loop().create_future()
    ready = asyncio.Event()

    async def work(_: AsyncConnection, wake: WakeSignal) -> None:
        ready.set()
        began = time.monotonic()
        await wake.wait_beyond(DAY, NEVER)
        took.set_result(time.monotonic() - began)
        await asyncio.Event().wait()

    leading = asyncio.create_task(LeaderElection(settings, "test", ["test_channel"]).run(work))
    try:
        await ready.wait()
        await acts()
        return await asyncio.wait_for(took, SOON)
    finally:
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)


async def test_a_day_that_comes_while_it_waits_wakes_it(settings: Settings) -> None:
    async def acts() -> None:
        clock.set_day(DAY + dt.timedelta(days=1))

    assert await waits(settings, acts) < SOON


async def test_a_day_that_came_before_it_waits_is_not_missed(settings: Settings) -> None:
    clock.set_day(DAY + dt.timedelta(days=1))

    async def acts() -> None:
        return None

    assert await waits(settings, acts) < SOON


async def test_a_notification_wakes_it_on_the_same_day(settings: Settings) -> None:
    async def acts() -> None:
        async with await AsyncConnection.connect(settings.conninfo(), autocommit=True) as other:
            await other.execute("NOTIFY test_channel")

    assert await waits(settings, acts) < SOON


async def test_who_waits_no_more_leaves_nothing_behind(settings: Settings) -> None:
    waiting = len(clock._waiting)
    await test_a_day_that_comes_while_it_waits_wakes_it(settings)
    await asyncio.sleep(0)
    assert len(clock._waiting) == waiting
