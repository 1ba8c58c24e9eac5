"""Returned mail: a field for the scanner, and one key for the cause; what each return means, said at once."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.letters.api.returns import NewReturn, ReturnResult, list_returns, post_return
from services.letters.domain.delivery import AddressState, Cause, NextAct
from services.letters.pages.frame import FOLDER, AtDesk, DeskReader, kind_words
from services.letters.store.post_desk import names_of
from shared.access.access_log import record_listing
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

CAUSES: Final = {
    "1": (Cause.UNKNOWN, "destinataire inconnu à l'adresse"),
    "2": (Cause.ACCESS, "défaut d'accès ou d'adressage"),
    "3": (Cause.UNCLAIMED, "pli avisé et non réclamé"),
    "4": (Cause.REFUSED, "pli refusé par le destinataire"),
}
NEXT: Final = {
    NextAct.ASK_TRANSMITTER: "demander l'adresse à qui a transmis le dossier",
    NextAct.REPAIR_AND_SEND_ONCE: "corriger l'adresse et envoyer une fois de nouveau",
    NextAct.SECOND_LETTER_ORDINARY: "envoyer une seconde lettre, ordinaire",
    NextAct.NONE: "rien à faire",
}
ADDRESSES: Final = {
    AddressState.UNCHANGED: "",
    AddressState.DOUBTFUL: "L'adresse est en doute : plus rien ne part par la poste avant sa correction.",
    AddressState.TO_REPAIR: "L'adresse est à corriger.",
}
SHOWN: Final = 30


@router.get("/ui/returns", response_class=HTMLResponse)
async def returns_page(
    request: Request, runtime: RuntimeDependency, principal: DeskReader, paging: PagingQuery, unknown: bool = False
) -> HTMLResponse:
    """The field of the scanner, and what came back, the last first."""
    return await _page(request, runtime, principal, paging, {}, {}, unknown=unknown)


async def _page(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    paging: Paging,
    errors: dict[str, str],
    typed: dict[str, str],
    *,
    unknown: bool = False,
) -> HTMLResponse:
    found = await list_returns(runtime, principal, paging, False if unknown else None)
    ids = sorted({one.application_id for one in found.items if one.application_id is not None})
    async with runtime.database.unit() as unit:
        names = await names_of(unit, principal, ids)
        record_listing(unit, principal, usual_purpose(principal), "letters.returns", ids)
    return page(
        request,
        FOLDER,
        "returns.html",
        title="Courriers revenus",
        status=422 if errors else 200,
        rows=found.items,
        next=found.next,
        names=names,
        causes=list(CAUSES.items()),
        cause_words=dict(CAUSES.values()),
        next_words=NEXT,
        errors=errors,
        typed=typed,
        unknown=unknown,
    )


@router.post("/ui/returns")
async def take_back(request: Request, runtime: RuntimeDependency, principal: AtDesk) -> Response:
    """Record one return. A scan alone, as the scanner's own Enter sends it, asks for the cause and keeps the number."""
    form = await request.form()
    typed = {name: str(form.get(name, "")).strip()[:200] for name in ("scanned", "cause")}
    paging = Paging(limit=SHOWN)
    if not typed["scanned"]:
        return await _page(request, runtime, principal, paging, {"scanned": "Lisez le numéro du courrier."}, typed)
    if not typed["cause"]:
        return await _page(request, runtime, principal, paging, {}, typed | {"asks": "cause"})
    done: list[ReturnResult] = []

    async def act() -> object:
        body = NewReturn.model_validate({"scanned": typed["scanned"], "cause": typed["cause"]})
        done.append(await post_return(body, runtime, principal))
        return done

    wrong = await attempt(act)
    if wrong:
        wrong = {name: "Une touche de 1 à 4." if name == "cause" else text for name, text in wrong.items()}
        return await _page(request, runtime, principal, paging, wrong, typed)
    return messages.redirect(request, "/ui/returns", _said(done[0]))


def _said(done: ReturnResult) -> Message:
    if not done.known or done.letter is None:
        return Message("Aucun courrier de votre caisse n'a ce numéro. Le retour est gardé dans la liste.")
    kind = kind_words()[done.letter.kind]
    text = (
        f"Retour gardé : {kind[:1].lower()}{kind[1:]}. Suite : {NEXT[done.next_act]}. {ADDRESSES[done.address]}".strip()
    )
    address = f"/ui/applications/{done.letter.application_id}/letters/{done.letter.letter_id}/about"
    return Message(text, next=address, next_label="Ouvrir le courrier")
