"""Secured paper: the stock and what to look at; what one person counts and a second one confirms; spoiled and lost."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from services.letters.api.paper import (
    confirm_count,
    list_counts,
    list_ledger,
    post_delivery,
    post_inventory,
    post_loss,
    post_movement,
    post_spoilage,
    read_sheet,
    read_stock,
)
from services.letters.api.paper_schemas import (
    NewConfirmation,
    NewDelivery,
    NewInventory,
    NewLoss,
    NewMovement,
    NewSpoilage,
)
from services.letters.domain.paper import Act, Fate
from services.letters.pages.batches import CAUSES, sheet_ranges
from services.letters.pages.frame import DESK, FOLDER, AtDesk
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.http.paging import Paging
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.attempt import attempt
from shared.web.form_fields import number_in
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
Reader = Annotated[Principal, Depends(require(*DESK, Role.AUDITOR))]

SUBJECTS: Final = {"delivery": "livraison", "movement": "déplacement", "inventory": "inventaire"}
FATES: Final = {
    Fate.STOCK: "en stock",
    Fate.USED: "employée",
    Fate.SPOILED: "gâchée",
    Fate.UNACCOUNTED: "introuvable",
}
DONE: Final = {
    Act.DELIVERED: "livrées",
    Act.MOVED: "déplacées",
    Act.USED: "employées",
    Act.SPOILED: "gâchées",
    Act.MISSED: "non retrouvées à l'inventaire",
    Act.FOUND: "retrouvées",
    Act.LOST: "déclarées perdues",
}
FOUND: Final = {
    "missed": "Non retrouvées",
    "found": "Retrouvées",
    "already_ended": "Vues, mais dites employées ou gâchées",
    "unknown": "Vues, mais d'aucune livraison",
}
PLACES: Final = {"safe": "coffre"}
LINES: Final = 15


@router.get("/ui/paper", response_class=HTMLResponse)
async def paper_page(request: Request, runtime: RuntimeDependency, principal: Reader, serial: str = "") -> HTMLResponse:
    """The register of the caisse: alerts first, then what waits for a second person, the stock, the last lines."""
    return await _page(request, runtime, principal, {}, {}, serial.strip().upper()[:28])


async def _page(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    errors: Mapping[str, str],
    typed: Mapping[str, str],
    serial: str = "",
) -> HTMLResponse:
    stock = await read_stock(runtime, principal, None) if principal.caisse is not None else None
    counts = await list_counts(runtime, principal, Paging(limit=LINES), None)
    ledger = await list_ledger(runtime, principal, Paging(limit=LINES))
    sheet = await _sheet(runtime, principal, serial) if serial and principal.caisse is not None else None
    return page(
        request,
        FOLDER,
        "paper.html",
        title="Papier sécurisé",
        status=422 if errors else 200,
        stock=stock,
        waiting=[one for one in counts.items if one.agrees is None],
        settled=[one for one in counts.items if one.agrees is not None],
        lines=ledger.items,
        serial=serial,
        sheet=sheet,
        subjects=SUBJECTS,
        fates=FATES,
        done=DONE,
        found=FOUND,
        places=PLACES,
        causes=[(cause.value, words) for cause, words in CAUSES.items()],
        cause_words={cause.value: words for cause, words in CAUSES.items()} | {"": "", "lost": ""},
        me=principal.id,
        may_write=bool(principal.roles & set(DESK)) and principal.caisse is not None,
        may_lose=Role.SUPERVISOR in principal.roles and principal.caisse is not None,
        agent_name=runtime.reference.agent_name,
        errors=dict(errors),
        typed=dict(typed),
    )


async def _sheet(runtime: Runtime, principal: Principal, serial: str) -> Any:
    try:
        return await read_sheet(serial, runtime, principal, None)
    except Problem as problem:
        if problem.status != 404:
            raise
        return None


Doing = Callable[[Runtime, Principal, FormData], Awaitable[object]]


def _text(form: FormData, name: str, most: int = 200) -> str:
    return str(form.get(name, "")).strip()[:most]


def _ranges(form: FormData) -> list[dict[str, str]]:
    return sheet_ranges(_text(form, "sheets", 20_000))


async def _deliver(runtime: Runtime, principal: Principal, form: FormData) -> object:
    body = NewDelivery.model_validate(
        {
            "supplier": _text(form, "supplier"),
            "received_on": _text(form, "on"),
            "sheets": _ranges(form),
            "counted": number_in(form.get("counted")),
        }
    )
    return await post_delivery(body, runtime, principal)


async def _move(runtime: Runtime, principal: Principal, form: FormData) -> object:
    body = NewMovement.model_validate(
        {
            "sheets": _ranges(form),
            "from_place": _place(form, "from_place"),
            "to_place": _place(form, "to_place"),
            "moved_on": _text(form, "on"),
            "reason": _text(form, "reason"),
        }
    )
    return await post_movement(body, runtime, principal)


def _place(form: FormData, name: str) -> str:
    """The code of a place from what people call it."""
    said = _text(form, name).lower()
    return next((code for code, words in PLACES.items() if words == said), re.sub(r"\s+", "-", said))


async def _count(runtime: Runtime, principal: Principal, form: FormData) -> object:
    body = NewInventory.model_validate({"counted_on": _text(form, "on"), "sheets": _ranges(form)})
    return await post_inventory(body, runtime, principal)


async def _spoil(runtime: Runtime, principal: Principal, form: FormData) -> object:
    serials = [one for one in re.split(r"[\s,;]+", _text(form, "serials", 20_000).upper()) if one]
    body = NewSpoilage.model_validate(
        {"serials": serials, "cause": _text(form, "cause"), "spoiled_on": _text(form, "on")}
    )
    await post_spoilage(body, runtime, principal)
    return None


async def _lose(runtime: Runtime, principal: Principal, form: FormData) -> object:
    if Role.SUPERVISOR not in principal.roles:
        raise not_found()
    given = _ranges(form)
    body = NewLoss.model_validate({"sheets": given[0] if given else {}, "declared_on": _text(form, "on")})
    await post_loss(body, runtime, principal)
    return None


async def _confirm(runtime: Runtime, principal: Principal, form: FormData) -> object:
    body = NewConfirmation.model_validate({"counted": number_in(form.get("counted"))})
    try:
        count_id = UUID(_text(form, "count"))
    except ValueError:
        raise not_found() from None
    return await confirm_count(count_id, body, runtime, principal)


SECOND = "Le comptage est gardé. Une autre personne doit le confirmer par son propre comptage."
ACTS: Final[Mapping[str, tuple[Doing, str]]] = {
    "deliveries": (_deliver, SECOND),
    "movements": (_move, SECOND),
    "inventories": (_count, SECOND),
    "spoilages": (_spoil, "Les feuilles sont notées gâchées."),
    "losses": (_lose, "Les feuilles sont déclarées perdues : la page de contrôle des sceaux le dit à tous."),
    "confirmations": (_confirm, "Votre comptage est gardé."),
}


@router.post("/ui/paper/{act}")
async def act_on_paper(request: Request, runtime: RuntimeDependency, principal: AtDesk, act: str) -> Response:
    """Do one of the acts of the page; what the register cannot take is said there, with what was typed."""
    if act not in ACTS:
        raise not_found()
    form = await request.form()
    suffix = _text(form, "count") or act
    doing, said = ACTS[act]
    wrong = await attempt(lambda: doing(runtime, principal, form))
    if not wrong:
        return messages.redirect(request, "/ui/paper", Message(said))
    named = {f"{name}-{suffix}" if name else "": text for name, text in wrong.items()}
    typed = {f"{name}-{suffix}": str(value)[:20_000] for name, value in form.items() if isinstance(value, str)}
    return await _page(request, runtime, principal, named, typed | {"act": act})
