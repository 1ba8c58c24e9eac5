"""What people feel while something fails: each function is asked all the time, and the longest wait is kept."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.access.principal import Role
from tests.guarantees.harness import PATIENCE, Trial
from tests.load.applications import application

CAISSE = "751"
PAUSE = 0.25  # between two askings: some six requests a second in all, on a machine that does much else
DEPOSIT, CASES, SEARCH = "dépôt", "dossiers", "recherche"
ASKED = (DEPOSIT, CASES, SEARCH)


@dataclass
class Watch:
    """The longest wait of each function, from the first try to the answer, and how often each answered."""

    longest: dict[str, float] = field(default_factory=lambda: dict.fromkeys(ASKED, 0.0))
    answered: Counter[str] = field(default_factory=Counter)

    def begin(self) -> None:
        """Forget the waits of before."""
        self.longest = dict.fromkeys(ASKED, 0.0)

    def note(self, function: str, seconds: float) -> None:
        """One answer that took ``seconds`` with all its tries."""
        self.longest[function] = max(self.longest[function], seconds)
        self.answered[function] += 1


@asynccontextmanager
async def watched(trial: Trial, number: int) -> AsyncIterator[Watch]:
    """While the block runs, somebody files, somebody lists cases, somebody searches: at whichever API answers.

    ``number`` tells the persons of one drill from those of another.
    """
    watch, over = Watch(), asyncio.Event()
    async with httpx.AsyncClient(timeout=5, limits=httpx.Limits(max_keepalive_connections=0)) as client:
        asker = _Asker(trial, client, watch, over, number)
        work = [asyncio.create_task(one()) for one in (asker.file, asker.list_cases, asker.search)]
        try:
            yield watch
        except BaseException:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            raise
        over.set()
        await asyncio.gather(*work)


@dataclass
class _Asker:
    trial: Trial
    client: httpx.AsyncClient
    watch: Watch
    over: asyncio.Event
    number: int

    async def file(self) -> None:
        async def one(turn: int) -> None:
            body = application(turn, 9_000_000 + self.number, caisse=CAISSE)
            headers = self._headers(Role.FRONTEND) | {"Idempotency-Key": f"drill-{body['reference']}"}
            answer = await self._ask("intake", "POST", "/applications", headers, body)
            self.trial.accepted[answer.headers["Location"].rsplit("/", 1)[1]] = 1

        await self._again(DEPOSIT, one)

    async def list_cases(self) -> None:
        async def one(turn: int) -> None:
            await self._ask("decision", "GET", "/cases?limit=5", self._headers(Role.TECHNICIAN))

        await self._again(CASES, one)

    async def search(self) -> None:
        async def one(turn: int) -> None:
            body = {"family_name": "Diarra", "given_names": "Awa", "birth_date": "1979-03-12"}
            # Each agent may search so often a minute: here many agents do.
            await self._ask("dedup", "POST", "/checks", self._headers(Role.TECHNICIAN, turn), body)

        await self._again(SEARCH, one)

    async def _again(self, function: str, one: Callable[[int], Awaitable[None]]) -> None:
        turn = 0
        while not self.over.is_set():
            began = time.monotonic()
            await one(turn)
            self.watch.note(function, time.monotonic() - began)
            turn += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), PAUSE)

    def _headers(self, role: Role, turn: int = 0) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.trial.token(CAISSE, role, turn % 40)}", "X-Purpose": "instruction"}

    async def _ask(
        self, service: str, method: str, path: str, headers: dict[str, str], body: Any = None
    ) -> httpx.Response:
        """Ask each API of the service in turn until one answers; what a client behind a balancer would see."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for url in self._urls(service):
                try:
                    answer = await self.client.request(method, url + path, headers=headers, json=body)
                except httpx.HTTPError:
                    continue
                if answer.status_code < 300:
                    return answer
                if answer.status_code < 500 and answer.status_code != 429:
                    raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
            await asyncio.sleep(0.05)
        raise AssertionError(f"{method} {path} was not answered within {PATIENCE:g} s")

    def _urls(self, service: str) -> Sequence[str]:
        return [process.url for process in self.trial.of(service)]
