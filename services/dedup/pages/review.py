"""The pages of dedup for a browser: the review queue, and one pair side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, StringConstraints

from services.dedup.domain.pairs import judgement
from services.dedup.domain.pairs.judgement import Verdict
from services.dedup.domain.wording import motives
from services.dedup.store import access_history, judgements, review_queue
from shared.access.access_log import record_listing
from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose, purpose_by_way
from shared.http.dates import BoundedDate
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page
from shared.web.sign_in import signed_in_as

router = APIRouter(include_in_schema=False)

PAGES = Path(__file__).parent
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
) -> HTMLResponse:
    """The review queue: codes and dates, outcomes among them, so that leafing through it leaves an access event."""
    purpose = purpose_by_way(principal, Purpose.DUPLICATE_REVIEW)
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
        )
        record_listing(unit, principal, purpose, "dedup.pairs", review_queue.files_of(found.items))
    return page(
        request,
        PAGES,
        "queue.html",
        title="Signaux de la base commune",
        rows=found.items,
        next=found.next,
        chosen=chosen,
        purpose=purpose.value,
        wording=WORDING,
        agent_name=runtime.reference.agent_name,
        supervision=bool(principal.roles & {Role.SUPERVISOR, Role.AUDITOR}),
    )


@router.get("/ui/pairs/{pair_id}", response_class=HTMLResponse)
async def show_pair(
    request: Request,
    runtime: RuntimeDependency,
    principal: Reader,
    purpose: Annotated[Purpose, Depends(read_purpose)],
    pair_id: UUID,
) -> HTMLResponse:
    """Two records side by side, why they look alike, and the form of the judgement."""
    return await _pair_page(request, runtime, principal, purpose, pair_id)


async def _pair_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Principal,
    purpose: Purpose,
    pair_id: UUID,
    error: str = "",
    status: int = 200,
    chosen: str = "",
    text: str = "",
) -> HTMLResponse:
    async with runtime.database.unit() as unit:
        pair = await judgements.pair_in_scope(unit, principal, pair_id)
        shown = await review_queue.side_by_side(unit, principal, pair)
        await access_history.record_read(
            unit, principal, purpose, "dedup.pair", [pair["lower_application"], pair["higher_application"]]
        )
    return page(
        request,
        PAGES,
        "pair.html",
        title="Deux dossiers côte à côte",
        pair=shown,
        sides=shown["sides"],
        error=error,
        wording=WORDING,
        reasons=judgement.REASONS,
        me=principal.id,
        agent_name=runtime.reference.agent_name,
        motives=motives,
        mine=principal.caisse,
        chosen=chosen,
        text=text,
        may_judge=bool(principal.roles & {Role.TECHNICIAN, Role.SUPERVISOR}),
        fields=[name for name in WORDING if name in shown["sides"][0]["written"]],
        status=status,
    )


@router.post("/ui/pairs/{pair_id}/assignment")
async def take_pair(
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(signed_in)],
    pair_id: UUID,
    mine: Annotated[bool, Form()],
) -> Response:
    """Take a pair for oneself, or give it back to the queue."""
    async with runtime.database.unit() as unit:
        await judgements.assign(unit, principal, pair_id, principal.id if mine else None)
    return RedirectResponse(f"/ui/pairs/{pair_id}?purpose={Purpose.DUPLICATE_REVIEW.value}" if mine else "/ui", 303)


@router.post("/ui/pairs/{pair_id}/judgements")
async def judge_pair(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(signed_in)],
    pair_id: UUID,
    reason: Annotated[str, Form(max_length=100)] = "",
    text: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Record the judgement of the form; its reason says the verdict."""
    verdict = next((one for one, codes in judgement.REASONS.items() if reason in codes), Verdict.UNSURE)
    try:
        async with runtime.database.unit() as unit:
            await judgements.judge(unit, runtime.reference, principal, pair_id, verdict, reason, text)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        said = " ".join(error.detail for error in problem.errors) or problem.detail
        way, status = Purpose.DUPLICATE_REVIEW, problem.status
        return await _pair_page(request, runtime, principal, way, pair_id, said, status, reason, text)
    again = f"/ui/pairs/{pair_id}?purpose={Purpose.DUPLICATE_REVIEW.value}"
    return messages.redirect(request, "/ui", Message("Le jugement est gardé.", next=again, next_label="Le relire"))
