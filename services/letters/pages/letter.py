"""One letter: its words and their law, where its despatches stand, what its notification starts, and its acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData, UploadFile

from services.letters.api.desk_letters import NewHandOver, hand_over, reissue_letter
from services.letters.api.despatches import (
    Choice,
    Despatches,
    NewDespatch,
    TrackedFacts,
    get_envelope,
    keep_envelope,
    post_choice,
    post_despatch,
    post_facts,
    read_despatches,
)
from services.letters.api.postings import Cancellation, cancel_letter
from services.letters.domain.catalogue import ASKING, KINDS
from services.letters.domain.delivery import FactKind
from services.letters.pages.frame import (
    DECIDERS,
    FOLDER,
    RECEIVED_BY,
    WAYS,
    AtDesk,
    DeskReader,
    check_file,
    file_frame,
    identity_papers,
    kind_words,
)
from services.letters.pages.letters import PROBLEMS, STATES
from services.letters.pages.returns import CAUSES
from services.letters.store.queries import LetterView, content_of
from services.letters.store.recipients import recipient_or_none
from shared.access.access_log import record_access
from shared.access.principal import Principal
from shared.access.purposes import purpose_of_tabs
from shared.http.problems import not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.attempt import attempt
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)

NOTIFICATIONS: Final = {
    "none": ("la lettre n'est pas partie", ""),
    "pending": ("en cours : rien ne la prouve encore", "warn"),
    "proved": ("prouvée", "good"),
    "presumed": ("présumée", "good"),
    "unprovable": ("ne peut pas être prouvée", "bad"),
    "not_notified": ("n'a pas eu lieu", "bad"),
}
FACTS: Final = {
    FactKind.POSTED: "posté",
    FactKind.SENT: "envoyé",
    FactKind.PRESENTED: "présenté",
    FactKind.NOTICE_LEFT: "avis de passage laissé",
    FactKind.COLLECTED: "retiré ou distribué",
    FactKind.RETURNED: "revenu",
    FactKind.HANDED_OVER: "remis en main propre",
}
CANCELLING: Final = {
    "wrong_address": "l'adresse est fausse",
    "wrong_content": "le contenu est faux",
    "decision_replaced": "une autre décision la remplace",
    "withdrawn": "la demande est retirée",
    "other": "autre raison",
}


@router.get("/ui/applications/{application_id}/letters/{letter_id}/about", response_class=HTMLResponse)
async def letter_page(
    request: Request, runtime: RuntimeDependency, principal: DeskReader, application_id: UUID, letter_id: UUID
) -> HTMLResponse:
    """The letter as a page, with what can be done with it now."""
    return await _page(request, runtime, principal, application_id, letter_id, {}, {})


async def _page(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    application_id: UUID,
    letter_id: UUID,
    errors: Mapping[str, str],
    typed: Mapping[str, str],
) -> HTMLResponse:
    purpose = purpose_of_tabs(principal)
    found: Despatches = await read_despatches(letter_id, runtime, principal, purpose)
    letter = found.letter
    if letter.application_id != application_id:
        raise not_found()
    async with runtime.database.unit() as unit:
        content = await content_of(unit, letter_id)
        recipient = await recipient_or_none(unit, principal, application_id)
        record_access(unit, principal, purpose, "letters.letter", [application_id])
    frame = file_frame(request, runtime, principal, application_id, recipient, purpose, caisse=letter.caisse)
    return page(
        request,
        FOLDER,
        "letter.html",
        title=kind_words()[letter.kind].capitalize(),
        status=422 if errors else 200,
        letter=letter,
        despatches=found.despatches,
        content=content,
        starts=started_by(letter),
        notification=NOTIFICATIONS[letter.notification],
        states=STATES,
        problems=PROBLEMS,
        ways=WAYS,
        fact_words=FACTS,
        told_facts=[(kind.value, FACTS[kind]) for kind in TRACKED],
        cause_words=dict(CAUSES.values()),
        causes=[(cause.value, words) for cause, words in CAUSES.values()],
        cancelling=list(CANCELLING.items()),
        papers_seen=identity_papers(),
        received_by=list(RECEIVED_BY.items()),
        again=[(way.value, WAYS[way]) for way in KINDS[letter.kind].ways if way.value != "handed_over"],
        may_decide=bool(principal.roles & DECIDERS),
        errors=dict(errors),
        typed=dict(typed),
        **frame,
    )


TRACKED: Final = (FactKind.PRESENTED, FactKind.NOTICE_LEFT, FactKind.COLLECTED, FactKind.RETURNED)


def started_by(letter: LetterView) -> str:
    """What the notification of this letter starts, or would start, in a sentence."""
    if letter.state == "cancelled":
        return "Annulée : elle n'a aucun effet."
    if letter.kind in ASKING:
        if letter.posted_on is None:
            return "Le délai pour fournir les pièces ne court pas encore : il part de l'envoi."
        return f"Le délai pour fournir les pièces court depuis l'envoi, le {letter.posted_on:%d/%m/%Y}."
    if not KINDS[letter.kind].decision:
        return "Cette lettre n'ouvre aucun délai de recours."
    if letter.notification in ("proved", "presumed") and letter.notified_on is not None:
        return f"Le délai de recours court depuis le {letter.notified_on:%d/%m/%Y}."
    if letter.notification in ("unprovable", "not_notified"):
        return "Aucun délai de recours ne peut être opposé : renvoyez-la en recommandé, ou remettez-la contre reçu."
    return "Le délai de recours ne court pas encore : il part de la notification."


Doing = Callable[[Runtime, Principal, UUID, UUID, FormData], Awaitable[object]]


async def _cancel(runtime: Runtime, principal: Principal, _: UUID, letter_id: UUID, form: FormData) -> object:
    return await cancel_letter(letter_id, Cancellation.model_validate(_given(form, "reason")), runtime, principal)


async def _reissue(runtime: Runtime, principal: Principal, _: UUID, letter_id: UUID, form: FormData) -> object:
    return await reissue_letter(letter_id, runtime, principal)


async def _again(runtime: Runtime, principal: Principal, _: UUID, letter_id: UUID, form: FormData) -> object:
    body = NewDespatch.model_validate(_given(form, "left_on", "way") | {"number": _text(form, "number").upper()})
    return await post_despatch(letter_id, body, runtime, principal)


async def _fact(runtime: Runtime, principal: Principal, _: UUID, letter_id: UUID, form: FormData) -> object:
    fact: dict[str, Any] = _given(form, "kind", "on")
    if fact["kind"] == "returned":
        fact["cause"] = _text(form, "cause") or None
    if signed := _text(form, "signed_by"):
        fact["signed_by"] = signed
    body = TrackedFacts.model_validate({"facts": [fact]})
    return await post_facts(letter_id, _number(form), body, runtime, principal)


async def _choose(runtime: Runtime, principal: Principal, _: UUID, letter_id: UUID, form: FormData) -> object:
    return await post_choice(
        letter_id, _number(form), Choice.model_validate(_given(form, "fact_id")), runtime, principal
    )


async def _envelope(runtime: Runtime, principal: Principal, _: UUID, letter_id: UUID, form: FormData) -> object:
    file = form.get("envelope")
    body = await file.read() if isinstance(file, UploadFile) else b""
    await keep_envelope(runtime, principal, letter_id, _number(form), body)
    return None


async def _handed(runtime: Runtime, principal: Principal, file: UUID, letter_id: UUID, form: FormData) -> object:
    body = NewHandOver.model_validate(
        _given(form, "handed_on", "received_by", "name", "identity_paper", "desk")
        | {"application_id": file, "object": "letter", "letter_id": letter_id}
    )
    return await hand_over(body, runtime, principal)


ACTS: Final[Mapping[str, tuple[Doing, str]]] = {
    "cancellation": (_cancel, "La lettre est annulée."),
    "reissue": (_reissue, "Une lettre est écrite de nouveau, à l'adresse d'aujourd'hui."),
    "despatches": (_again, "Le nouvel envoi est gardé."),
    "facts": (_fact, "Ce que dit le suivi est gardé."),
    "choice": (_choose, "Votre choix est gardé ; les autres réponses restent écrites, écartées."),
    "envelope": (_envelope, "L'image de l'enveloppe est gardée."),
    "hand-over": (_handed, "La remise est gardée : la lettre est notifiée ce jour-là."),
}


@router.post("/ui/applications/{application_id}/letters/{letter_id}/{act}")
async def act_on_letter(
    request: Request, runtime: RuntimeDependency, principal: AtDesk, application_id: UUID, letter_id: UUID, act: str
) -> Response:
    """Do one of the acts of the page; what cannot be done is said beside its form, with what was typed."""
    if act not in ACTS or (act in ("cancellation", "choice") and not principal.roles & DECIDERS):
        raise not_found()
    await check_file(runtime, principal, application_id, letter_id)
    form = await request.form()
    doing, said = ACTS[act]
    wrong = await attempt(lambda: doing(runtime, principal, application_id, letter_id, form))
    if not wrong:
        path = f"/ui/applications/{application_id}/letters/{letter_id}/about"
        return messages.redirect(request, path, Message(said))
    named = {f"{act}-{name}" if name else "": text for name, text in wrong.items()}
    typed = {f"{act}-{name}": str(value)[:200] for name, value in form.items() if isinstance(value, str)}
    return await _page(request, runtime, principal, application_id, letter_id, named, typed)


@router.get("/ui/applications/{application_id}/letters/{letter_id}/envelopes/{despatch_no}")
async def envelope(
    runtime: RuntimeDependency, principal: DeskReader, application_id: UUID, letter_id: UUID, despatch_no: int
) -> Response:
    """The image of an envelope that came back."""
    await check_file(runtime, principal, application_id, letter_id)
    return await get_envelope(letter_id, despatch_no, runtime, principal, purpose_of_tabs(principal))


def _text(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip()[:200]


def _given(form: FormData, *names: str) -> dict[str, Any]:
    return {name: _text(form, name) for name in names}


def _number(form: FormData) -> int:
    text = _text(form, "despatch_no")
    return int(text) if text.isdigit() and len(text) < 4 else 0
