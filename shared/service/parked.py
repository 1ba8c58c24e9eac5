"""Parked messages over HTTP, in every service: what waits, and mending, retrying or discarding it with a reason.

No answer shows the bytes of a message, and no form gives them back: they hold what persons wrote.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import psycopg
from fastapi import APIRouter, Depends, Path, Query
from psycopg.rows import namedtuple_row
from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.contract.input_errors import InputError
from shared.http.problems import Problem, not_found
from shared.messaging import parked_acts
from shared.messaging.parked_acts import CannotMend, Connection, Retried
from shared.observability.logs import logger
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.settings import Settings

log = logger("parked")
router = APIRouter(tags=["exploitation"])
T = TypeVar("T")
MOST = 500
SECONDS = 5

Operator = Annotated[Principal, Depends(require(Role.OPERATOR))]
ParkedId = Annotated[int, Path(ge=1, le=2**62)]
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
ReasonCode = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,64}$")]

EXAMPLES: Final[dict[str, Any]] = {
    "retry_parked": {"reason": "handler_failed"},
    "mend_parked": {"body": {"type": "application.withdrawn"}, "why": "coupé par l'ancienne version"},
    "discard_parked": {"why": "envoyé deux fois par erreur"},
}
DETAILS: Final = {
    "not_waiting": "Ce message n'attend plus.",
    "no_events": "Ce sujet ne porte pas d'événements.",
    "too_large": "Le corps dépasse la taille admise.",
    "not_an_event": "Ce n'est pas un événement de ce sujet.",
    "other_key": "L'événement est d'un autre dossier que le message.",
    "other_event": "L'événement n'a pas le numéro du message.",
}
"""What an operator is told of a body that is not the right one."""


class ParkedMessage(BaseModel):
    """One message that waits, without its bytes. ``state``: parked (at fault), behind another, or retry (on its way).

    ``mended``: a right body was given, to be read by the next retry."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    consumer: str
    topic: str
    key: str
    event_id: UUID | None
    state: str
    reason: str
    error: str
    tries: int
    parked_at: dt.datetime
    mended: bool


class RetryAsked(BaseModel):
    """All messages at fault for one reason: those of another are another act."""

    model_config = ConfigDict(extra="forbid")
    reason: ReasonCode


class RetryDone(BaseModel):
    """What became of them. ``lost``: ids of those whose bytes are gone: discard them, or emit the event again."""

    model_config = ConfigDict(from_attributes=True)
    left_to_worker: int
    put_back: int
    emitted_already: int
    lost: list[int]


class Mend(BaseModel):
    """The right body of a message, an event of the same topic, key and id, and why it was wrong."""

    model_config = ConfigDict(extra="forbid")
    body: dict[str, Any]
    why: Why


class Discard(BaseModel):
    """Why a message is given up."""

    model_config = ConfigDict(extra="forbid")
    why: Why


def national(principal: Operator) -> Principal:
    """The operator of the platform. Messages are of no caisse: one of a caisse is refused."""
    if principal.caisse is not None:
        raise Problem(403, "forbidden", "Les messages ne sont d'aucune caisse : il faut un poste national.")
    return principal


Operating = Annotated[Principal, Depends(national)]


async def with_connection(settings: Settings, work: Callable[[Connection], T]) -> T:
    """Run the operator's work beside the loop, on a connection of its own. Raises 503 where the database is away."""

    def run() -> T:
        with psycopg.connect(
            settings.conninfo(), autocommit=True, row_factory=namedtuple_row, connect_timeout=SECONDS
        ) as connection:
            return work(connection)

    try:
        return await asyncio.to_thread(run)
    except psycopg.OperationalError:
        raise Problem(503, "unavailable", "La base de données ne répond pas.") from None


@router.get("/parked", summary="Les messages qui n'ont pu être appliqués")
async def list_parked(
    runtime: RuntimeDependency, principal: Operating, reason: Annotated[ReasonCode | None, Query()] = None
) -> list[ParkedMessage]:
    """The first 500 that wait, in their order: those at fault and those behind them. Never their bytes."""
    return await waiting(runtime, reason)


async def waiting(runtime: Runtime, reason: str | None = None, parked_id: int | None = None) -> list[ParkedMessage]:
    """What the routes and the pages show."""
    rows = await with_connection(
        runtime.settings, lambda one: parked_acts.waiting(one, reason=reason, parked_id=parked_id, most=MOST)
    )
    return [ParkedMessage.model_validate(row) for row in rows]


@router.post("/parked/retries", status_code=202, summary="Reprendre les messages arrêtés pour une même raison")
async def retry_parked(runtime: RuntimeDependency, principal: Operating, body: RetryAsked) -> RetryDone:
    """All at fault for this reason. 409 where none waits for it."""
    return await retry(runtime, principal, reason=body.reason)


@router.post("/parked/{parked_id}/retry", status_code=202, summary="Reprendre un message")
async def retry_one_parked(runtime: RuntimeDependency, principal: Operating, parked_id: ParkedId) -> RetryDone:
    """The worker applies it, then what waits behind it. 409 for one that is not at fault."""
    return await retry(runtime, principal, parked_id=parked_id)


async def retry(
    runtime: Runtime, principal: Principal, *, parked_id: int | None = None, reason: str | None = None
) -> RetryDone:
    """Send on their way again; one at least must be there."""
    done: Retried = await with_connection(runtime.settings, lambda one: parked_acts.retry(one, parked_id, reason))
    if not done.moved and not done.lost:
        raise Problem(409, "nothing_to_retry", "Aucun message arrêté ne répond à ce choix.")
    log.info("parked_retried", by=principal.id, moved=done.moved, lost=len(done.lost))
    return RetryDone.model_validate(done)


@router.post("/parked/{parked_id}/correction", status_code=204, summary="Donner le bon corps d'un message")
async def mend_parked(runtime: RuntimeDependency, principal: Operating, parked_id: ParkedId, body: Mend) -> None:
    """It is read by the next retry and by every rebuild, in the stead of the broken one. 404 for a message that does
    not wait, 422 for another event than the message's."""
    await mend(runtime, principal, parked_id, body)


async def mend(runtime: Runtime, principal: Principal, parked_id: int, given: Mend) -> None:
    """Keep the right body."""
    try:
        text = json.dumps(given.body, allow_nan=False).encode()
        await with_connection(
            runtime.settings, lambda one: parked_acts.correct(one, parked_id, text, principal.id, given.why)
        )
    except CannotMend as unfit:
        if unfit.code == "not_waiting":
            raise not_found() from None
        raise _not_right(unfit.code) from None
    except (ValueError, RecursionError):  # what no JSON can say, or deeper than anything of ours
        raise _not_right("not_an_event") from None
    log.info("parked_mended", by=principal.id, parked_id=parked_id)


def _not_right(code: str) -> Problem:
    return Problem(
        422, "validation_failed", "1 champ(s) à corriger.", errors=[InputError("/body", code, DETAILS[code])]
    )


@router.post("/parked/{parked_id}/discard", status_code=204, summary="Renoncer à un message")
async def discard_parked(runtime: RuntimeDependency, principal: Operating, parked_id: ParkedId, body: Discard) -> None:
    """Its bytes go; who and why remain, and what waited behind it goes on. 404 for a message that does not wait."""
    await discard(runtime, principal, parked_id, body)


async def discard(runtime: Runtime, principal: Principal, parked_id: int, given: Discard) -> None:
    """Give it up."""
    work = with_connection(runtime.settings, lambda one: parked_acts.discard(one, parked_id, principal.id, given.why))
    if not await work:
        raise not_found()
    log.info("parked_discarded", by=principal.id, parked_id=parked_id)
