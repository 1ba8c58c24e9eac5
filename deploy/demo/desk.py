"""HTTP with the tokens of the scripted people: everything the demonstration does goes through the public interfaces."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from deploy.front_end_client import AsyncClient, Patience
from shared.access.principal import Role
from shared.access.purposes import USUAL
from shared.access.tokens import issue_token
from shared.http.middleware import VERSION_PREFIX
from shared.settings import Settings

PATIENT_TRIES = 20  # a service that is short of time says when to come back, and has done nothing


class Unexpected(RuntimeError):
    """A service answered something the script did not foresee; the message holds the problem document."""


class Desk:
    """One person at one screen: a role, a caisse (or all of them), and the five services.

    Answers are JSON; an answer outside 2xx raises ``Unexpected`` unless its status is in ``accept``.
    """

    def __init__(self, people: People, role: Role, caisse: str | None, subject: str) -> None:
        self._people = people
        self.role, self.caisse, self.subject = role, caisse, subject
        self.token = issue_token(people.settings, role=role, caisse=caisse, subject=subject)

    async def call(
        self, method: str, service: str, path: str, *, accept: tuple[int, ...] = (), purpose: str = "", **options: Any
    ) -> httpx.Response:
        """One request. ``purpose`` names why a person's file is read; by itself, what somebody of this role does."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        headers["X-Purpose"] = purpose or USUAL[self.role].value
        # Of a service behind a prefix, `/letters` alone would be its prefix: what is documented carries its version.
        place = path if path.startswith(("/ui", f"{VERSION_PREFIX}/")) else f"{VERSION_PREFIX}{path}"
        for _ in range(PATIENT_TRIES):
            answer = await self._people.clients[service].request(method, place, headers=headers, **options)
            if answer.status_code != 503 or "Retry-After" not in answer.headers:
                break
            await asyncio.sleep(float(answer.headers["Retry-After"]))
        if not answer.is_success and answer.status_code not in accept:
            raise Unexpected(
                f"{method} {service}{path} as {self.role} {self.caisse}: {answer.status_code} {answer.text[:800]}"
            )
        return answer

    async def get(self, service: str, path: str, *, purpose: str = "", **parameters: Any) -> Any:
        """GET a path of a service and decode its JSON."""
        answer = await self.call("GET", service, path, purpose=purpose, params=_given(parameters))
        return answer.json()

    async def post(self, service: str, path: str, body: Any = None, **options: Any) -> Any:
        """POST a JSON body and decode the JSON of the answer; None when it has no body."""
        answer = await self.call("POST", service, path, json=body if body is not None else {}, **options)
        return answer.json() if answer.content else None

    async def all(self, service: str, path: str, *, purpose: str = "", **parameters: Any) -> list[dict[str, Any]]:
        """Every item of a list, page after page."""
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = await self.get(service, path, purpose=purpose, cursor=cursor, limit=500, **parameters)
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items


def _given(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


class People:
    """All scripted people; their connections are shared, their tokens are not."""

    def __init__(self, state_folder: Path, urls: Mapping[str, str]) -> None:
        self.settings = Settings(profile="local", state_dir=state_folder)
        self._urls = dict(urls)
        self.clients: dict[str, httpx.AsyncClient] = {}
        self._desks: dict[tuple[Role, str | None], Desk] = {}
        self._front_ends: dict[str, AsyncClient] = {}

    async def __aenter__(self) -> Self:
        limits = httpx.Limits(max_connections=16, max_keepalive_connections=16)
        for service, url in self._urls.items():
            self.clients[service] = httpx.AsyncClient(base_url=url, timeout=30, limits=limits)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self.clients.values():
            await client.aclose()
        for front_end in self._front_ends.values():
            await front_end.close()

    def desk(self, role: Role, caisse: str | None = None, number: int = 2) -> Desk:
        """The desk of a role: technicians and agents are those of the reference, ``agent-<caisse>-<number>``."""
        key = (role, caisse)
        if key not in self._desks:
            named = caisse is not None and role in (Role.TECHNICIAN, Role.AGENT)
            subject = f"agent-{caisse}-{number:02d}" if named else f"{role.value}-{caisse or 'national'}"
            self._desks[key] = Desk(self, role, caisse, subject)
        return self._desks[key]

    def technician(self, caisse: str) -> Desk:
        """The desk of a technician of this caisse."""
        return self.desk(Role.TECHNICIAN, caisse)

    def lead(self, caisse: str) -> Desk:
        """The desk of the first agent of a caisse, who leads the team: the second look where the caisse wants one."""
        return Desk(self, Role.SUPERVISOR, caisse, f"agent-{caisse}-01")

    def frontend(self, caisse: str) -> Desk:
        """The desk of a front end of this caisse."""
        return self.desk(Role.FRONTEND, caisse)

    def front_end(self, caisse: str) -> AsyncClient:
        """The same as a program has it: the client that front ends install."""
        if caisse not in self._front_ends:
            token = self.frontend(caisse).token
            address = f"{self._urls['intake']}{VERSION_PREFIX}"
            self._front_ends[caisse] = AsyncClient(address, token, patience=Patience(tries=PATIENT_TRIES))
        return self._front_ends[caisse]

    @property
    def supervisor(self) -> Desk:
        """Sees all caisses; decides nothing."""
        return self.desk(Role.SUPERVISOR)
