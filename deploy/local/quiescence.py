"""When has a running platform nothing left to do? Outboxes empty, every group at the end of its topics, day's work
done.

Used by the demonstration and by test harnesses instead of sleeping. What a group consumes is asked of the services
themselves (``/asyncapi.json``), so that a new subscription is waited for without a word here.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

import httpx
import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

UNSENT = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"
PARKED = "SELECT count(*) FROM parked WHERE state IN ('parked', 'behind', 'retry')"
PAUSE = 0.02  # seconds between the first looks; then they grow rarer, so that watching costs the platform little
LONGEST_PAUSE = 0.12

Offsets = Mapping[TopicPartition, int]


class NotQuiescent(TimeoutError):
    """The platform still had work after the time allowed; the message says which."""


@dataclass(frozen=True)
class Observation:
    """What one look found: unsent events by service, records behind by group, and other work by name."""

    unsent: Mapping[str, int]
    behind: Mapping[str, int]
    other: Mapping[str, int]
    moved: bool

    @property
    def at_rest(self) -> bool:
        """Whether nothing is unsent, behind, waiting or still arriving."""
        return not (self.moved or any(self.unsent.values()) or any(self.behind.values()) or any(self.other.values()))

    def __str__(self) -> str:
        left = [f"{name}: {count} unsent" for name, count in self.unsent.items() if count]
        left += [f"{name}: {count} behind" for name, count in self.behind.items() if count]
        left += [f"{name}: {count}" for name, count in self.other.items() if count]
        return ", ".join(left) or ("records still arriving" if self.moved else "quiet")


async def _together(asked: Mapping[str, Awaitable[int]]) -> dict[str, int]:
    """Ask all at once: a look then takes as long as its slowest answer."""
    return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))


class Quiescence:
    """Watches one platform. ``databases`` are psycopg connection strings and ``urls`` base addresses, by service.

    ``work`` names further queries, ``{"letters.rendering": ("letters", "SELECT count(*) ...")}``, each zero at rest.
    """

    def __init__(
        self,
        bootstrap: str,
        databases: Mapping[str, str],
        urls: Mapping[str, str],
        work: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._conninfo = dict(databases)
        self._urls = dict(urls)
        self._work = dict(work or {})
        self._connections: dict[str, psycopg.AsyncConnection[Any]] = {}
        self._groups: dict[str, list[TopicPartition]] = {}
        self._topics: list[TopicPartition] = []
        self._coordinators: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        for service, conninfo in self._conninfo.items():
            self._connections[service] = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await asyncio.gather(self._consumer.start(), self._admin.start())
        await self._learn_groups()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(self._consumer.stop(), self._admin.close())
        for connection in self._connections.values():
            await connection.close()

    async def _learn_groups(self) -> None:
        """Each service's groups from its own documentation: group ``<service>.<topic>``, all partitions of the
        topic."""
        async with httpx.AsyncClient(timeout=10) as client:
            for service, url in self._urls.items():
                described = (await client.get(f"{url}/asyncapi.json")).raise_for_status().json()
                channels = described.get("channels", {})
                for operation in described.get("operations", {}).values():
                    if operation["action"] == "receive":
                        reference = operation["channel"]["$ref"].rpartition("/")[2]
                        topic = channels[unquote(reference).replace("~1", "/")]["address"]
                        partitions = self._consumer.partitions_for_topic(topic) or await self._partitions(topic)
                        group = f"{service}.{topic}"
                        self._groups[group] = [TopicPartition(topic, number) for number in sorted(partitions)]
        self._topics = sorted({partition for partitions in self._groups.values() for partition in partitions})

    async def _partitions(self, topic: str) -> set[int]:
        described = await self._admin.describe_topics([topic])
        return {partition["partition"] for partition in described[0]["partitions"]}

    async def look(self) -> Observation:
        """Look once, the cheap way first: while a database has unsent events or other work, the broker is not asked.

        The order matters: first how far the topics reach, then how far the groups came (what they did is committed
        with the events it gave), then the outboxes, and whether the topics reach further by now.
        """
        unsent, other = await asyncio.gather(self._unsent(), self._other())
        if any(unsent.values()) or any(other.values()):
            return Observation(unsent, {}, other, moved=False)
        before: Offsets = await self._consumer.end_offsets(self._topics)
        behind = await _together({group: self._behind(group, before) for group in self._groups})
        if any(behind.values()):
            return Observation(unsent, behind, other, moved=False)
        other, unsent = await asyncio.gather(self._other(), self._unsent())
        after: Offsets = await self._consumer.end_offsets(self._topics)
        return Observation(unsent, behind, other, moved=before != after)

    async def _unsent(self) -> dict[str, int]:
        return await _together({service: self._count(service, UNSENT) for service in self._connections})

    async def _other(self) -> dict[str, int]:
        return await _together({name: self._count(service, query) for name, (service, query) in self._work.items()})

    async def _behind(self, group: str, ends: Offsets) -> int:
        if group not in self._coordinators:
            self._coordinators[group] = await self._admin.find_coordinator(group)
        committed = await self._admin.list_consumer_group_offsets(group, self._coordinators[group])
        behind = 0
        for partition in self._groups[group]:
            known = committed.get(partition)
            behind += max(0, ends[partition] - (max(known.offset, 0) if known is not None else 0))
        return behind

    async def _count(self, service: str, query: str) -> int:
        cursor = await self._connections[service].execute(query.encode())
        row = await cursor.fetchone()
        return row[0] if row else 0

    async def ticked(self) -> dt.date | None:
        """The day for which the clocks have told all there was to tell."""
        cursor = await self._connections["decision"].execute("SELECT min(day) FROM ticks")
        row = await cursor.fetchone()
        return row[0] if row else None

    async def parked(self) -> dict[str, int]:
        """Messages that wait for an operator, by service: nothing moves them by itself, so they do not count as
        work."""
        return {service: await self._count(service, PARKED) for service in self._connections}

    async def wait(self, within: float = 60.0, until: Callable[[], Awaitable[bool]] | None = None) -> None:
        """Return when the platform is quiet (and ``until`` holds, looked at before). Raises NotQuiet."""
        deadline = time.monotonic() + within
        look, pause = None, PAUSE
        while time.monotonic() < deadline:
            if until is None or await until():
                look = await self.look()
                if look.at_rest:
                    return
            await asyncio.sleep(pause)
            pause = min(pause * 1.3, LONGEST_PAUSE)
        raise NotQuiescent(f"after {within:g} s: {look or 'the awaited condition does not hold'}")
