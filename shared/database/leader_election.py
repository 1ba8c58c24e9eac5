"""One active instance per database: a session advisory lock on a connection of its own, which also listens.

If the leader's connection dies, PostgreSQL frees the lock and another instance leads at once. The leader does all its
reading and writing on that same connection, so an instance that lost the lock can no longer act.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import psycopg
from psycopg import AsyncConnection

from shared import clock
from shared.database.advisory_lock import LOCK_SPACE, lock_number
from shared.observability.logs import logger
from shared.settings import Settings

log = logger("leader_election")

# A leader cut off from the database must notice within seconds, and so must the server, which would keep its lock for
# hours: nobody would lead.
CONNECT: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "options": "-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3",
}


class WakeSignal:
    """Wakes the leader's work on a notification, or after a pause at the latest."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def wait(self, seconds: float) -> None:
        """Return at the first notification, or after ``seconds``. Several notifications at once count as one."""
        async for _ in self._connection.notifies(timeout=seconds, stop_after=1):
            pass

    async def wait_beyond(self, day: dt.date, seconds: float) -> None:
        """The same, and return at once when the process was moved, or is moved now, to another business day than
        ``day``."""
        moved, notified = clock.moved(), asyncio.ensure_future(self.wait(seconds))
        waits: set[asyncio.Future[None]] = {moved, notified}
        try:
            if clock.today() != day:
                return
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        for one in done:
            one.result()


class LeaderElection:
    """Runs ``work`` in at most one instance per database, for ever, until cancelled."""

    def __init__(self, settings: Settings, name: str, channels: Sequence[str] = ()) -> None:
        self._settings = settings
        self._name = name
        self._channels = tuple(channels)

    async def run(self, work: Callable[[AsyncConnection, WakeSignal], Awaitable[None]]) -> None:
        """Wait for the lock, then do ``work`` with the locked connection; start over when the connection is lost."""
        pause = 0.1
        while True:
            try:
                async with await AsyncConnection.connect(
                    self._settings.conninfo(), autocommit=True, **CONNECT
                ) as connection:
                    await connection.execute("SELECT pg_advisory_lock(%s, %s)", (LOCK_SPACE, lock_number(self._name)))
                    for channel in self._channels:
                        await connection.execute(f"LISTEN {channel}".encode())
                    pause = 0.1
                    log.info("leading", task=self._name)
                    await work(connection, WakeSignal(connection))
            except (psycopg.Error, OSError) as error:
                log.warning("leadership_lost", task=self._name, error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
