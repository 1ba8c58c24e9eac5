"""What the routes of intake share: reading a body, saying a refusal, one answer per idempotency key, the brake."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse

from services.intake.domain.application import By, Dossier, TransitionRefused, VersionStale
from services.intake.domain.document import DOCUMENT_BYTES, parse
from services.intake.domain.faults import Refused
from services.intake.domain.papers import PaperRefused
from services.intake.store.applications import read, save
from services.intake.tables import requests
from shared import clock
from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Purpose, Role
from shared.contract.events import ApplicationEvent
from shared.database.outbox import EventTooLarge
from shared.database.unit_of_work import Unit
from shared.http.problems import Problem
from shared.http.validation_errors import FieldError
from shared.observability import logs
from shared.service.runtime import Runtime, RuntimeDependency

WRITERS = (Role.FRONTEND, Role.AGENT, Role.TECHNICIAN)
Writer = Annotated[Principal, Depends(require(*WRITERS))]
FileReader = Annotated[Principal, Depends(require(*WRITERS, Role.SUPERVISOR, Role.AUDITOR))]
Anyone = Annotated[Principal, Depends(require(*Role))]
Mover = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR))]
ReadPurpose = Annotated[Purpose, Depends(read_purpose)]

OLDEST_UNSENT_SECONDS = 60
RETRY_AFTER_SECONDS = 30
LATER_LOOK_SECONDS = 1.0

STATUS_OF_PAPER = {"paper_too_large": 413, "paper_type": 415, "paper_type_differs": 415, "paper_empty": 422}
OLDEST_UNSENT = sa.text(
    "SELECT extract(epoch FROM clock_timestamp() - created_at) FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT 1"
)


def by(principal: Principal) -> By:
    """Who acts in this request, and when."""
    return By(principal.actor, logs.correlation.get(), dt.datetime.now(dt.UTC), clock.today())


def problem_of(refused: Refused) -> Problem:
    """The problem document of a refusal: each field, the code of the rule, the reason and the rule in French."""
    errors = [FieldError(f.pointer or "/", f.code, f"{f.message} Règle : {f.rule}", f.other) for f in refused.faults]
    codes = {fault.code for fault in refused.faults if not fault.pointer}
    if "malformed" in codes:
        return Problem(400, "malformed_json", "Le corps n'est pas un objet JSON lisible.", errors=errors)
    if "too_long" in codes:
        return Problem(413, "too_large", f"Le corps dépasse {DOCUMENT_BYTES} octets.", errors=errors)
    return Problem(422, "validation_failed", f"{len(errors)} champ(s) à corriger.", errors=errors)


@contextmanager
def refusals() -> Iterator[None]:
    """Say what the domain refuses as problem documents."""
    try:
        yield
    except Refused as refused:
        raise problem_of(refused) from None
    except TransitionRefused as refused:
        raise Problem(409, refused.code, str(refused), title="Action impossible dans l'état du dossier") from None
    except VersionStale as stale:
        detail = f"Version {stale.given} présentée, version {stale.current} en cours : relisez le dossier."
        headers = {"ETag": etag(stale.current)}
        raise Problem(412, "stale_version", detail, title="Le dossier a changé", headers=headers) from None
    except PaperRefused as refused:
        raise Problem(STATUS_OF_PAPER[refused.code], refused.code, str(refused), title="Fichier refusé") from None
    except EventTooLarge:
        raise Problem(413, "too_large", "Le dossier dépasse la taille qui peut être transmise.") from None


def etag(version: int) -> str:
    return f'"{version}"'


async def expected_version(
    if_match: Annotated[str | None, Header(description='Version lue, telle que rendue dans ETag : "3"')] = None,
) -> int:
    """The version that the writer read. Raises 428 when it is not said, 412 when it cannot be one of ours."""
    if if_match is None:
        detail = "Indiquez la version lue : en-tête If-Match."
        raise Problem(428, "version_missing", detail, title="Version du dossier non indiquée")
    match = re.fullmatch(r'"([0-9]{1,9})"', if_match.strip())
    if match is None:
        detail = "If-Match ne porte pas une version de dossier."
        raise Problem(412, "stale_version", detail, title="Le dossier a changé")
    return int(match[1])


Version = Annotated[int, Depends(expected_version)]


async def json_document(request: Request, *media_types: str) -> tuple[dict[str, Any], bytes]:
    """The JSON object of the body and its bytes. Raises 415, 413 or 400."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    accepted = media_types or ("application/json",)
    if given not in accepted:
        raise Problem(415, "media_type", f"Types admis : {', '.join(accepted)}.", title="Type de contenu non admis")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > DOCUMENT_BYTES:
            break
    with refusals():
        return parse(body), body


async def _brake(runtime: RuntimeDependency) -> None:
    """Refuse new work with 503 while the oldest unsent event is over a minute old: the broker is not taking any.

    The table is asked once a second at most.
    """
    seen = runtime.state.setdefault("brake", _Brake())
    if time.monotonic() >= seen.next_look:
        seen.next_look = time.monotonic() + LATER_LOOK_SECONDS
        seen.oldest = await oldest_unsent(runtime)
    if seen.oldest > OLDEST_UNSENT_SECONDS:
        detail = "Les événements ne partent plus vers les autres services ; réessayez plus tard."
        raise Problem(503, "unavailable", detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


@dataclass
class _Brake:
    oldest: float = 0.0
    next_look: float = 0.0


async def oldest_unsent(runtime: Runtime) -> float:
    """Age in seconds of the oldest event that the broker has not acknowledged; 0 when there is none."""
    async with runtime.database.unit() as unit:
        return float(await unit.scalar(OLDEST_UNSENT) or 0.0)


Accepting = Depends(_brake)


async def idempotency_key(
    idempotency_key: Annotated[str | None, Header(description="Clé choisie par l'appelant, unique par demande")] = None,
) -> str | None:
    if idempotency_key is not None and not re.fullmatch(r"[\x21-\x7e]{1,200}", idempotency_key):
        detail = "Clé d'idempotence : 1 à 200 caractères imprimables, sans espace."
        raise Problem(400, "idempotency_key_invalid", detail, title="Clé d'idempotence refusée")
    return idempotency_key


KeyHeader = Annotated[str | None, Depends(idempotency_key)]


def fingerprint(request: Request, *parts: bytes) -> str:
    """The hash by which two requests under one key are told to be the same."""
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


@dataclass(frozen=True)
class Answer:
    """What a request was answered, and will be answered again."""

    status: int
    location: str
    version: int | None
    body: dict[str, Any]

    def response(self) -> JSONResponse:
        headers = {"Location": self.location} if self.location else {}
        if self.version is not None:
            headers["ETag"] = etag(self.version)
        return JSONResponse(self.body, self.status, headers=headers)


class SameKeyAtOnce(Exception):
    """Another request with the same key was committed meanwhile: ask again what it was answered."""


@dataclass(frozen=True)
class Once:
    """One answer per client and key. Without a key every request is a new one."""

    client: str
    key: str | None
    fingerprint: str

    async def answered(self, unit: Unit) -> Answer | None:
        """The answer given before, if any. Raises 409 when the key was used for another request."""
        if self.key is None:
            return None
        asked = sa.select(requests.c.fingerprint, requests.c.answer)
        row = await unit.one_or_none(asked.where(requests.c.client == self.client, requests.c.key == self.key))
        if row is None:
            return None
        if row.fingerprint != self.fingerprint:
            detail = "Cette clé d'idempotence a déjà servi pour une autre demande."
            raise Problem(409, "idempotency_key_reused", detail, title="Clé d'idempotence déjà utilisée")
        return Answer(**row.answer)

    async def remember(self, unit: Unit, answer: Answer) -> None:
        """Keep the answer in the transaction of the work. Raises SameKeyAtOnce when another request came first."""
        if self.key is None:
            return
        row = {"client": self.client, "key": self.key, "fingerprint": self.fingerprint, "answer": vars(answer)}
        kept = await unit.insert_many(requests, [row], conflict=("client", "key"), returning=("key",))
        if not kept:
            raise SameKeyAtOnce


def once(principal: Principal, key: str | None, print_: str) -> Once:
    """Keys belong to a client: its id and its caisse."""
    return Once(f"{principal.caisse or 'all'}/{principal.id}", key, print_)


def shown(file: Dossier) -> dict[str, Any]:
    """What a writer is told of a file: ids and codes."""
    return {
        "application_id": str(file.application_id),
        "caisse": file.caisse,
        "reference": file.reference,
        "state": file.state.value,
        "version": file.version,
    }


def answer_for(file: Dossier, status: int = 200) -> Answer:
    return Answer(status, f"/applications/{file.application_id}", file.version, shown(file))


async def answered_once(
    runtime: Runtime, the_once: Once, work: Callable[[Unit], Awaitable[Answer]], *, mostly_new: bool = False
) -> Response:
    """Do ``work`` in one transaction and answer; or give the answer that this key was given before.

    With ``mostly_new`` the key is looked up only when the work fails or its answer cannot be kept: a question less for
    a route where keys are seldom seen twice. A transaction that failed leaves nothing.
    """
    for looked_up in (not mostly_new, True):
        try:
            with refusals():
                async with runtime.database.unit() as unit:
                    answer = await the_once.answered(unit) if looked_up else None
                    if answer is None:
                        answer = await work(unit)
                        await the_once.remember(unit, answer)
                return answer.response()
        except SameKeyAtOnce:
            continue
        except Problem:
            if looked_up:
                raise
    raise Problem(409, "idempotency_key_reused", "Deux demandes simultanées portent cette clé : recommencez.")


Act = Callable[[Dossier, By], tuple[Dossier, list[ApplicationEvent]]]


async def perform(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    application_id: UUID,
    key: str | None,
    body: bytes,
    act: Act,
) -> Response:
    """One act on one file, in one transaction that holds its row."""

    async def work(unit: Unit) -> Answer:
        before = await read(unit, application_id, principal, lock=True)
        after, events = act(before, by(principal))
        await save(unit, before, after, events)
        return answer_for(after)

    return await answered_once(runtime, once(principal, key, fingerprint(request, body)), work)
