"""Titles: what waits at the desk, and what is done with those of one file, from the order to the hand-over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from services.letters.api.desk_letters import TOLD, NewHandOver, check_hand_over
from services.letters.api.titles import (
    TitleDay,
    TitleOrder,
    TitleVoiding,
    duplicate_title,
    order_titles,
    post_title,
    produce_title,
    receive_title,
    return_title,
    void_title,
)
from services.letters.domain.titles.forms import TitleForm
from services.letters.domain.titles.title import AT_DESK, REPLACED, Title, TitleState, VoidReason
from services.letters.pages.frame import FOLDER, RECEIVED_BY, AtDesk, DeskReader, file_frame, identity_papers
from services.letters.store import title_desk, title_photographs, titles
from services.letters.store.held_acts import HAND_OVER, doing
from services.letters.store.post_desk import names_of
from services.letters.store.recipients import addressee_in_scope
from services.letters.store.seal_keys import sealer_of
from shared.access import held_acts
from shared.access.access_log import record_access, record_listing
from shared.access.principal import Principal
from shared.access.purposes import purpose_of_tabs, usual_purpose
from shared.http.paging import Paging, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.problems import not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.attempt import attempt
from shared.web.held_acts import said as noted
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)

TITLE_STATES: Final = {
    TitleState.RECEIVED: "à remettre",
    TitleState.RETURNED: "revenu, à remettre",
    TitleState.ORDERED: "commandé",
    TitleState.PRODUCED: "établi",
    TitleState.POSTED: "envoyé par la poste",
    TitleState.HANDED_OVER: "remis",
    TitleState.VOIDED: "annulé",
}
FORMS: Final = {
    TitleForm.PAPER_ATTESTATION: "attestation sur papier",
    TitleForm.PHOTO_ATTESTATION: "attestation avec photographie",
    TitleForm.PHOTO_CARD: "carte avec photographie",
    TitleForm.PLASTIC_CARD: "carte",
}
VOIDING: Final = {
    VoidReason.LOSS: "perdu",
    VoidReason.THEFT: "volé",
    VoidReason.DAMAGE: "abîmé",
    VoidReason.CHANGE: "adresse ou foyer changé",
    VoidReason.MISPRINT: "mal imprimé",
}
VOIDED: Final = VOIDING | {
    VoidReason.NOT_MADE: "non fabriqué",
    VoidReason.RIGHT_ENDED: "droit terminé",
    VoidReason.RIGHT_WITHDRAWN: "droit retiré",
}


@router.get("/ui/titles", response_class=HTMLResponse)
async def titles_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: DeskReader,
    paging: PagingQuery,
    state: Literal["received", "returned", "ordered", "produced", "posted", "handed_over", "voided"] = "received",
    lists_ended: bool = False,
) -> HTMLResponse:
    """Titles of one state, those longest in it first; at the desk by itself: who does not come to collect is seen.

    ``lists_ended``: of any state, those to be made again because they name somebody whose right was ended."""
    chosen = None if lists_ended else TitleState(state)
    async with runtime.database.unit() as unit:
        found, more = await titles.listed(
            unit, principal, paging, *titles.matching(None, chosen, lists_ended=lists_ended)
        )
        counts = await titles.counted(unit, principal)
        to_make_again = await titles.count_listing_ended(unit, principal)
        files = sorted({title.application_id for title in found})
        people = await names_of(unit, principal, files)
        record_listing(unit, principal, usual_purpose(principal), "letters.titles", files)
    following = encode_cursor(found[-1].since, found[-1].title_id) if more else None
    return page(
        request,
        FOLDER,
        "titles.html",
        title="Titres",
        rows=[(title, _holder(title, people)) for title in found],
        next=following,
        chosen=chosen,
        following="&lists_ended=true" if chosen is None else f"&state={chosen.value}",
        to_make_again=to_make_again,
        states=TITLE_STATES,
        counts=[(one, TITLE_STATES[one], counts.get(one, 0)) for one in TITLE_STATES],
        forms=FORMS,
        voided=VOIDED,
    )


def _holder(title: Title, people: Mapping[UUID, Any]) -> str:
    recipient = people.get(title.application_id)
    person = recipient.person(member_id=title.member_id, rank=title.member_rank) if recipient else None
    return person.name if person else ""


@router.get("/ui/applications/{application_id}/titles", response_class=HTMLResponse)
async def file_titles(
    request: Request, runtime: RuntimeDependency, principal: DeskReader, application_id: UUID
) -> HTMLResponse:
    """The titles of one file, whose photograph is missing, and the acts that are possible now."""
    return await _file_page(request, runtime, principal, application_id, {}, {})


async def _file_page(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    application_id: UUID,
    errors: Mapping[str, str],
    typed: Mapping[str, str],
) -> HTMLResponse:
    purpose = purpose_of_tabs(principal)
    async with runtime.database.unit() as unit:
        addressee = await addressee_in_scope(unit, principal, application_id)
        # What waits first: what is carried out meanwhile is then seen twice, instead of nowhere.
        held = await held_acts.open_acts(unit, principal, HAND_OVER, application_id)
        found, _ = await titles.listed(unit, principal, _ALL, *titles.matching(application_id, None))
        acts = {title.title_id: await titles.acts_of(unit, title.title_id) for title in found}
        live = [title for title in found if title.live]
        missing = await title_desk.photographs_missing(unit, live)
        pictures = await title_photographs.states_of(unit, application_id)
        record_access(unit, principal, purpose, "letters.titles", [application_id])
    frame = file_frame(request, runtime, principal, application_id, addressee.recipient, purpose, "/titles")
    holders = {title.member_id for title in live}
    return page(
        request,
        FOLDER,
        "file_titles.html",
        title="Titres du dossier",
        status=422 if errors else 200,
        held=held,
        being_handed={act.subject for act in held if act.waits},
        titles=[(title, acts[title.title_id]) for title in reversed(found)],
        persons=addressee.recipient.persons,
        person_of={one.rank: one.name for one in addressee.recipient.persons},
        missing=missing,
        pictures=pictures,
        states=TITLE_STATES,
        forms=FORMS,
        voiding=[(reason.value, words) for reason, words in VOIDING.items()],
        voided=VOIDED,
        at_desk=AT_DESK,
        rendered_here={title.title_id: title_desk.rendered_here(title) for title in found},
        replaceable={
            title.title_id for title in found if title.void_reason in REPLACED and title.member_id not in holders
        },
        papers_seen=identity_papers(),
        received_by=list(RECEIVED_BY.items()),
        agent_name=runtime.reference.agent_name,
        errors=dict(errors),
        typed=dict(typed),
        **frame,
    )


_ALL: Final = Paging(limit=200)

Doing = Callable[[Runtime, Principal, UUID, str, FormData], Awaitable[object]]


async def _order(runtime: Runtime, principal: Principal, file: UUID, _: str, form: FormData) -> object:
    return await order_titles(TitleOrder(application_id=file), runtime, principal, purpose_of_tabs(principal))


async def _produce(runtime: Runtime, principal: Principal, _: UUID, serial: str, form: FormData) -> object:
    return await produce_title(serial, TitleDay(), runtime, principal, purpose_of_tabs(principal))


async def _receive(runtime: Runtime, principal: Principal, _: UUID, serial: str, form: FormData) -> object:
    return await receive_title(serial, TitleDay(), runtime, principal)


async def _post(runtime: Runtime, principal: Principal, _: UUID, serial: str, form: FormData) -> object:
    return await post_title(serial, TitleDay(), runtime, principal)


async def _return(runtime: Runtime, principal: Principal, _: UUID, serial: str, form: FormData) -> object:
    return await return_title(serial, TitleDay(), runtime, principal)


async def _void(runtime: Runtime, principal: Principal, _: UUID, serial: str, form: FormData) -> object:
    body = TitleVoiding.model_validate({"reason": str(form.get("reason", ""))})
    return await void_title(serial, body, runtime, principal, purpose_of_tabs(principal))


async def _duplicate(runtime: Runtime, principal: Principal, _: UUID, serial: str, form: FormData) -> object:
    return await duplicate_title(serial, runtime, principal)


async def _hand(runtime: Runtime, principal: Principal, file: UUID, serial: str, form: FormData) -> object:
    names = ("handed_on", "received_by", "name", "identity_paper", "desk")
    given = {name: str(form.get(name, "")).strip()[:200] for name in names}
    body = NewHandOver.model_validate(given | {"application_id": file, "object": "title", "serial": serial})
    check_hand_over(body)
    told = body.model_dump(mode="json", include=TOLD)
    new = held_acts.NewAct(HAND_OVER, serial, principal.caisse or "", {"application_id": str(file), "told": told}, file)
    hand_over = doing(runtime.reference, sealer_of(runtime.settings))[HAND_OVER]
    await held_acts.tried(runtime.database, lambda unit: hand_over(unit, principal, new.said))
    async with runtime.database.unit() as unit:
        return await held_acts.note(unit, principal, new, runtime.settings.posting_undo_seconds)


ACTS: Final[Mapping[str, tuple[Doing, str]]] = {
    "order": (_order, "Les titres sont commandés."),
    "production": (_produce, "Le titre est établi : il est à l'accueil, à remettre."),
    "reception": (_receive, "Le titre est arrivé : la lettre qui le dit attend parmi les courriers à poster."),
    "posting": (_post, "Le titre est parti par la poste."),
    "return": (_return, "Le titre est revenu : il attend à l'accueil."),
    "void": (_void, "Le titre est annulé : son numéro ne vaut plus rien."),
    "duplicate": (_duplicate, "Le duplicata est commandé."),
    "hand-over": (_hand, "La remise est notée ; le reçu sera alors parmi les courriers du dossier."),
}


@router.post("/ui/applications/{application_id}/titles/{act}")
async def act_on_title(
    request: Request, runtime: RuntimeDependency, principal: AtDesk, application_id: UUID, act: str
) -> Response:
    """Do one of the acts of the page; what cannot be done is said there, with what was typed."""
    if act not in ACTS:
        raise not_found()
    form = await request.form()
    serial = str(form.get("serial", ""))[:40]
    if act != "order":
        async with runtime.database.unit() as unit:
            if (await titles.one(unit, principal, serial)).application_id != application_id:
                raise not_found()
    act_of_page, said = ACTS[act]
    done: list[object] = []

    async def do() -> None:
        done.append(await act_of_page(runtime, principal, application_id, serial, form))

    wrong = await attempt(do)
    if not wrong:
        message = noted(said, done[0]) if isinstance(done[0], held_acts.HeldAct) else Message(said)
        return messages.redirect(request, f"/ui/applications/{application_id}/titles", message)
    named = {f"{name}-{serial}" if name and name != "serial" else "": text for name, text in wrong.items()}
    typed = {f"{name}-{serial}": str(value)[:200] for name, value in form.items() if isinstance(value, str)}
    return await _file_page(request, runtime, principal, application_id, named, typed)
