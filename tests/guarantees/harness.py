"""A platform under test: started with several replicas, loaded through its public interfaces, waited for, and judged."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.local import Platform, Replica
from deploy.quiet import Quiet
from deploy.reference import records
from shared.access import Role, issue_token
from shared.reference import ReferenceWriter
from shared.settings import SERVICES, Settings
from tests.guarantees import history, invariants
from tests.guarantees.invariants import Verdict
from tests.load.applications import DAY

# API and worker roles apart, two workers where the work is: what an operations team would run.
REPLICAS = (
    Replica("intake", "api", "api"),
    Replica("intake", "worker", "0"),
    Replica("dedup", "api", "api"),
    Replica("dedup", "worker", "0"),
    Replica("dedup", "worker", "1"),
    Replica("decision", "api", "api"),
    Replica("decision", "worker", "0"),
    Replica("decision", "worker", "1"),
    Replica("letters", "all", "0"),
    Replica("reporting", "all", "0"),
)


@dataclass
class Trial:
    """One platform with its load and what was accepted (application id to number of members)."""

    platform: Platform
    accepted: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, caisse: str, role: Role = Role.FRONTEND) -> str:
        key = f"{role}/{caisse}"
        if key not in self.tokens:
            settings = Settings(profile="test", service="intake", state_dir=self.platform.state_folder)
            self.tokens[key] = issue_token(settings, role=role, caisse=caisse, subject=f"{role}-{caisse}")
        return self.tokens[key]

    @property
    def databases(self) -> dict[str, str]:
        return {service: self.platform.database(service) for service in SERVICES}

    async def set_day(self, day: str = DAY) -> None:
        """Publish the reference and move every process to ``day``."""
        async with ReferenceWriter(self.platform.bootstrap) as writer:
            await writer.put(records())
            await writer.set_business_date(dt.date.fromisoformat(day))

    async def post(self, bodies: Iterable[dict[str, Any]], *, at_once: int = 8) -> None:
        """Post every body until it is accepted, trying again as a patient front end does, with one idempotency key."""
        queue = list(bodies)[::-1]
        async with httpx.AsyncClient(base_url=self.platform.url("intake"), timeout=20) as client:

            async def work() -> None:
                while queue:
                    await self._post_one(client, queue.pop())

            await asyncio.gather(*(work() for _ in range(at_once)))

    async def _post_one(self, client: httpx.AsyncClient, body: dict[str, Any], patience: float = 180.0) -> None:
        headers = {"Authorization": f"Bearer {self.token(body['caisse'])}", "Idempotency-Key": f"key-{body['reference']}"}
        async with asyncio.timeout(patience):
            while True:
                try:
                    response = await client.post("/applications", json=body, headers=headers)
                except httpx.TransportError:
                    await asyncio.sleep(0.2)
                    continue
                if response.status_code == 202:
                    self.accepted[response.headers["Location"].rsplit("/", 1)[1]] = len(body["members"])
                    return
                if response.status_code < 500:
                    raise AssertionError(f"refused: {response.status_code} {response.text}")
                await asyncio.sleep(0.2)

    async def quiet(self, within: float = 180.0) -> None:
        """Wait until every process is ready and nobody has work left."""
        for replica in self.platform.replicas:
            await asyncio.to_thread(self.platform.process(replica.service, replica.role, replica.slot).wait_ready, 90)
        urls = {service: self.platform.url(service) for service in SERVICES}
        async with Quiet(self.platform.bootstrap, self.databases, urls) as watch:
            await watch.wait(within, pause=0.2)

    async def verdict(self) -> Verdict:
        """What the databases and topics say of everything that was accepted."""
        told = await history.read(self.platform.bootstrap)
        return await asyncio.to_thread(invariants.check, told, self.databases, self.accepted)


@asynccontextmanager
async def trial(
    folder: Path, *, replicas: Sequence[Replica] = REPLICAS, environment: dict[str, str] | None = None, **options: Any
) -> AsyncIterator[Trial]:
    """A fresh platform in ``folder``, on the day of the load, with its reference data."""
    platform = Platform(
        folder, replicas=replicas, profile="test", fresh=True, durable=False, say=lambda _: None,
        environment=environment or {}, **options,
    )  # fmt: skip
    await asyncio.to_thread(platform.start)
    try:
        made = Trial(platform)
        await made.set_day()
        yield made
    finally:
        await asyncio.to_thread(platform.stop)
