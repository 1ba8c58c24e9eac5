"""The doors of the five services, as their API processes serve them: HTTP on a port, a migrated database, no worker."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from deploy import processes
from deploy.reference import records
from shared import clock
from shared.access.principal import Role
from shared.access.purposes import USUAL
from shared.access.tokens import issue_token
from shared.messaging import topics
from shared.messaging.reference_table import ReferenceWriter
from shared.messaging.relay import Relay
from shared.observability import logs
from shared.service.app import create_app, server_options
from shared.settings import SERVICES, Settings
from tests.servers import Databases

TODAY = dt.date(2008, 1, 20)


@dataclass(frozen=True)
class Door:
    """One service as a caller sees it."""

    service: str
    url: str
    settings: Settings
    schema: dict[str, Any]
    client: httpx.Client = field(repr=False)
    """Keeps its connections: a new one for each of thousands of requests costs more than their answers."""

    def headers(self, role: Role, caisse: str | None = "751") -> dict[str, str]:
        """Who calls, and why he reads."""
        national = role in (Role.OPERATOR, Role.AUDITOR)
        token = issue_token(self.settings, role=role, caisse=None if national else caisse, subject=f"{role}-1")
        return {"Authorization": f"Bearer {token}", "X-Purpose": USUAL[role].value}


@contextmanager
def served(service: str, settings: Settings) -> Iterator[Door]:
    """The service on a thread of its own, until the block ends."""
    port = processes.free_port()
    app = create_app(importlib.import_module(f"services.{service}.app").SERVICE, settings)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, **server_options()))
    thread = threading.Thread(target=server.run, name=service, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx.get(f"{url}/live", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    processes.await_condition(answers, within=300, alive=thread.is_alive, failure=lambda: f"{service} did not start")
    try:
        with httpx.Client(base_url=url, timeout=60) as client:
            yield Door(service, url, settings, client.get("/openapi.json").json(), client)
    finally:
        server.should_exit = True
        thread.join(timeout=30)


@contextmanager
def relayed(settings: list[Settings]) -> Iterator[None]:
    """Events leave, as a worker's relay lets them: a door whose events stay takes nothing more."""
    over = threading.Event()

    async def relay() -> None:
        relays = [asyncio.create_task(Relay(one).run()) for one in settings]
        await asyncio.to_thread(over.wait)
        for one in relays:
            one.cancel()
        await asyncio.gather(*relays, return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(relay()), name="relays", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=30)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    """The services answer from this process: its day is theirs for the length of a test, not for those that follow."""
    clock.set_day(TODAY)
    yield
    clock.set_day(None)


@pytest.fixture(scope="package")
def doors(databases: Databases, kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Door]]:
    """All five, on the session's broker and a database each."""

    async def prepare() -> None:
        await topics.create(kafka)
        async with ReferenceWriter(kafka) as writer:
            await writer.put(records())

    logs.configure_logs("interface", "tests")
    asyncio.run(prepare())
    state: Path = tmp_path_factory.mktemp("doors")
    with ExitStack() as stack:
        made = {}
        for service in SERVICES:
            values = databases.migrated(service).settings_fields()
            settings = Settings(
                profile="test",
                service=service,
                role="api",
                slot="interface",
                state_dir=state,
                kafka_bootstrap_servers=kafka,
                **values,
            )
            made[service] = stack.enter_context(served(service, settings))
        stack.enter_context(relayed([door.settings for door in made.values()]))
        yield made
