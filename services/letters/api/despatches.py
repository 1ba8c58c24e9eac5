"""What becomes of a letter once it left: new despatches, what the post says of them, a person's choice, envelopes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.letters.api.dependencies import Decider, Reader, ReadPurpose, Writer
from services.letters.api.postings import REFUSALS, check_leaving
from services.letters.domain.delivery import Cause, FactKind, contradicted
from services.letters.domain.kind_definition import POSTAL, Way
from services.letters.rendering.service import scans_of
from services.letters.store import despatches as store
from services.letters.store import scans
from services.letters.store.posting import against_way, doubtful_of
from services.letters.store.queries import LetterRow, LetterView, one, view
from shared import clock
from shared.access.access_log import record_access
from shared.access.principal import Principal
from shared.contract.input_errors import InputError
from shared.contract.placeholders import TrueName
from shared.database.unit_of_work import UnitOfWork
from shared.http.dates import BoundedDate
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["envois et notification"])

FORBID = ConfigDict(extra="forbid")
LARGEST_SCAN = 5 * 1024 * 1024
SIGNATURES = {b"%PDF": "application/pdf", b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}
DespatchNo = Annotated[int, Path(ge=1, le=100)]


class NewDespatch(BaseModel):
    """Another despatch of a letter that left before."""

    model_config = FORBID
    left_on: BoundedDate
    way: Literal["ordinary", "registered", "tracked", "electronic"]
    number: Annotated[str, Field(max_length=20)] = ""


class TrackedFact(BaseModel):
    """What the tracking of the post, or its slip, says of a despatch."""

    model_config = FORBID
    kind: Literal["presented", "notice_left", "collected", "returned"]
    on: BoundedDate
    cause: Cause | None = None
    signed_by: TrueName = ""


class TrackedFacts(BaseModel):
    """Several facts of one answer of the tracking."""

    model_config = FORBID
    facts: Annotated[list[TrackedFact], Field(min_length=1, max_length=20)]


class Choice(BaseModel):
    """The fact that a person holds for true among those that contradict each other."""

    model_config = FORBID
    fact_id: UUID


class FactView(BaseModel):
    """One recorded fact. ``contradicted``: another one says otherwise and nobody has chosen."""

    fact_id: UUID
    kind: FactKind
    on: dt.date
    cause: Cause | None
    signed_by: str
    source: str
    set_aside: bool
    contradicted: bool


class DespatchView(BaseModel):
    """One despatch and everything that is known of it."""

    despatch_no: int
    way: Way
    number: str
    left_on: dt.date
    has_scan: bool
    facts: list[FactView]


class Despatches(BaseModel):
    """The despatches of a letter, and what they say together."""

    letter: LetterView
    despatches: list[DespatchView]


async def _read_despatches(unit: UnitOfWork, row: LetterRow) -> Despatches:
    letter_id: UUID = row.letter_id
    recorded, scanned = await store.fact_rows(unit, letter_id), await scans.scanned(unit, letter_id)
    found = []
    for despatch in await store.despatches_of(unit, letter_id):
        facts = await store.facts_of(unit, letter_id, despatch.despatch_no)
        wrong = {fact.fact_id for fact in contradicted(facts)}
        shown = [
            FactView(
                fact_id=fact.fact_id,
                kind=fact.kind,
                on=fact.happened_on,
                cause=fact.cause,
                signed_by=fact.signed_by,
                source=fact.source,
                set_aside=fact.set_aside,
                contradicted=fact.fact_id in wrong,
            )
            for fact in recorded
            if fact.despatch_no == despatch.despatch_no
        ]
        found.append(
            DespatchView(
                despatch_no=despatch.despatch_no,
                way=despatch.way,
                number=despatch.number,
                left_on=despatch.left_on,
                has_scan=despatch.despatch_no in scanned,
                facts=shown,
            )
        )
    return Despatches(letter=view(row), despatches=found)


@router.get("/letters/{letter_id}/despatches", summary="Envois d'un courrier et preuves de sa notification")
async def read_despatches(
    letter_id: UUID, runtime: RuntimeDependency, principal: Reader, purpose: ReadPurpose
) -> Despatches:
    """Each despatch with its way, number, dates and causes; who signed is a name, so the read leaves its purpose."""
    async with runtime.database.unit() as unit:
        row = await one(unit, principal, letter_id)
        record_access(unit, principal, purpose, "letters.despatches", [row.application_id])
        return await _read_despatches(unit, row)


@router.post("/letters/{letter_id}/despatches", status_code=201, summary="Nouvel envoi d'un courrier déjà parti")
async def post_despatch(
    letter_id: UUID, body: NewDespatch, runtime: RuntimeDependency, principal: Writer
) -> Despatches:
    """Send a letter again, the same words to the same address. A first despatch is a posting."""
    check_leaving(body.left_on, "/left_on", body.way, {"/number": body.number})
    way = Way(body.way)
    async with runtime.database.unit() as unit:
        row = await one(unit, principal, letter_id, lock=True)
        if row.state != "posted":
            raise Problem(409, "not_posted", "Cette lettre n'est pas encore partie : enregistrez son premier envoi.")
        if body.left_on < row.posted_on:
            error = InputError("/left_on", "before_first_despatch", "Un nouvel envoi ne précède pas le premier.")
            raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
        doubtful = await doubtful_of(unit, [row.application_id]) if way in POSTAL else {}
        against = against_way(row, way, doubtful)
        if against is not None:
            raise Problem(409, against, REFUSALS[against], title="Envoi refusé")
        await store.despatched(unit, [row], way, body.left_on, principal.actor, {letter_id: body.number})
        return await _read_despatches(unit, await one(unit, principal, letter_id))


@router.post(
    "/letters/{letter_id}/despatches/{despatch_no}/facts", status_code=201, summary="Ce que dit le suivi d'un envoi"
)
async def post_facts(
    letter_id: UUID, despatch_no: DespatchNo, body: TrackedFacts, runtime: RuntimeDependency, principal: Writer
) -> Despatches:
    """Record what is newly known. What contradicts an earlier answer is kept beside it: the notification is unprovable
    until a person chooses."""
    wrong = []
    for at, fact in enumerate(body.facts):
        if fact.on > clock.today():
            wrong.append(InputError(f"/facts/{at}/on", "in_the_future", "Cette date est à venir."))
        if (fact.kind == "returned") != (fact.cause is not None):
            detail = "Un retour, et lui seul, a une cause."
            wrong.append(InputError(f"/facts/{at}/cause", "cause_of_return", detail))
    if wrong:
        raise Problem(422, "validation_failed", f"{len(wrong)} champ(s) à corriger.", errors=wrong)
    async with runtime.database.unit() as unit:
        row = await _despatched(unit, principal, letter_id, despatch_no)
        new = [
            store.NewFact(FactKind(fact.kind), fact.on, "tracking", fact.cause, fact.signed_by) for fact in body.facts
        ]
        await store.add_facts(unit, row, despatch_no, new, principal.actor)
        return await _read_despatches(unit, await one(unit, principal, letter_id))


@router.post(
    "/letters/{letter_id}/despatches/{despatch_no}/choice", summary="Choisir entre deux réponses qui se contredisent"
)
async def post_choice(
    letter_id: UUID, despatch_no: DespatchNo, body: Choice, runtime: RuntimeDependency, principal: Decider
) -> Despatches:
    """The fact that counts; the others stay on record, set aside."""
    async with runtime.database.unit() as unit:
        row = await _despatched(unit, principal, letter_id, despatch_no)
        if not await store.choose(unit, row, despatch_no, body.fact_id, principal.actor):
            raise Problem(409, "not_contradicted", "Ce fait n'est contredit par aucun autre.")
        return await _read_despatches(unit, await one(unit, principal, letter_id))


BYTES = {"type": "string", "format": "binary"}


@router.put(
    "/letters/{letter_id}/despatches/{despatch_no}/envelope",
    status_code=204,
    summary="Image de l'enveloppe revenue",
    openapi_extra={"requestBody": {"content": {kind: {"schema": BYTES} for kind in SIGNATURES.values()}}},
)
async def put_envelope(
    letter_id: UUID, despatch_no: DespatchNo, request: Request, runtime: RuntimeDependency, principal: Writer
) -> Response:
    """Keep the scan of an envelope: PDF, PNG or JPEG, five megabytes at most. Erasure removes it."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_SCAN:
            break
    await keep_envelope(runtime, principal, letter_id, despatch_no, bytes(body))
    return Response(status_code=204)


async def keep_envelope(runtime: Runtime, principal: Principal, letter_id: UUID, despatch_no: int, body: bytes) -> None:
    """Keep the scan of an envelope that came back. Raises problems: 404, 410, 413 and 415."""
    if len(body) > LARGEST_SCAN:
        raise Problem(413, "scan_too_large", "L'image dépasse cinq mégaoctets.")
    kind = next((kind for start, kind in SIGNATURES.items() if body.startswith(start)), None)
    if kind is None:
        raise Problem(415, "media_type", f"Types admis : {', '.join(SIGNATURES.values())}.")
    async with runtime.database.unit() as unit:
        await _despatched(unit, principal, letter_id, despatch_no)
    sha256 = await scans_of(runtime).put(body)
    async with runtime.database.unit() as unit:
        row = await _despatched(unit, principal, letter_id, despatch_no)
        if not await scans.save(unit, row, despatch_no, sha256, kind, len(body)):
            raise Problem(410, "erased", "Les données de ce dossier ont été effacées.", title="Courrier effacé")


@router.get(
    "/letters/{letter_id}/despatches/{despatch_no}/envelope",
    response_class=Response,
    summary="Image de l'enveloppe revenue",
)
async def get_envelope(
    letter_id: UUID, despatch_no: DespatchNo, runtime: RuntimeDependency, principal: Reader, purpose: ReadPurpose
) -> Response:
    """The scan as it was given."""
    async with runtime.database.unit() as unit:
        row = await one(unit, principal, letter_id)
        scan = (await scans.scanned(unit, letter_id)).get(despatch_no)
        record_access(unit, principal, purpose, "letters.envelope", [row.application_id])
    body = await scans_of(runtime).get(scan.sha256) if scan is not None else None
    if scan is None or body is None:
        raise not_found()
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(body, media_type=scan.media_type, headers=headers)


async def _despatched(unit: UnitOfWork, principal: Writer, letter_id: UUID, despatch_no: int) -> LetterRow:
    """The letter, locked, if it has this despatch. Raises 404 for any other."""
    row = await one(unit, principal, letter_id, lock=True)
    if despatch_no not in {despatch.despatch_no for despatch in await store.despatches_of(unit, letter_id)}:
        raise not_found()
    return row
