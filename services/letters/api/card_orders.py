"""Orders to the card maker: made, taken away as one file, answered line by line."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.letters.api.dependencies import ReadPurpose, Writer
from services.letters.domain.recipient import Recipient
from services.letters.domain.titles.card_order import AnswerRejected, Card, order_file, read_answer
from services.letters.domain.titles.title import Title, TitleState
from services.letters.rendering.service import photographs_of
from services.letters.store import card_orders, title_photographs
from services.letters.store.recipients import recipient_or_none
from shared import clock
from shared.access.access_log import record_access
from shared.access.principal import Principal
from shared.contract.input_errors import InputError
from shared.contract.scalars import CaisseCode
from shared.http.paging import Page, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem
from shared.observability.logs import correlation
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(prefix="/title-orders", tags=["titres"])

LARGEST_ANSWER = 500_000


class NewCardOrder(BaseModel):
    """Of which caisse the waiting cards are ordered; a token of one caisse leaves it out."""

    model_config = ConfigDict(extra="forbid")
    caisse: CaisseCode | None = None


class CardOrderView(BaseModel):
    """An order by its cards: how many there are, and how many still have no answer."""

    order_id: UUID
    caisse: str
    ordered_on: dt.date
    cards: int
    unanswered: int
    answers: int


class AnswerVerdictView(BaseModel):
    """What one line of an answer did."""

    line: int
    serial: str
    verdict: Literal["made", "rejected", "already_told", "unknown_serial", "other_order", "bad_row"]


class AnswerResult(BaseModel):
    """The verdicts of an answer, line by line."""

    results: Annotated[list[AnswerVerdictView], Field(max_length=2000)]


@router.post("", status_code=201, summary="Commander les cartes en attente")
async def make_card_order(body: NewCardOrder, runtime: RuntimeDependency, principal: Writer) -> CardOrderView:
    """Order the cards that wait, five hundred at most; one without its photograph waits on and delays no other."""
    caisse = body.caisse or principal.caisse
    if caisse is None:
        error = InputError("/caisse", "missing", "Ce champ est obligatoire pour un jeton national.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    principal.check_scope(caisse)
    async with runtime.database.unit() as unit:
        order_id = await card_orders.make(unit, principal, caisse, clock.today())
        if order_id is None:
            raise Problem(409, "nothing_to_order", "Aucune carte avec sa photographie n'attend d'être commandée.")
        row = await card_orders.one(unit, principal, order_id)
        return _view(row, await card_orders.titles_of(unit, order_id))


@router.get("", summary="Commandes de cartes")
async def list_card_orders(runtime: RuntimeDependency, principal: Writer, paging: PagingQuery) -> Page[CardOrderView]:
    """Orders in scope, the newest first."""
    async with runtime.database.unit() as unit:
        rows, more = await card_orders.listed(unit, principal, paging)
        items = [_view(row, await card_orders.titles_of(unit, row.order_id)) for row in rows]
    return Page[CardOrderView](items=items, next=encode_cursor(rows[-1].order_id) if more else None)


@router.get("/{order_id}/file", response_class=Response, summary="Le fichier d'une commande de cartes")
async def read_order_file(
    order_id: UUID, runtime: RuntimeDependency, principal: Writer, purpose: ReadPurpose
) -> Response:
    """A ZIP: the cards as CSV, their photographs, and a manifest. Who was erased since is in it no more."""
    async with runtime.database.unit() as unit:
        row = await card_orders.one(unit, principal, order_id)
        found = [title for title in await card_orders.titles_of(unit, order_id) if title.live]
        applications = sorted({title.application_id for title in found})
        record_access(unit, principal, purpose, "letters.card_order", applications)
        people = {key: await recipient_or_none(unit, principal, key) for key in applications}
        pictures = await title_photographs.confirmed_of(unit, applications)
    cards = []
    for title in found:
        recipient, picture = people[title.application_id], pictures.get((title.application_id, title.member_rank))
        if recipient is not None:
            opened = await _photograph(runtime, picture.sha256, picture.key) if picture is not None else None
            cards.append(_card(title, recipient, opened))
    body = await asyncio.to_thread(order_file, str(order_id), row.caisse, row.ordered_on, cards)
    headers = {
        "Content-Disposition": f'attachment; filename="commande-{order_id}.zip"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, media_type="application/zip", headers=headers)


@router.post(
    "/{order_id}/answer",
    status_code=201,
    summary="Lire la réponse du fabricant, ligne par ligne",
    openapi_extra={"requestBody": {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def post_answer_file(
    order_id: UUID, request: Request, runtime: RuntimeDependency, principal: Writer
) -> AnswerResult:
    """A CSV ``serial;verdict;on;reason``. The same answer again changes nothing; unknown serials are kept with it."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            break
    return await take_answer(runtime, principal, order_id, bytes(body))


async def take_answer(runtime: Runtime, principal: Principal, order_id: UUID, body: bytes) -> AnswerResult:
    """Read an answer and do what its lines say. Raises problems: 404, 413 and 422."""
    if len(body) > LARGEST_ANSWER:
        raise Problem(413, "answer_too_large", "La réponse est trop grande.")
    try:
        rows = read_answer(body)
    except AnswerRejected as rejected:
        raise Problem(422, "answer_unreadable", str(rejected), title="Réponse refusée") from None
    if any(row.on is not None and row.on > clock.today() for row in rows):
        raise Problem(422, "in_the_future", "Une ligne de la réponse a une date à venir.")
    async with runtime.database.unit() as unit:
        row = await card_orders.one(unit, principal, order_id, lock=True)
        found = await card_orders.answer(unit, row, rows, principal.actor, correlation.get())
    return AnswerResult(results=[AnswerVerdictView.model_validate(one, from_attributes=True) for one in found])


def _view(row: card_orders.OrderRow, found: list[Title]) -> CardOrderView:
    return CardOrderView(
        order_id=row.order_id,
        caisse=row.caisse,
        ordered_on=row.ordered_on,
        cards=len(found),
        unanswered=sum(title.state is TitleState.ORDERED for title in found),
        answers=len(row.answers),
    )


async def _photograph(runtime: Runtime, sha256: str, key: str) -> bytes | None:
    body = await photographs_of(runtime).get(sha256)
    return title_photographs.opened(body, key) if body is not None else None


def _card(title: Title, recipient: Recipient, photograph: bytes | None) -> Card:
    """What a card shows: the fields of the order of 2009 and 2019 that are kept here."""
    person = recipient.person(member_id=title.member_id, rank=title.member_rank) or recipient.applicant
    listed = [recipient.person(rank=rank) for rank in title.listed]
    town = f"{recipient.postcode} {recipient.town}".strip()
    return Card(
        serial=title.serial,
        copy_no=title.copy_no,
        form=title.form.value,
        caisse=title.holder,
        name=person.name,
        birth_date=person.birth_date or "",
        address=[line for line in (*recipient.upper, recipient.street, town) if line],
        starts_on=title.starts_on,
        ends_on=title.ends_on,
        listed=[f"{one.name}, {one.birth_date or ''}" for one in listed if one is not None],
        photograph=photograph,
    )
