"""The photograph of a member for a title: given, cropped by a person, shown, forgotten. Never compared."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.letters.api.dependencies import Reader, ReadPurpose, Writer
from services.letters.domain import library
from services.letters.domain.titles import photograph
from services.letters.domain.titles.photograph import Box, Photograph, PhotographRejected
from services.letters.rendering.service import photographs_of
from services.letters.store import title_photographs as store
from services.letters.store.recipients import addressee_in_scope
from shared import clock
from shared.access.access_log import record_access
from shared.access.principal import Principal
from shared.contract.input_errors import InputError
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(prefix="/applications/{application_id}/members/{rank}/photograph", tags=["titres"])

Rank = Annotated[int, Path(ge=0, le=30)]
Pixels = Annotated[int, Field(ge=0, le=20_000)]
FaultCode = Literal["photograph_blurred", "background_dark", "background_white"]
BYTES = {"type": "string", "format": "binary"}


class BoxView(BaseModel):
    """A part of a picture, in its pixels."""

    left: int
    top: int
    width: int
    height: int


class FaultView(BaseModel):
    """A check that the photograph does not pass, with what was measured and the limit."""

    code: FaultCode
    value: float
    limit: float


class PhotographView(BaseModel):
    """A photograph by its size and its checks. ``box``: proposed, until a person confirmed one."""

    state: Literal["proposed", "confirmed"]
    width: int
    height: int
    box: BoxView
    faults: list[FaultView]


class Crop(BaseModel):
    """The box that a person chose. ``despite``: the checks it does not pass, and that the person lets pass."""

    model_config = ConfigDict(extra="forbid")
    left: Pixels
    top: Pixels
    width: Pixels
    height: Pixels
    despite: Annotated[list[FaultCode], Field(max_length=3)] = []


@router.put(
    "",
    summary="Donner la photographie d'un membre du foyer",
    openapi_extra={"requestBody": {"content": {kind: {"schema": BYTES} for kind in ("image/jpeg", "image/png")}}},
)
async def put_photograph(
    application_id: UUID, rank: Rank, request: Request, runtime: RuntimeDependency, principal: Writer
) -> PhotographView:
    """Give a photograph, JPEG or PNG: a box is proposed from its size alone, and a person confirms one."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > library.title_rules().photograph.largest_bytes:
            break
    return await keep_photograph(runtime, principal, application_id, rank, bytes(body))


async def keep_photograph(
    runtime: Runtime, principal: Principal, application_id: UUID, rank: int, body: bytes
) -> PhotographView:
    """Keep a photograph with its proposed box. Raises problems: 404, 410, 413 and 422."""
    async with runtime.database.unit() as unit:
        await _member(unit, principal, application_id, rank)
    if len(body) > library.title_rules().photograph.largest_bytes:
        raise Problem(413, "photograph_too_large", "Le fichier de la photographie est trop grand.")
    kept, box, faults = await asyncio.to_thread(_read, body)
    sealed = store.seal(kept.body)
    sha256 = await photographs_of(runtime).put(sealed.body)
    async with runtime.database.unit() as unit:
        await _member(unit, principal, application_id, rank)
        new = store.NewPhotograph("proposed", sha256, sealed.key, box, faults)
        saved = await store.save(unit, application_id, rank, new, clock.today(), principal.actor)
    if not saved:
        raise Problem(410, "erased", "Les données de ce dossier ont été effacées.")
    return _view("proposed", kept, box, faults)


@router.post("/crop", status_code=201, summary="Confirmer le cadre de la photographie")
async def crop_photograph(
    application_id: UUID, rank: Rank, body: Crop, runtime: RuntimeDependency, principal: Writer
) -> PhotographView:
    """Keep the part of the box, in the size of titles; what was around it is forgotten."""
    async with runtime.database.unit() as unit:
        await _member(unit, principal, application_id, rank)
        row = await store.kept(unit, application_id, rank)
    if row is None or row.state != "proposed":
        raise Problem(409, "no_photograph", "Aucune photographie n'attend son cadre : donnez-en une.")
    whole = await _bytes(runtime, row.sha256, row.key)
    box = Box(body.left, body.top, body.width, body.height)
    part, faults = await asyncio.to_thread(_cropped, whole, box)
    left = [fault for fault in faults if fault.code not in body.despite]
    if left:
        errors = [InputError("/despite", fault.code, FAULTS[fault.code]) for fault in left]
        raise Problem(422, "validation_failed", f"{len(errors)} contrôle(s) à revoir ou à accepter.", errors=errors)
    sealed = store.seal(part.body)
    sha256 = await photographs_of(runtime).put(sealed.body)
    async with runtime.database.unit() as unit:
        await _member(unit, principal, application_id, rank)
        new = store.NewPhotograph("confirmed", sha256, sealed.key, box, faults)
        saved = await store.save(unit, application_id, rank, new, clock.today(), principal.actor)
    if not saved:
        raise Problem(410, "erased", "Les données de ce dossier ont été effacées.")
    return _view("confirmed", part, box, faults)


@router.get("", response_class=Response, summary="La photographie d'un membre du foyer")
async def get_photograph(
    application_id: UUID, rank: Rank, runtime: RuntimeDependency, principal: Reader, purpose: ReadPurpose
) -> Response:
    """The picture: whole until its box is confirmed, then cropped."""
    async with runtime.database.unit() as unit:
        await _member(unit, principal, application_id, rank)
        row = await store.kept(unit, application_id, rank)
        record_access(unit, principal, purpose, "letters.photograph", [application_id])
    if row is None:
        raise not_found()
    picture = await _bytes(runtime, row.sha256, row.key)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(picture, media_type="image/jpeg", headers=headers)


@router.delete("", status_code=204, summary="Oublier la photographie d'un membre du foyer")
async def delete_photograph(
    application_id: UUID, rank: Rank, runtime: RuntimeDependency, principal: Writer
) -> Response:
    """Forget the photograph; a title that was made keeps the one it bears."""
    async with runtime.database.unit() as unit:
        await _member(unit, principal, application_id, rank)
        if not await store.remove(unit, application_id, rank):
            raise not_found()
    return Response(status_code=204)


FAULTS = {
    "photograph_blurred": "La photographie n'est pas nette.",
    "background_dark": "Le fond n'est pas clair.",
    "background_white": "Le fond est blanc : il doit être clair et uni, bleu ou gris.",
}


async def opened_photograph(
    runtime: Runtime, principal: Principal, application_id: UUID, rank: int
) -> tuple[PhotographView, bytes] | None:
    """What is kept of a member's photograph, and its bytes; None where there is none. Raises 404 out of scope."""
    async with runtime.database.unit() as unit:
        await _member(unit, principal, application_id, rank)
        row = await store.kept(unit, application_id, rank)
    if row is None:
        return None
    picture = await _bytes(runtime, row.sha256, row.key)
    kept = await asyncio.to_thread(photograph.kept, picture)
    left, top, width, height = row.box
    return _view(row.state, kept, Box(left, top, width, height), []), picture


async def _member(unit: UnitOfWork, principal: Reader, application_id: UUID, rank: int) -> None:
    """Raises 404 where the file is out of scope, or has nobody of this rank."""
    addressee = await addressee_in_scope(unit, principal, application_id)
    if rank not in {person.rank for person in addressee.recipient.persons}:
        raise not_found()


async def _bytes(runtime: Runtime, sha256: str, key: str) -> bytes:
    body = await photographs_of(runtime).get(sha256)
    picture = store.opened(body, key) if body is not None else None
    if picture is None:
        raise not_found()
    return picture


def _read(body: bytes) -> tuple[Photograph, Box, list[photograph.Fault]]:
    rules = library.title_rules().photograph
    try:
        kept = photograph.read(body, rules)
        box = photograph.proposed_box(kept.width, kept.height, rules)
        _, faults = photograph.cropped(kept, box, rules)
    except PhotographRejected as rejected:
        status = 413 if rejected.code == "photograph_too_large" else 422
        raise Problem(status, rejected.code, rejected.message, title="Photographie refusée") from None
    return kept, box, faults


def _cropped(whole: bytes, box: Box) -> tuple[Photograph, list[photograph.Fault]]:
    rules = library.title_rules().photograph
    try:
        return photograph.cropped(photograph.kept(whole), box, rules)
    except PhotographRejected as rejected:
        error = InputError("/width" if rejected.code != "box_outside" else "/left", rejected.code, rejected.message)
        raise Problem(422, "validation_failed", "Le cadre est à revoir.", errors=[error]) from None


def _view(state: str, picture: Photograph, box: Box, faults: list[photograph.Fault]) -> PhotographView:
    shown = [FaultView.model_validate(fault, from_attributes=True) for fault in faults]
    place = BoxView.model_validate(box, from_attributes=True)
    return PhotographView.model_validate(
        {"state": state, "width": picture.width, "height": picture.height, "box": place, "faults": shown}
    )
