"""The print room over HTTP: batches from open to posted, what was printed, spoiled sheets and volumes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import available_timezones

from fastapi import APIRouter, Query, Response

from services.letters.api.dependencies import (
    PDF,
    PaperKeeper,
    PaperReader,
    PaperSupervisor,
    PdfResponse,
    ReadPurpose,
    pdf_response,
)
from services.letters.api.paper import ranges_of, register_of
from services.letters.api.paper_problems import conflict
from services.letters.api.postings import PostingResult, check_leaving
from services.letters.api.print_room_schemas import (
    Batch,
    BatchLetter,
    BatchPosted,
    BatchPosting,
    Manifest,
    NewBatches,
    Printing,
    PrintingResult,
    PrintRoom,
    Pull,
    Volume,
)
from services.letters.domain.kind_definition import Way
from services.letters.domain.paper import Spoilage
from services.letters.domain.print_batches import BatchState, Printed, PrintPaper, SheetsLeftOver, printed_on
from services.letters.rendering import batches
from services.letters.rendering.service import batches_of
from services.letters.store import paper, posting_acts, print_batches, queries
from services.letters.store.paper import PaperConflict, Register
from services.letters.store.print_batches import InBatch
from shared import clock
from shared.access.access_log import record_listing
from shared.contract.input_errors import InputError
from shared.contract.scalars import CaisseCode
from shared.database.unit_of_work import UnitOfWork
from shared.http.dates import BoundedDate
from shared.http.paging import Page, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["éditique"])

BatchRow = Any


def _shown(row: BatchRow) -> Batch:
    return Batch.model_validate(row, from_attributes=True)


def check_state(row: BatchRow, *states: BatchState) -> None:
    """Raises a 409 problem where the batch is in another state than one of these."""
    if row.state not in states:
        detail = f"Ce lot est « {STATES[BatchState(row.state)]} » : cet acte n'est plus, ou pas encore, possible."
        raise Problem(409, "batch_state", detail, title="État du lot")


STATES = {
    BatchState.OPEN: "ouvert",
    BatchState.CLOSED: "clos",
    BatchState.TAKEN: "pris",
    BatchState.PRINTED: "imprimé",
    BatchState.POSTED: "posté",
}


async def manifest_of(unit: UnitOfWork, row: BatchRow) -> Manifest:
    """The letters of a batch and their totals."""
    letters = await print_batches.letters_of(unit, row.batch_id)
    there = [one for one in letters if one.state != "pulled"]
    secured = row.paper == PrintPaper.SECURED
    shown = [BatchLetter.model_validate(one, from_attributes=True) for one in letters]
    if not secured:
        shown = [one.model_copy(update={"sheets": 0}) for one in shown]
    return Manifest(
        batch=_shown(row),
        envelope="dl",
        letters=shown,
        total_letters=len(there),
        total_pages=sum(one.pages + one.leaflet_pages for one in there),
        total_sheets=sum(one.sheets for one in there) if secured else 0,
    )


@router.put("/print-rooms/{caisse}", status_code=204, summary="Heure limite de l'éditique d'une caisse")
async def put_print_room(
    caisse: CaisseCode, body: PrintRoom, runtime: RuntimeDependency, principal: PaperSupervisor
) -> None:
    """From then on each working day's letters are batched at this hour."""
    if body.zone not in available_timezones():
        error = InputError("/zone", "unknown_value", "Fuseau horaire inconnu.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    principal.check_scope(caisse)
    async with runtime.database.unit() as unit:
        await print_batches.set_room(
            unit, principal, caisse, dt.time.fromisoformat(body.cut_off), body.zone, body.active
        )


@router.get("/print-rooms/{caisse}", summary="Heure limite de l'éditique d'une caisse")
async def read_print_room(caisse: CaisseCode, runtime: RuntimeDependency, principal: PaperReader) -> PrintRoom:
    """404 where the caisse batches by hand."""
    async with runtime.database.unit() as unit:
        row = await print_batches.room_in_scope(unit, principal, caisse)
    return PrintRoom(cut_off=row.cut_off.strftime("%H:%M"), zone=row.zone, active=row.active)


@router.post("/print-batches", status_code=201, summary="Mettre en lots ce qui est prêt")
async def post_batches(body: NewBatches, runtime: RuntimeDependency, principal: PaperKeeper) -> list[Batch]:
    """One batch a paper and way, 500 letters at most, by postcode; empty where nothing is ready."""
    register = register_of(principal, body.caisse)
    async with runtime.database.unit() as unit:
        made = await batches.batch_all(runtime, unit, register.caisse, clock.today())
        return [_shown(await print_batches.batch_in_scope(unit, principal, batch_id)) for batch_id in made]


@router.get("/print-batches", summary="Lots de l'éditique")
async def list_batches(
    runtime: RuntimeDependency, principal: PaperReader, paging: PagingQuery, state: BatchState | None = None
) -> Page[Batch]:
    """The newest first."""
    async with runtime.database.unit() as unit:
        rows, more = await print_batches.listed(unit, principal, paging, state)
    following = encode_cursor(rows[-1].batch_id) if more else None
    return Page[Batch](items=[_shown(row) for row in rows], next=following)


@router.get("/print-batches/{batch_id}", summary="Le manifeste d'un lot")
async def read_batch(batch_id: UUID, runtime: RuntimeDependency, principal: PaperReader) -> Manifest:
    """Its letters in their order: ids, pages and postcodes, no name."""
    async with runtime.database.unit() as unit:
        row = await print_batches.batch_in_scope(unit, principal, batch_id)
        return await manifest_of(unit, row)


@router.post("/print-batches/{batch_id}/closing", summary="Clore un lot : son PDF est fixé")
async def close_batch(batch_id: UUID, runtime: RuntimeDependency, principal: PaperKeeper) -> Batch:
    """Closed twice, it is closed. A batch in which nobody is left needs no printer any more."""
    async with runtime.database.unit() as unit:
        row = await print_batches.batch_in_scope(unit, principal, batch_id, lock=True)
        if row.state == BatchState.OPEN:
            await batches.close(runtime, unit, row)
        return _shown(await print_batches.batch_in_scope(unit, principal, batch_id))


@router.post("/print-batches/{batch_id}/pulls", summary="Retirer un courrier d'un lot qui n'est pas pris")
async def pull_letter(batch_id: UUID, body: Pull, runtime: RuntimeDependency, principal: PaperKeeper) -> Batch:
    """The PDF of a closed batch is made again without it."""
    async with runtime.database.unit() as unit:
        row = await print_batches.batch_in_scope(unit, principal, batch_id, lock=True)
        check_state(row, BatchState.OPEN, BatchState.CLOSED)
        if not await print_batches.pull(unit, batch_id, body.letter_id):
            error = InputError("/letter_id", "not_in_batch", "Ce courrier n'est pas dans ce lot.")
            raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
        if row.state == BatchState.CLOSED:
            await batches.close(runtime, unit, row)
        return _shown(await print_batches.batch_in_scope(unit, principal, batch_id))


@router.post("/print-batches/{batch_id}/taking", summary="Prendre un lot pour l'imprimer")
async def take_batch(batch_id: UUID, runtime: RuntimeDependency, principal: PaperKeeper) -> Batch:
    """Letters cancelled meanwhile are dropped first. Taken again it is the same, with the same PDF."""
    async with runtime.database.unit() as unit:
        row = await print_batches.batch_in_scope(unit, principal, batch_id, lock=True)
        check_state(row, BatchState.CLOSED, BatchState.TAKEN)
        if row.state == BatchState.CLOSED:
            if await print_batches.drop_stale(unit, batch_id) or row.pdf_sha256 is None:
                await batches.close(runtime, unit, row)
                row = await print_batches.batch_in_scope(unit, principal, batch_id)
            if row.state == BatchState.CLOSED:
                await print_batches.taken(unit, row, principal.id)
        return _shown(await print_batches.batch_in_scope(unit, principal, batch_id))


@router.get("/print-batches/{batch_id}/pdf", response_class=PdfResponse, responses=PDF, summary="Le PDF d'un lot pris")
async def read_batch_pdf(
    batch_id: UUID, runtime: RuntimeDependency, principal: PaperKeeper, purpose: ReadPurpose
) -> Response:
    """The same bytes each time, from the taking to the posting."""
    async with runtime.database.unit() as unit:
        row = await print_batches.batch_in_scope(unit, principal, batch_id)
        check_state(row, BatchState.TAKEN, BatchState.PRINTED)
        letters = await print_batches.letters_of(unit, batch_id)
        record_listing(unit, principal, purpose, "letters.pdf", [one.application_id for one in letters])
    body = await batches_of(runtime).get(row.pdf_sha256) if row.pdf_sha256 else None
    if body is None:
        raise Problem(410, "erased", "Un dossier de ce lot a été effacé depuis.", title="Lot effacé")
    return pdf_response(body, f"lot-{batch_id}.pdf")


@router.post("/print-batches/{batch_id}/printing", summary="Ce qui a été imprimé d'un lot")
async def print_batch(
    batch_id: UUID, body: Printing, runtime: RuntimeDependency, principal: PaperKeeper
) -> PrintingResult:
    """Where printing stopped, what was printed is kept and the rest goes back for the next batch."""
    if body.printed_on > clock.today():
        error = InputError("/printed_on", "in_the_future", "Cette date ne peut pas être à venir.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    async with runtime.database.unit() as unit:
        row = await print_batches.batch_in_scope(unit, principal, batch_id, lock=True)
        check_state(row, BatchState.TAKEN)
        there = [one for one in await print_batches.letters_of(unit, batch_id) if one.state == "in"]
        cut: list[str] = []
        if row.paper == PrintPaper.SECURED:
            done = await _on_sheets(runtime, unit, Register(principal, row.caisse), there, body)
            printed, cut = list(done.sheets), done.cut
        else:
            _check_plain(body)
            printed = [one.letter_id for one in there if body.through is None or one.position <= body.through]
        await print_batches.printed(unit, row, printed, body.printed_on)
        shown = _shown(await print_batches.batch_in_scope(unit, principal, batch_id))
    return PrintingResult(batch=shown, printed=len(printed), returned=len(there) - len(printed), cut_sheets=cut)


def _check_plain(body: Printing) -> None:
    if body.sheets or body.spoiled:
        error = InputError("/sheets", "plain_paper", "Ce lot est sur papier ordinaire, qui n'a pas de numéro.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])


async def _on_sheets(
    runtime: Runtime, unit: UnitOfWork, register: Register, there: list[InBatch], body: Printing
) -> Printed:
    """Write down which sheet carries which letter, and which carry none."""
    ranges = ranges_of(body.sheets)
    serials = [serial for one in ranges for serial in one.serials()]
    spoiled = {one.serial: one.cause for one in body.spoiled}
    errors = []
    if body.through is not None:
        errors.append(InputError("/through", "secured_paper", "Sur papier sécurisé, ce sont les numéros."))
    if stray := [serial for serial in spoiled if serial not in set(serials)]:
        errors.append(InputError("/spoiled", "not_printed", f"Hors des feuilles passées : {', '.join(stray[:5])}."))
    needs = [(one.letter_id, one.sheets) for one in there]
    try:
        done = printed_on(needs, serials, frozenset(spoiled))
    except SheetsLeftOver:
        errors.append(InputError("/sheets", "sheets_left_over", "Plus de feuilles que les courriers n'en prennent."))
    if errors:
        raise Problem(422, "validation_failed", f"{len(errors)} champ(s) à corriger.", errors=errors)
    rows = {row.letter_id: row for row in await queries.locked_in_scope(unit, register.principal, list(done.sheets))}
    try:
        for letter_id, sheets in done.sheets.items():
            await paper.use(unit, register, rows[letter_id], sheets, body.printed_on)
        for cause in Spoilage:
            if of_cause := [serial for serial, why in spoiled.items() if why is cause]:
                await paper.spoil(unit, register, of_cause, cause, body.printed_on)
        if done.cut:
            await paper.spoil(unit, register, done.cut, Spoilage.MISPRINT, body.printed_on)
    except PaperConflict as against:
        raise conflict(against, runtime.reference) from None
    return done


@router.post("/print-batches/{batch_id}/posting", summary="Un lot imprimé est posté : les délais s'ouvrent")
async def post_batch(
    batch_id: UUID, body: BatchPosting, runtime: RuntimeDependency, principal: PaperKeeper
) -> BatchPosted:
    """Each printed letter is posted by the way of the batch; one verdict each."""
    async with runtime.database.unit() as unit:
        row = await print_batches.batch_in_scope(unit, principal, batch_id, lock=True)
        check_state(row, BatchState.PRINTED)
        letters = await print_batches.letters_of(unit, batch_id)
        ids = [one.letter_id for one in letters if one.state == "printed"]
        wanted = ids if row.way == Way.REGISTERED else list(body.numbers)
        numbers = {f"/numbers/{key}": body.numbers.get(key, "") for key in wanted}
        check_leaving(body.posted_on, "/posted_on", row.way, numbers)
        verdicts = await posting_acts.batch_leaves(unit, principal, row, body.posted_on, body.numbers)
        shown = _shown(await print_batches.batch_in_scope(unit, principal, batch_id))
    results = [PostingResult(letter_id=key, verdict=verdict) for key, verdict in verdicts.items()]
    return BatchPosted(batch=shown, results=results)


@router.get("/print-volumes", summary="Volumes imprimés, par papier et par voie")
async def read_volumes(
    runtime: RuntimeDependency,
    principal: PaperReader,
    since: BoundedDate,
    until: BoundedDate,
    caisse: Annotated[CaisseCode | None, Query()] = None,
) -> list[Volume]:
    """Of the batches printed in these days."""
    register = register_of(principal, caisse)
    async with runtime.database.unit() as unit:
        rows = await print_batches.volumes(unit, principal, register.caisse, since, until)
    return [Volume.model_validate(row, from_attributes=True) for row in rows]
