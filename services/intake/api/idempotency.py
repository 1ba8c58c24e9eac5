"""One answer per client and idempotency key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from services.intake.api.problems import domain_problems
from services.intake.store import idempotency
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.idempotency_keys import hashed, key_reused
from shared.http.preconditions import etag
from shared.http.problems import Problem
from shared.service.runtime import Runtime


@dataclass(frozen=True)
class StoredResponse:
    """What a request was answered, and will be answered again."""

    status: int
    location: str
    version: int | None
    body: dict[str, Any]

    def response(self) -> JSONResponse:
        """The same as an HTTP response."""
        headers = {"Location": self.location} if self.location else {}
        if self.version is not None:
            headers["ETag"] = etag(self.version)
        return JSONResponse(self.body, self.status, headers=headers)


class ConcurrentRequest(Exception):
    """Another request with the same key was committed meanwhile: ask again what it was answered."""


@dataclass(frozen=True)
class IdempotentRequest:
    """One answer per client and key. Without a key every request is a new one."""

    client: str
    key: str | None
    fingerprint: str

    async def answered(self, unit: UnitOfWork) -> StoredResponse | None:
        """The answer given before, if any. Raises 409 when the key was used for another request."""
        if self.key is None:
            return None
        earlier = await idempotency.find(unit, self.client, self.key)
        if earlier is None:
            return None
        if earlier.fingerprint != self.fingerprint:
            raise key_reused()
        return StoredResponse(**earlier.answer)

    async def remember(self, unit: UnitOfWork, answer: StoredResponse) -> None:
        """Keep the answer in the transaction of the work. Raises ConcurrentRequest when another request came first."""
        if self.key is None:
            return
        entry = idempotency.Entry(self.fingerprint, vars(answer))
        if not await idempotency.insert(unit, self.client, self.key, entry):
            raise ConcurrentRequest


def once(principal: Principal, key: str | None, print_: str) -> IdempotentRequest:
    """Keys belong to a client: its id and its caisse."""
    return IdempotentRequest(f"{principal.caisse or 'all'}/{principal.id}", hashed(key), print_)


async def answered_once(
    runtime: Runtime,
    the_once: IdempotentRequest,
    work: Callable[[UnitOfWork], Awaitable[StoredResponse]],
    *,
    mostly_new: bool = False,
) -> Response:
    """Do ``work`` in one transaction and answer; or give the answer that this key was given before.

    With ``mostly_new`` the key is looked up only when the work fails or its answer cannot be kept: a question less for
    a route where keys are seldom seen twice. A transaction that failed leaves nothing.
    """
    for looked_up in (not mostly_new, True):
        try:
            with domain_problems():
                async with runtime.database.unit() as unit:
                    answer = await the_once.answered(unit) if looked_up else None
                    if answer is None:
                        answer = await work(unit)
                        await the_once.remember(unit, answer)
                return answer.response()
        except ConcurrentRequest:
            continue
        except Problem:
            if looked_up:
                raise
    raise Problem(409, "idempotency_key_reused", "Deux demandes simultanées portent cette clé : recommencez.")
