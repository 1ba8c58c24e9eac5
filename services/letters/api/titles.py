"""Titles of admission over HTTP: ordered for a right, made, received, posted, voided, made again. The hand-over at a
desk is ``POST /hand-overs``."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from services.letters.api.dependencies import Reader, ReadPurpose, Writer
from services.letters.api.kind_details import no_text_problem
from services.letters.api.title_problems import must_not_be_ahead, title_steps
from services.letters.domain.kind_definition import NoTextForDay
from services.letters.domain.titles.forms import TitleForm
from services.letters.domain.titles.title import Title, TitleState, VoidReason
from services.letters.store import title_desk, titles
from services.letters.store.hand_overs import AddresseeRow
from services.letters.store.recipients import addressee_in_scope
from services.letters.store.seal_keys import sealer_of
from shared import clock
from shared.access.access_log import record_access
from shared.access.principal import Principal
from shared.http.dates import BoundedDate
from shared.http.paging import Page, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem
from shared.observability.logs import correlation
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["titres"])

SerialPath = Annotated[str, Path(pattern=r"^[0-9A-Za-z.-]{1,40}$")]
FORBID = ConfigDict(extra="forbid")


class TitleView(BaseModel):
    """A title by ids, codes and dates; no name. ``listed``: ranks of who stands on it without one of their own."""

    title_id: UUID
    serial: str
    application_id: UUID
    caisse: str
    member_rank: int
    listed: list[int]
    form: TitleForm
    copy_no: int
    starts_on: dt.date
    ends_on: dt.date
    state: TitleState
    since: dt.date
    void_reason: VoidReason | None


class TitleAct(BaseModel):
    """What was done with a title, when and by whom."""

    act: TitleState
    on: dt.date
    reason: str
    actor_id: str


class TitleDetail(TitleView):
    """A title with everything that was done with it."""

    acts: list[TitleAct]


class TitleOrder(BaseModel):
    """For which application titles are to be made."""

    model_config = FORBID
    application_id: UUID


class TitleDay(BaseModel):
    """The day on which it happened; today where it is left out."""

    model_config = FORBID
    on: BoundedDate | None = None


class TitleVoiding(TitleDay):
    """Why a serial does not count any more. A loss or a theft leaves the person's statement as a letter to sign."""

    reason: Literal["loss", "theft", "damage", "change", "misprint"]


class TitlesMade(BaseModel):
    """The titles of an application that count. ``photographs_missing``: ranks whose title waits for one."""

    titles: list[TitleView]
    photographs_missing: Annotated[list[int], Field(description="rangs dont le titre attend une photographie")]


def title_view(title: Title) -> TitleView:
    """A title as lists show it."""
    return TitleView.model_validate(title, from_attributes=True)


@router.post("/titles", status_code=201, summary="Commander les titres d'une admission")
async def order_titles(
    body: TitleOrder, runtime: RuntimeDependency, principal: Writer, purpose: ReadPurpose
) -> TitlesMade:
    """Order the titles that the right of the file calls for, by the form of the day; who has one that counts keeps it.

    A missing photograph delays no decision and no order: the title waits for it, and an appointment can be offered.
    """
    async with runtime.database.unit() as unit:
        addressee = await addressee_in_scope(unit, principal, body.application_id)
        record_access(unit, principal, purpose, "letters.titles", [body.application_id])
        with title_steps():
            made = await title_desk.order(unit, _act(runtime, addressee, principal, clock.today()))
        if not made:
            raise Problem(409, "no_right", "Aucun droit n'est ouvert dans ce dossier.")
        missing = await title_desk.photographs_missing(unit, made)
    return TitlesMade(titles=[title_view(title) for title in made], photographs_missing=missing)


@router.get("/titles", summary="Titres, dont ceux qui attendent leur retrait")
async def list_titles(
    runtime: RuntimeDependency,
    principal: Reader,
    purpose: ReadPurpose,
    paging: PagingQuery,
    application: UUID | None = None,
    state: TitleState | None = None,
    lists_ended: bool = False,
) -> Page[TitleView]:
    """Titles in scope, those longest in their state first: ``state=received`` shows what waits to be collected,
    ``lists_ended`` those that name somebody whose right ended early: void them for ``change``, order the duplicate."""
    async with runtime.database.unit() as unit:
        found, more = await titles.listed(
            unit, principal, paging, *titles.matching(application, state, lists_ended=lists_ended)
        )
        record_access(unit, principal, purpose, "letters.titles", sorted({title.application_id for title in found}))
    following = encode_cursor(found[-1].since, found[-1].title_id) if more else None
    return Page[TitleView](items=[title_view(title) for title in found], next=following)


@router.get("/titles/{serial}", summary="Un titre et tout ce qui en a été fait")
async def read_title(
    serial: SerialPath, runtime: RuntimeDependency, principal: Reader, purpose: ReadPurpose
) -> TitleDetail:
    """One serial with its acts, the oldest first."""
    async with runtime.database.unit() as unit:
        title = await titles.one(unit, principal, serial)
        record_access(unit, principal, purpose, "letters.title", [title.application_id])
        acts = [
            TitleAct(act=row.act, on=row.happened_on, reason=row.reason, actor_id=row.actor_id)
            for row in await titles.acts_of(unit, title.title_id)
        ]
    return TitleDetail(**title_view(title).model_dump(), acts=acts)


@router.post("/titles/{serial}/production", status_code=201, summary="Établir un titre imprimé à la caisse")
async def produce_title(
    serial: SerialPath, body: TitleDay, runtime: RuntimeDependency, principal: Writer, purpose: ReadPurpose
) -> TitleView:
    """Draw an attestation: it is at the desk at once. A card is made by the card maker, whose answer says so."""
    on = _day(body)
    async with runtime.database.unit() as unit:
        title = await titles.one(unit, principal, serial, lock=True)
        addressee = await addressee_in_scope(unit, principal, title.application_id)
        record_access(unit, principal, purpose, "letters.title", [title.application_id])
        if not title_desk.rendered_here(title):
            raise Problem(409, "made_by_card_maker", "Ce titre est fabriqué : passez par une commande.")
        try:
            with title_steps():
                made = await title_desk.render(unit, _act(runtime, addressee, principal, on), title)
        except NoTextForDay as missing:
            raise no_text_problem(missing) from None
    return title_view(made)


@router.post("/titles/{serial}/reception", status_code=201, summary="Un titre fabriqué est arrivé à l'accueil")
async def receive_title(serial: SerialPath, body: TitleDay, runtime: RuntimeDependency, principal: Writer) -> TitleView:
    """The title can be collected: the person gets the letter that says so, with the appointment that exists for it."""
    on = _day(body)
    async with runtime.database.unit() as unit:
        title = await titles.one(unit, principal, serial, lock=True)
        addressee = await addressee_in_scope(unit, principal, title.application_id)
        try:
            with title_steps():
                made = await title_desk.receive(unit, _act(runtime, addressee, principal, on), title)
        except NoTextForDay as missing:
            raise no_text_problem(missing) from None
    return title_view(made)


@router.post("/titles/{serial}/posting", status_code=201, summary="Envoyer un titre à qui ne peut pas venir")
async def post_title(serial: SerialPath, body: TitleDay, runtime: RuntimeDependency, principal: Writer) -> TitleView:
    """The title left by post."""
    return await _step(serial, TitleState.POSTED, body, runtime, principal)


@router.post("/titles/{serial}/return", status_code=201, summary="Un titre envoyé est revenu")
async def return_title(serial: SerialPath, body: TitleDay, runtime: RuntimeDependency, principal: Writer) -> TitleView:
    """The title came back and waits at the desk again. A return never suggests that somebody left."""
    return await _step(serial, TitleState.RETURNED, body, runtime, principal)


@router.post("/titles/{serial}/void", status_code=201, summary="Annuler un titre : perte, vol, défaut, changement")
async def void_title(
    serial: SerialPath, body: TitleVoiding, runtime: RuntimeDependency, principal: Writer, purpose: ReadPurpose
) -> TitleView:
    """The serial counts no more; the right goes on, and a duplicate may follow."""
    on = _day(body)
    async with runtime.database.unit() as unit:
        title = await titles.one(unit, principal, serial, lock=True)
        addressee = await addressee_in_scope(unit, principal, title.application_id)
        record_access(unit, principal, purpose, "letters.title", [title.application_id])
        try:
            with title_steps():
                act, reason = _act(runtime, addressee, principal, on), VoidReason(body.reason)
                made = await title_desk.void(unit, act, title, reason)
        except NoTextForDay as missing:
            raise no_text_problem(missing) from None
    return title_view(made)


@router.post("/titles/{serial}/duplicate", status_code=201, summary="Commander le duplicata d'un titre annulé")
async def duplicate_title(serial: SerialPath, runtime: RuntimeDependency, principal: Writer) -> TitleView:
    """The next serial of the same person and right. It says DUPLICATA and its rank."""
    async with runtime.database.unit() as unit:
        title = await titles.one(unit, principal, serial, lock=True)
        await addressee_in_scope(unit, principal, title.application_id)
        with title_steps():
            made = await title_desk.duplicate(unit, title, principal.actor, correlation.get(), clock.today())
    return title_view(made)


def _act(runtime: Runtime, addressee: AddresseeRow, principal: Principal, on: dt.date) -> title_desk.DeskAct:
    sealer = sealer_of(runtime.settings)
    return title_desk.DeskAct(runtime.reference, sealer, addressee, principal.actor, correlation.get(), on)


def _day(body: TitleDay) -> dt.date:
    on = body.on or clock.today()
    must_not_be_ahead(on)
    return on


async def _step(
    serial: str, state: TitleState, body: TitleDay, runtime: RuntimeDependency, principal: Writer
) -> TitleView:
    on = _day(body)
    async with runtime.database.unit() as unit:
        title = await titles.one(unit, principal, serial, lock=True)
        with title_steps():
            after = title.step(state, on)
        return title_view(await titles.save(unit, after, principal.actor, correlation.get()))
