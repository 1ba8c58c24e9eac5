"""Orders to the card maker: what waits is ordered, the file taken away, the answer read line by line."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile

from services.letters.api.card_orders import (
    AnswerResult,
    NewCardOrder,
    list_card_orders,
    make_card_order,
    read_order_file,
    take_answer,
)
from services.letters.pages.frame import FOLDER, AtDesk, DeskReader
from shared.access.principal import Principal
from shared.access.purposes import usual_purpose
from shared.http.paging import Paging
from shared.http.paging_query import PagingQuery
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.attempt import attempt
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)

VERDICTS: Final = {
    "made": "fabriqué",
    "rejected": "non fabriqué",
    "already_told": "déjà dit",
    "unknown_serial": "numéro inconnu",
    "other_order": "d'une autre commande",
    "bad_row": "ligne illisible",
}


@router.get("/ui/title-orders", response_class=HTMLResponse)
async def orders_page(
    request: Request, runtime: RuntimeDependency, principal: DeskReader, paging: PagingQuery
) -> HTMLResponse:
    """The orders of the caisse, the newest first."""
    return await _page(request, runtime, principal, paging, {}, None)


async def _page(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    paging: Paging,
    errors: dict[str, str],
    answer: AnswerResult | None,
) -> HTMLResponse:
    found = await list_card_orders(runtime, principal, paging)
    return page(
        request,
        FOLDER,
        "card_orders.html",
        title="Commandes de cartes",
        status=422 if errors else 200,
        rows=found.items,
        next=found.next,
        errors=errors,
        answer=answer,
        verdicts=VERDICTS,
    )


@router.post("/ui/title-orders")
async def order(request: Request, runtime: RuntimeDependency, principal: AtDesk) -> Response:
    """Order the cards that wait, each with its photograph."""
    wrong = await attempt(lambda: make_card_order(NewCardOrder(), runtime, principal))
    if wrong:
        return await _page(request, runtime, principal, Paging(limit=50), {"": " ".join(wrong.values())}, None)
    return messages.redirect(request, "/ui/title-orders", Message("La commande est faite : prenez son fichier."))


@router.get("/ui/title-orders/{order_id}/file")
async def order_file(runtime: RuntimeDependency, principal: DeskReader, order_id: UUID) -> Response:
    """The file of an order, for the card maker."""
    return await read_order_file(order_id, runtime, principal, usual_purpose(principal))


@router.post("/ui/title-orders/{order_id}/answer", response_class=HTMLResponse)
async def answer(request: Request, runtime: RuntimeDependency, principal: AtDesk, order_id: UUID) -> HTMLResponse:
    """Read the answer of the card maker; the page shows the verdict of each line. The same again changes nothing."""
    file = (await request.form()).get("answer")
    body = await file.read() if isinstance(file, UploadFile) else b""
    read: list[AnswerResult] = []

    async def act() -> object:
        read.append(await take_answer(runtime, principal, order_id, body))
        return read

    wrong = await attempt(act)
    said = {f"answer-{order_id}": " ".join(wrong.values())} if wrong else {}
    return await _page(request, runtime, principal, Paging(limit=50), said, read[0] if read else None)
