"""The pages of dedup for a browser: the review queue, and one pair side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.dedup import judging, reading, review
from services.dedup.judging import Verdict
from shared.access import COOKIE, Principal, Purpose, Role, TokenChecker, read_purpose, record_access, require
from shared.paging import PagingQuery
from shared.problems import Problem
from shared.service import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)

PAGES = Path(__file__).parent / "pages"
Reader = Annotated[Principal, Depends(require(Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR))]

WORDING = {
    "open": "à lire", "awaiting_second_reader": "attend un second lecteur", "disagreed": "lecteurs en désaccord",
    "same": "même personne", "different": "personnes différentes", "unsure": "doute", "dissolved": "sans objet",
    "same_person": "même personne (très probable)", "to_examine": "à examiner", "silent": "faible",
    "signal": "signal", "link_proposal": "dossier antérieur déclaré",
    "pending": "en cours", "granted": "accordée", "refused": "refusée", "lapsed": "refus implicite",
    "withdrawn": "retirée", "erased": "effacée", None: "—",
    "family_name": "Nom de naissance", "given_names": "Prénoms", "usage_name": "Nom d'usage", "sex": "Sexe",
    "birth_date": "Date de naissance", "birth_place": "Lieu de naissance", "birth_country": "Pays de naissance",
    "nationality": "Nationalité",
}  # fmt: skip


@router.get("/ui", response_class=HTMLResponse)
async def show_queue(
    request: Request,
    runtime: RuntimeDependency,
    principal: Reader,
    paging: PagingQuery,
    state: Annotated[Literal["open", "judged"], Query()] = "open",
) -> HTMLResponse:
    """The review queue: codes and dates only, so that no file is read by leafing through it."""
    async with runtime.database.unit() as unit:
        found = await reading.queue(
            unit, principal, paging, state=state, caisse=None, level=None, kind=None, assignee=None
        )  # fmt: skip
    return page(
        request, PAGES, "queue.html", title="Signaux de la base commune", rows=found.items, next=found.next, state=state,
        wording=WORDING,
    )  # fmt: skip


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
    request: Request, runtime: RuntimeDependency, principal: Principal, purpose: Purpose, pair_id: UUID,
    error: str = "", status: int = 200,
) -> HTMLResponse:  # fmt: skip
    async with runtime.database.unit() as unit:
        pair = await review.pair_in_scope(unit, principal, pair_id)
        shown = await reading.side_by_side(unit, pair)
        record_access(unit, principal, purpose, "dedup.pair", [pair["lower_application"], pair["higher_application"]])
    return page(
        request, PAGES, "pair.html", title="Deux dossiers côte à côte", pair=shown, sides=shown["sides"], error=error,
        wording=WORDING, reasons=judging.REASONS, fields=[name for name in WORDING if name in shown["sides"][0]["written"]],
        status=status,
    )  # fmt: skip


def signed_in(request: Request) -> Principal:
    """The person of the sign-in cookie, for forms: it is same-site only, so that no other site can send them."""
    checker: TokenChecker = request.app.state.tokens
    principal = checker.principal(request.cookies.get(COOKIE, ""))
    if not principal.roles & {Role.TECHNICIAN, Role.SUPERVISOR}:
        raise Problem(403, "forbidden", "Rôles admis : technician, supervisor.")
    return principal


@router.post("/ui/pairs/{pair_id}/judgements")
async def judge_pair(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(signed_in)],
    pair_id: UUID,
    reason: Annotated[str, Form(max_length=100)],
    text: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Record the judgement of the form; its reason says the verdict."""
    verdict = next((one for one, codes in judging.REASONS.items() if reason in codes), Verdict.UNSURE)
    try:
        async with runtime.database.unit() as unit:
            await review.judge(unit, runtime.reference, principal, pair_id, verdict, reason, text)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        said = " ".join(error.detail for error in problem.errors) or problem.detail
        return await _pair_page(
            request, runtime, principal, Purpose.DUPLICATE_REVIEW, pair_id, said, problem.status
        )  # fmt: skip
    return RedirectResponse("/ui", 303)
