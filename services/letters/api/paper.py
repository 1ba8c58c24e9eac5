"""Secured paper over HTTP: what was delivered, moved and counted, by two persons; where each sheet ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.letters.api.dependencies import PaperKeeper, PaperReader, PaperSupervisor
from services.letters.api.paper_problems import SerialText, conflict, range_of
from services.letters.api.paper_schemas import (
    MOST_SHEETS,
    CountView,
    DeliveryFates,
    LedgerEntry,
    LetterSheets,
    NewConfirmation,
    NewDelivery,
    NewInventory,
    NewLoss,
    NewMovement,
    NewSpoilage,
    PaperNotice,
    Sheets,
    SheetView,
    Stock,
)
from services.letters.domain import library
from services.letters.domain.paper import SerialRange
from services.letters.domain.paper_rules import days_left, forecast, warnings
from services.letters.store import paper, paper_views
from services.letters.store.paper import NewCount, PaperConflict, Register
from services.letters.store.queries import LetterView, one, view
from shared import clock
from shared.access.principal import Principal
from shared.contract.input_errors import InputError
from shared.contract.scalars import CaisseCode
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Page, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem
from shared.messaging.reference_table import ReferenceTable
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["papier sécurisé"])


_SAME = (
    "count_id",
    "caisse",
    "subject",
    "supplier",
    "happened_on",
    "from_place",
    "to_place",
    "reason",
    "counted_at",
    "agrees",
    "confirmed_by",
)


def register_of(principal: Principal, caisse: str | None) -> Register:
    """The register of the caisse named, or of the caller. Raises 404 for another one's, 422 for none."""
    chosen = caisse or principal.caisse
    if chosen is None:
        error = InputError("/caisse", "missing", "Ce champ est obligatoire pour un jeton national.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    principal.check_scope(chosen)
    return Register(principal, chosen)


def _not_to_come(day: dt.date, pointer: str) -> None:
    if day > clock.today():
        error = InputError(pointer, "in_the_future", "Cette date ne peut pas être à venir.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])


def ranges_of(sheets: Sequence[Sheets]) -> list[SerialRange]:
    """The ranges of a request. Raises a 422 problem for a wrong one, for two that overlap, and for far too many."""
    found = [range_of(one.first_serial, one.last_serial, f"/sheets/{at}") for at, one in enumerate(sheets)]
    for before, other in pairwise(sorted(found)):
        if (before.prefix, before.width) == (other.prefix, other.width) and other.first <= before.last:
            error = InputError("/sheets", "ranges_overlap", f"La feuille {other.ends[0]} est nommée deux fois.")
            raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    if sum(map(len, found)) > MOST_SHEETS:
        error = InputError("/sheets", "too_many_sheets", f"{MOST_SHEETS} feuilles au plus en une fois.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    return found


async def _counted(unit: UnitOfWork, reference: ReferenceTable, register: Register, new: NewCount) -> CountView:
    try:
        count_id = await paper.count(unit, register, new)
    except PaperConflict as against:
        raise conflict(against, reference) from None
    return await _view(unit, register.principal, count_id)


async def _view(unit: UnitOfWork, principal: Principal, count_id: UUID) -> CountView:
    row = await paper_views.count_in_scope(unit, principal, count_id)
    sheets = [Sheets(first_serial=first, last_serial=last) for first, last in row.ranges]
    kept = {name: row._mapping[name] for name in _SAME}
    return CountView(**kept, sheets=sheets, counted_by=row.actor_id, differences=row.differences or {})


@router.post("/paper/deliveries", status_code=201, summary="Livraison de papier sécurisé, premier comptage")
async def post_delivery(body: NewDelivery, runtime: RuntimeDependency, principal: PaperKeeper) -> CountView:
    """Counted at once, as serials in a row. It enters the stock once a second person has counted the same."""
    register = register_of(principal, body.caisse)
    _not_to_come(body.received_on, "/received_on")
    sheets = ranges_of(body.sheets)
    if body.counted != sum(map(len, sheets)):
        error = InputError("/counted", "count_differs", f"Les numéros donnent {sum(map(len, sheets))} feuille(s).")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    async with runtime.database.unit() as unit:
        new = NewCount("delivery", body.received_on, sheets, supplier=body.supplier)
        return await _counted(unit, runtime.reference, register, new)


@router.post("/paper/movements", status_code=201, summary="Déplacement de feuilles, premier signataire")
async def post_movement(body: NewMovement, runtime: RuntimeDependency, principal: PaperKeeper) -> CountView:
    """Every removal or return has two persons; nothing moves before the second one confirms."""
    register = register_of(principal, body.caisse)
    _not_to_come(body.moved_on, "/moved_on")
    async with runtime.database.unit() as unit:
        new = NewCount(
            "movement",
            body.moved_on,
            ranges_of(body.sheets),
            from_place=body.from_place,
            to_place=body.to_place,
            reason=body.reason,
        )
        return await _counted(unit, runtime.reference, register, new)


@router.post("/paper/inventories", status_code=201, summary="Inventaire, premier comptage")
async def post_inventory(body: NewInventory, runtime: RuntimeDependency, principal: PaperKeeper) -> CountView:
    """What is not seen becomes unaccounted for, what is seen again is found, once a second person confirms."""
    register = register_of(principal, body.caisse)
    _not_to_come(body.counted_on, "/counted_on")
    async with runtime.database.unit() as unit:
        new = NewCount("inventory", body.counted_on, ranges_of(body.sheets))
        return await _counted(unit, runtime.reference, register, new)


@router.post("/paper/counts/{count_id}/confirmation", summary="Deuxième personne : son propre comptage")
async def confirm_count(
    count_id: UUID, body: NewConfirmation, runtime: RuntimeDependency, principal: PaperKeeper
) -> CountView:
    """Another person than the first one. Where the counts differ, nothing takes effect and both stay written."""
    async with runtime.database.unit() as unit:
        row = await paper_views.count_in_scope(unit, principal, count_id)
        try:
            await paper.confirm(unit, Register(principal, row.caisse), row, body.counted)
        except PaperConflict as against:
            raise conflict(against, runtime.reference) from None
        return await _view(unit, principal, count_id)


@router.get("/paper/counts", summary="Livraisons, déplacements et inventaires")
async def list_counts(
    runtime: RuntimeDependency, principal: PaperReader, paging: PagingQuery, waiting: bool | None = None
) -> Page[CountView]:
    """The newest first; ``waiting=true``: those that wait for a second person."""
    async with runtime.database.unit() as unit:
        rows, more = await paper_views.counts(unit, principal, paging, waiting)
        items = [await _view(unit, principal, row.count_id) for row in rows]
    return Page[CountView](items=items, next=encode_cursor(rows[-1].count_id) if more else None)


@router.put("/letters/{letter_id}/sheets", summary="Feuilles sur lesquelles un courrier est imprimé")
async def put_sheets(
    letter_id: UUID, body: LetterSheets, runtime: RuntimeDependency, principal: PaperKeeper
) -> LetterView:
    """Told again with other serials it was printed again: the sheets before are spoiled. Told twice it is one act."""
    _not_to_come(body.printed_on, "/printed_on")
    async with runtime.database.unit() as unit:
        row = await one(unit, principal, letter_id, lock=True)
        wanted = paper.needed(row, library.paper_rules())
        if len(body.serials) != wanted:
            error = InputError("/serials", "sheets_needed", f"Ce courrier prend {wanted} feuille(s).")
            raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
        try:
            register = Register(principal, principal.caisse or row.caisse)
            await paper.use(unit, register, row, body.serials, body.printed_on)
        except PaperConflict as against:
            raise conflict(against, runtime.reference) from None
        return view(row)


@router.post("/paper/spoilages", status_code=204, summary="Feuilles gâchées, avec leur cause")
async def post_spoilage(body: NewSpoilage, runtime: RuntimeDependency, principal: PaperKeeper) -> None:
    """A spoiled sheet is never used again; one whose letter has left cannot be spoiled."""
    register = register_of(principal, body.caisse)
    _not_to_come(body.spoiled_on, "/spoiled_on")
    async with runtime.database.unit() as unit:
        try:
            await paper.spoil(unit, register, body.serials, body.cause, body.spoiled_on)
        except PaperConflict as against:
            raise conflict(against, runtime.reference) from None


@router.post("/paper/losses", status_code=204, summary="Feuilles déclarées perdues")
async def post_loss(body: NewLoss, runtime: RuntimeDependency, principal: PaperSupervisor) -> None:
    """Of sheets that an inventory missed. The page that checks seals tells them to everybody."""
    register = register_of(principal, body.caisse)
    _not_to_come(body.declared_on, "/declared_on")
    lost = range_of(body.sheets.first_serial, body.sheets.last_serial, "/sheets")
    async with runtime.database.unit() as unit:
        try:
            await paper.declare_lost(unit, register, list(lost.serials()), body.declared_on)
        except PaperConflict as against:
            raise conflict(against, runtime.reference) from None


@router.get("/paper/stock", summary="Feuilles par sort, alertes et prévision")
async def read_stock(
    runtime: RuntimeDependency, principal: PaperReader, caisse: Annotated[CaisseCode | None, Query()] = None
) -> Stock:
    """Every sheet of every delivery in one fate, what to look at, and what the year to come needs."""
    register, rules, today = register_of(principal, caisse), library.paper_rules(), clock.today()
    async with runtime.database.unit() as unit:
        rows = await paper_views.fates(unit, principal, register.caisse)
        missing = await paper_views.unaccounted(unit, principal, register.caisse)
        activity = await paper_views.activity(unit, principal, register.caisse, rules, today)
    return Stock(
        caisse=register.caisse,
        deliveries=[DeliveryFates.model_validate(row, from_attributes=True) for row in rows],
        unaccounted=[Sheets(first_serial=first, last_serial=last) for first, last in missing],
        days_left=days_left(activity, rules),
        forecast=forecast(activity, rules),
        notices=[PaperNotice.model_validate(found, from_attributes=True) for found in warnings(activity, rules, today)],
    )


@router.get("/paper/sheets/{serial}", summary="Une feuille")
async def read_sheet(
    serial: SerialText,
    runtime: RuntimeDependency,
    principal: PaperReader,
    caisse: Annotated[CaisseCode | None, Query()] = None,
) -> SheetView:
    """Where it is, or ended, and by which letter."""
    register = register_of(principal, caisse)
    async with runtime.database.unit() as unit:
        row = await paper_views.sheet_in_scope(unit, principal, register.caisse, serial)
    return SheetView.model_validate(row, from_attributes=True)


@router.get("/paper/ledger", summary="Tout ce qui a été fait du papier sécurisé")
async def list_ledger(runtime: RuntimeDependency, principal: PaperReader, paging: PagingQuery) -> Page[LedgerEntry]:
    """The newest first. Lines are added and never changed."""
    async with runtime.database.unit() as unit:
        rows, more = await paper_views.ledger(unit, principal, paging)
    items = [LedgerEntry.model_validate(row, from_attributes=True) for row in rows]
    return Page[LedgerEntry](items=items, next=encode_cursor(rows[-1].entry_no) if more else None)
