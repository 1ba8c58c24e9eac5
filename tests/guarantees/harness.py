"""A platform under test: started with several replicas, loaded through its public interfaces, waited for, and
judged."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import json
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg

from deploy import processes
from deploy.embedded.kafka import Listener
from deploy.local.options import Replica
from deploy.local.platform import Platform
from deploy.local.quiescence import Quiescence
from deploy.local.supervisor import SupervisedProcess
from deploy.reference import records
from shared.access.principal import Role
from shared.access.tokens import issue_token
from shared.messaging.reference_table import ReferenceWriter
from shared.settings import SERVICES, Settings
from tests.guarantees import history, invariants
from tests.guarantees.invariants import Verdict
from tests.load.applications import DAY
from tests.proxy import Proxy

SEED = int(os.environ.get("GUARANTEES_SEED", "20080130"))
APPLICATIONS = int(os.environ.get("GUARANTEES_APPLICATIONS", "40"))  # of a test; the full profile has 2,000
PATIENCE = float(os.environ.get("GUARANTEES_PATIENCE", "240"))  # seconds for the slowest condition on a busy machine

WORK = {"letters.drawing": ("letters", "SELECT count(*) FROM documents WHERE next_attempt_at IS NOT NULL")}

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
THIRD = (Replica("dedup", "worker", "2"), Replica("decision", "worker", "2"))  # for the test in which they join


@dataclass
class Trial:
    """One platform, the proxies on its lines (to ``broker`` and ``database``), its day, and what it accepted (id to
    number of members)."""

    platform: Platform
    lines: dict[str, Proxy] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    day: str = DAY
    tokens: dict[str, str] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    mended: dict[UUID, str] = field(default_factory=dict)

    def token(self, caisse: str, role: Role = Role.FRONTEND, person: int = 0) -> str:
        """The token of one of the persons (or front ends) of a role at a caisse."""
        key = f"{role}-{caisse}" + (f"-{person}" if person else "")
        if key not in self.tokens:
            settings = Settings(profile="test", service="intake", state_dir=self.platform.state_folder)
            self.tokens[key] = issue_token(settings, role=role, caisse=caisse or None, subject=key)
        return self.tokens[key]

    @property
    def databases(self) -> dict[str, str]:
        return {service: self.platform.database(service) for service in SERVICES}

    @property
    def processes(self) -> list[SupervisedProcess]:
        """All processes that should run now."""
        every = [self.platform.process(one.service, one.role, one.slot) for one in self.platform.replicas]
        return [process for process in every if process.name not in self.absent]

    def of(self, service: str) -> list[SupervisedProcess]:
        """The processes of one service that should run now."""
        return [process for process in self.processes if process.name.partition("-")[0] == service]

    def stop(self, *processes: SupervisedProcess) -> None:
        """Stop processes in order; they stay away until they are started."""
        self.absent |= {process.name for process in processes}
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda process: process.stop(), processes))

    def start(self, *processes: SupervisedProcess) -> None:
        for process in processes:
            process.start()
        self.absent -= {process.name for process in processes}

    def rows(self, service: str, query: str, parameters: Any = None, *, owner: bool = False) -> list[Any]:
        """What a service's database answers, on a line of its own that no proxy disturbs."""
        with psycopg.connect(self.platform.database(service, owner=owner), autocommit=True) as connection:
            cursor = connection.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    async def set_day(self, day: str) -> None:
        """Publish the reference and move every process to ``day``."""
        self.day = day
        async with ReferenceWriter(self.platform.bootstrap) as writer:
            await writer.put(records())
            await writer.set_business_date(dt.date.fromisoformat(day))

    async def post(self, bodies: Iterable[dict[str, Any]], *, at_once: int = 8) -> list[str]:
        """Post every body until it is accepted, trying again as a patient front end does, with one idempotency key.

        Returns the ids of the applications in the order of the bodies.
        """
        queue = list(enumerate(bodies))[::-1]
        made = [""] * len(queue)
        async with httpx.AsyncClient(base_url=self.platform.url("intake"), timeout=30) as client:

            async def work() -> None:
                while queue:
                    place, body = queue.pop()
                    made[place] = await self._post_one(client, body)

            await asyncio.gather(*(work() for _ in range(at_once)))
        return made

    async def _post_one(self, client: httpx.AsyncClient, body: dict[str, Any]) -> str:
        headers = {
            "Authorization": f"Bearer {self.token(body['caisse'])}",
            "Idempotency-Key": f"key-{body['reference']}",
        }
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    response = await client.post("/applications", json=body, headers=headers)
                except httpx.TransportError:
                    await asyncio.sleep(0.2)
                    continue
                if response.status_code == 202:
                    application = response.headers["Location"].rsplit("/", 1)[1]
                    self.accepted[application] = len(body["members"])
                    return application
                if response.status_code < 500:
                    raise AssertionError(f"refused: {response.status_code} {response.text}")
                await asyncio.sleep(0.2)

    async def ready(self) -> None:
        """Wait until every process that should run is ready for work."""
        await asyncio.gather(*(asyncio.to_thread(process.wait_ready, PATIENCE) for process in self.processes))

    async def quiet(self, within: float = PATIENCE) -> None:
        """Wait until every process is ready and nobody has work left, letters drawn included."""
        await self.ready()
        urls = {service: self.platform.url(service) for service in SERVICES}
        async with Quiescence(self.platform.bootstrap, self.databases, urls, WORK) as watch:
            await watch.wait(within)

    async def verdict(self) -> Verdict:
        """What the databases and topics say of everything that was ever accepted here."""
        told = await history.read(self.platform.bootstrap, self.mended)
        return await asyncio.to_thread(invariants.check, told, self.databases, self.accepted)


async def until(condition: Callable[[], Any], what: str, pause: float = 0.1) -> Any:
    """Await a condition that lies in a database, a broker or a process; it may be a coroutine function."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                value = await (condition() if inspect.iscoroutinefunction(condition) else asyncio.to_thread(condition))
                if value:
                    return value
                await asyncio.sleep(pause)
    except TimeoutError:
        raise AssertionError(f"never happened within {PATIENCE:g} s: {what}") from None


@asynccontextmanager
async def trial(
    folder: Path, *, replicas: Sequence[Replica] = REPLICAS, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Trial]:
    """A fresh platform in ``folder``, on the day of the load, with its reference data: nothing stands in its lines."""
    platform = Platform(
        folder,
        replicas=replicas,
        profile="test",
        fresh=True,
        durable=False,
        environment=environment or {},
        say=lambda _: None,
    )
    await asyncio.to_thread(platform.start)
    try:
        made = Trial(platform)
        await made.set_day(DAY)
        yield made
    finally:
        await asyncio.to_thread(platform.stop)


@contextmanager
def on_proxied_lines(folder: Path, *, replicas: Sequence[Replica] = REPLICAS) -> Iterator[Trial]:
    """A fresh platform in ``folder`` whose services reach broker and database through proxies, on the day of the
    load."""
    database_port, broker_port = processes.free_port(), processes.free_port()
    with Proxy(("127.0.0.1", database_port)) as to_database, Proxy(("127.0.0.1", broker_port)) as to_broker:
        platform = Platform(
            folder,
            replicas=tuple(replicas),
            profile="test",
            fresh=True,
            durable=False,
            postgres_port=database_port,
            kafka_listeners={"PROXIED": Listener(broker_port, to_broker.address[1])},
            environment={
                "AME_DATABASE_PORT": str(to_database.address[1]),
                "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{to_broker.address[1]}",
                "AME_WEBHOOK_SECONDS": "2",  # whoever died under an attempt is followed soon
            },
            say=lambda _: None,
        )
        with platform:
            made = Trial(platform, {"broker": to_broker, "database": to_database})
            asyncio.run(made.set_day(DAY))
            yield made


@dataclass
class Report:
    """Where each guarantee leaves a line for the summary: ``python -m tests.guarantees`` prints them as a table."""

    path: Path | None

    def add(
        self, guarantee: str, verdict: Verdict, faults: Mapping[str, int] | None = None, applications: int = 0
    ) -> None:
        """Write what was found, then fail if the guarantee did not hold."""
        line = {
            "guarantee": guarantee,
            "faults": dict(faults or {}),
            "applications": applications,
            "lost": len(verdict.lost),
            "doubled": len(verdict.doubled),
            "out_of_order": len(verdict.out_of_order),
            "repeats": verdict.repeats,
            "holds": verdict.holds,
        }
        if self.path is not None:
            with self.path.open("a") as file:
                file.write(json.dumps(line) + "\n")
        assert verdict.holds, f"{guarantee}, seed {SEED}, {dict(faults or {})}: {verdict}"
