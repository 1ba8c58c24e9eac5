"""The review of pairs in a browser: the queue, one pair side by side, its judgement, and the way to the next one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, StringConstraints

from services.dedup.domain import differences
from services.dedup.domain.matching.normalisation import Identity
from services.dedup.domain.pairs import judgement
from services.dedup.domain.pairs.judgement import PairState, Verdict
from services.dedup.domain.wording import motives
from services.dedup.store import access_history, judgements, person_proposals, review_queue, review_steps
from shared.access.access_log import record_listing
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose, purpose_by_way
from shared.http.dates import BoundedDate
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import list_opening, messages
from shared.web.messages import Message
from shared.web.pages import page, part
from shared.web.sign_in import signed_in_as

router = APIRouter(include_in_schema=False)

PAGES = Path(__file__).parent
LIST = "pairs"
REVIEWERS = frozenset({Role.TECHNICIAN, Role.SUPERVISOR})
Reader = Annotated[Principal, Depends(require(Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR))]

WORDING = {
    "open": "à lire",
    "awaiting_second_reader": "attend un second lecteur",
    "disagreed": "lecteurs en désaccord",
    "same": "même personne",
    "different": "personnes différentes",
    "unsure": "doute",
    "dissolved": "sans objet",
    "same_person": "même personne (très probable)",
    "to_examine": "à examiner",
    "silent": "faible",
    "signal": "signal",
    "link_proposal": "dossier antérieur déclaré",
    "pending": "en cours",
    "granted": "accordée",
    "refused": "refusée",
    "lapsed": "refus implicite",
    "withdrawn": "retirée",
    "erased": "effacée",
    None: "—",
    "family_name": "Nom de naissance",
    "given_names": "Prénoms",
    "usage_name": "Nom d'usage",
    "sex": "Sexe",
    "birth_date": "Date de naissance",
    "birth_place": "Lieu de naissance",
    "birth_country": "Pays de naissance",
    "nationality": "Nationalité",
}
SAID = {
    PairState.SAME: "Le jugement est gardé : même personne. Les deux caisses en sont informées.",
    PairState.DIFFERENT: "Le jugement est gardé : personnes différentes. Les deux caisses en sont informées.",
    PairState.UNSURE: "Le jugement est gardé : doute. Les deux caisses en sont informées.",
    PairState.AWAITING_SECOND_READER: "Votre avis est gardé. Le rapprochement attend la lecture d'une autre personne.",
    PairState.DISAGREED: "Votre avis est gardé. Les lecteurs sont en désaccord : la paire reste à lire.",
}


def signed_in(request: Request) -> Principal:
    """The person of the sign-in cookie, for forms: it is same-site only, so that no other site can send them."""
    return signed_in_as(request, Role.TECHNICIAN, Role.SUPERVISOR)


class Filter(BaseModel):
    """What the queue page shows. A form sends its empty fields too: they mean no restriction."""

    state: Literal["open", "judged"] = "open"
    level: Literal["same_person", "to_examine", ""] = ""
    caisse: Annotated[str, StringConstraints(pattern=r"^([0-9]{2}[0-9AB])?$")] = ""
    raised_before: BoundedDate | Literal[""] = ""
    mine: bool = False

    def query(self) -> str:
        """As the rest of an address, for the next page."""
        return urlencode(self.model_dump(mode="json", exclude_defaults=True))


@router.get("/ui", response_class=HTMLResponse)
async def show_queue(
    request: Request,
    runtime: RuntimeDependency,
    principal: Reader,
    paging: PagingQuery,
    chosen: Annotated[Filter, Depends()],
    fresh: bool = False,
) -> HTMLResponse:
    """The review queue, the oldest first, with those this reader took above: its reading leaves an access event.

    A pair that somebody else judges while the list lies open stays in it, with what became of it. ``fresh``: open it
    anew.
    """
    purpose = purpose_by_way(principal, Purpose.DUPLICATE_REVIEW)
    opened = list_opening.opened_at(request, LIST, fresh=fresh)
    async with runtime.database.unit() as unit:
        found = await review_queue.queue(
            unit,
            principal,
            paging,
            state=chosen.state,
            caisse=chosen.caisse or None,
            level=chosen.level or None,
            kind=None,
            assignee=principal.id if chosen.mine else None,
            raised_before=chosen.raised_before or None,
            opened_at=opened,
            named=True,
        )
        waiting = await review_steps.waiting(unit, principal)
        persons_to_see = await person_proposals.waiting(unit, principal)
        record_listing(unit, principal, purpose, "dedup.pairs", review_queue.files_of(found.items))
    response = page(
        request,
        PAGES,
        "queue.html",
        title="Signaux de la base commune",
        rows=found.items,
        next=found.next,
        chosen=chosen,
        waiting=waiting,
        persons_to_see=persons_to_see,
        opened=opened,
        me=principal.id,
        place_name=place_of(runtime),
        wording=WORDING,
        agent_name=runtime.reference.agent_name,
        supervision=bool(principal.roles & {Role.SUPERVISOR, Role.AUDITOR}),
    )
    list_opening.keep_opened(request, response, LIST, opened)
    return response


@router.get("/ui/waiting", response_class=HTMLResponse)
async def show_waiting(request: Request, runtime: RuntimeDependency, principal: Reader) -> HTMLResponse:
    """How many pairs wait, as a number that other pages fetch; nothing where none does."""
    async with runtime.database.unit() as unit:
        waiting = await review_steps.waiting(unit, principal)
    return part(request, PAGES, "waiting.html", count=waiting.open)


@router.get("/ui/pairs/{pair_id}", response_class=HTMLResponse)
async def show_pair(request: Request, runtime: RuntimeDependency, principal: Reader, pair_id: UUID) -> HTMLResponse:
    """Two records side by side, what speaks for and against one person, and the form of the judgement."""
    return await _pair_page(request, runtime, principal, pair_id)


@router.get("/ui/pairs/{pair_id}/judgements")
async def back_to_pair(principal: Reader, pair_id: UUID) -> Response:
    """A page whose form could not be taken stands at this address: asked for again, it is the pair."""
    return RedirectResponse(f"/ui/pairs/{pair_id}", 303)


async def _pair_page(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    pair_id: UUID,
    errors: dict[str, str] | None = None,
    status: int = 200,
    chosen: str = "",
    text: str = "",
) -> HTMLResponse:
    purpose = purpose_by_way(principal, Purpose.DUPLICATE_REVIEW)
    async with runtime.database.unit() as unit:
        pair = await judgements.pair_in_scope(unit, principal, pair_id)
        shown = await review_queue.side_by_side(unit, principal, pair)
        members = review_steps.own_members(principal, pair) if principal.caisse is not None else []
        others = {one: await review_steps.candidates(unit, principal, one) for one in members}
        read = [pair["lower_application"], pair["higher_application"]]
        await access_history.record_read(unit, principal, purpose, "dedup.pair", read)
        listed = [file for rows in others.values() for file in review_queue.files_of(rows) if file not in read]
        if listed:
            record_listing(unit, principal, purpose, "dedup.pairs", listed)
    return page(
        request,
        PAGES,
        "pair.html",
        title="Deux dossiers côte à côte",
        pair=shown,
        sides=shown["sides"],
        comparison=comparison_of(shown),
        in_short=differences.IN_SHORT,
        groups=[(one, rows) for one, rows in others.items() if len(rows) > 1],
        errors=errors or {},
        wording=WORDING,
        reasons=judgement.REASONS,
        me=principal.id,
        agent_name=runtime.reference.agent_name,
        place_name=place_of(runtime),
        motives=motives,
        mine=principal.caisse,
        chosen=chosen,
        text=text,
        may_judge=bool(principal.roles & REVIEWERS) and principal.caisse is not None,
        status=status,
    )


def comparison_of(shown: dict[str, Any]) -> list[differences.Comparison]:
    """The fields of a pair beside each other, by the score's own alignment."""
    records = [Identity.of(side["written"]) for side in shown["sides"]]
    codes = {one["code"] for one in shown["explanation"]["reasons"]}
    return differences.compared(records[0], records[1], codes)


def place_of(runtime: Runtime) -> Callable[[str | None], str]:
    """How pages name the place of a file: its caisse, or that it is protected."""

    def name(caisse: str | None) -> str:
        if caisse is None:
            return "lieu protégé"
        known = runtime.reference.caisse(caisse)
        return known.name if known is not None else f"caisse {caisse}"

    return name


@router.post("/ui/pairs/{pair_id}/assignment")
async def take_pair(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(signed_in)],
    pair_id: UUID,
    mine: Annotated[bool, Form()],
) -> Response:
    """Take a pair for oneself, or give it back to the queue."""
    async with runtime.database.unit() as unit:
        await judgements.assign(unit, principal, pair_id, principal.id if mine else None)
    if mine:
        return messages.redirect(request, f"/ui/pairs/{pair_id}", Message("La paire est à vous."))
    return messages.redirect(request, "/ui", Message("La paire est rendue à la file."))


@router.post("/ui/pairs/{pair_id}/judgements")
async def judge_pair(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(signed_in)],
    pair_id: UUID,
    reason: Annotated[str, Form(max_length=100)] = "",
    text: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Record the judgement of the form; its reason says the verdict. Then: undo it, or read the next pair."""
    verdict = next((one for one, codes in judgement.REASONS.items() if reason in codes), Verdict.UNSURE)
    try:
        async with runtime.database.unit() as unit:
            done = await judgements.judge(unit, runtime.reference, principal, pair_id, verdict, reason, text)
            pair = await judgements.pair_in_scope(unit, principal, pair_id)
            following = await review_steps.next_open(unit, principal, pair)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        wrong = {error.pointer.strip("/"): error.detail for error in problem.errors} or {"reason": problem.detail}
        if not reason:
            wrong["reason"] = "Choisissez votre avis et son motif."
        return await _pair_page(request, runtime, principal, pair_id, wrong, problem.status, reason, text)
    said = Message(
        SAID[done.state],
        undo=f"/ui/pairs/{pair_id}/judgements/undoing",
        next=f"/ui/pairs/{following}" if following else "",
        next_label="Paire suivante",
    )
    return messages.redirect(request, "/ui", said)


@router.post("/ui/pairs/{pair_id}/judgements/undoing")
async def undo_judgement(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(signed_in)],
    pair_id: UUID,
) -> Response:
    """Take back one's own judgement of today: the pair is as it was before."""
    async with runtime.database.unit() as unit:
        await judgements.take_back(unit, runtime.reference, principal, pair_id)
    return messages.redirect(request, f"/ui/pairs/{pair_id}", Message("Votre avis est annulé : la paire est à lire."))
