"""Returned mail: a field for the scanner, and one key for the cause; what each return means, said at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.letters.api.returns import NewReturn, list_returns, scan_from
from services.letters.domain.delivery import AddressState, Cause, NextAct
from services.letters.pages.frame import FOLDER, AtDesk, DeskReader, kind_words
from services.letters.store import returns
from services.letters.store.held_acts import RETURN
from services.letters.store.post_desk import names_of
from shared.access import held_acts
from shared.access.access_log import record_listing
from shared.access.principal import Principal
from shared.access.purposes import usual_purpose
from shared.http.paging import Paging
from shared.http.paging_query import PagingQuery
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.attempt import attempt
from shared.web.held_acts import said as noted
from shared.web.held_acts import undoing
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
    # What waits first: what is carried out meanwhile is then seen twice, instead of nowhere.
    async with runtime.database.unit() as unit:
        held = await held_acts.open_acts(unit, principal, RETURN)
    found = await list_returns(runtime, principal, paging, False if unknown else None)
    async with runtime.database.unit() as unit:
        files = [one.application_id for one in found.items] + [one.application_id for one in held]
        ids = sorted({one for one in files if one is not None})
        names = await names_of(unit, principal, ids)
        record_listing(unit, principal, usual_purpose(principal), "letters.returns", ids)
    return page(
        request,
        FOLDER,
        "returns.html",
        title="Courriers revenus",
        status=422 if errors else 200,
        rows=found.items,
        held=held,
        waits=[act for act in held if act.waits],
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
    said: list[Message] = []

    async def act() -> None:
        body = NewReturn.model_validate({"scanned": typed["scanned"], "cause": typed["cause"]})
        said.append(await _note(runtime, principal, scan_from(body, principal)))

    wrong = await attempt(act)
    if wrong:
        wrong = {name: "Une touche de 1 à 4." if name == "cause" else text for name, text in wrong.items()}
        return await _page(request, runtime, principal, paging, wrong, typed)
    return messages.redirect(request, "/ui/returns", said[0])


async def _note(runtime: Runtime, principal: Principal, scan: returns.Scan) -> Message:
    """Note a return, told once it can be undone no more; what it will do is said now."""
    done = await held_acts.tried(runtime.database, lambda unit: returns.take_back(unit, principal, scan, trial=True))
    letter = done.letter
    new = held_acts.NewAct(
        RETURN,
        letter.number if letter is not None else scan.scanned,
        scan.caisse,
        {"scanned": scan.scanned, "cause": scan.cause.value, "on": scan.on.isoformat(), "caisse": scan.caisse},
        letter.application_id if letter is not None else None,
    )
    async with runtime.database.unit() as unit:
        act = await held_acts.note(unit, principal, new, runtime.settings.posting_undo_seconds)
    if letter is None:
        text = "Aucun courrier de votre caisse n'a ce numéro. Le retour sera gardé dans la liste."
        return replace(noted(text, act), undo=undoing(act))
    kind = kind_words()[letter.kind]
    text = f"Retour noté : {kind[:1].lower()}{kind[1:]}. Suite : {NEXT[done.next_act]}. {ADDRESSES[done.address]}"
    path = f"/ui/applications/{letter.application_id}/letters/{letter.letter_id}/about"
    return replace(noted(text.strip(), act), undo=undoing(act), next=path, next_label="Ouvrir le courrier")
