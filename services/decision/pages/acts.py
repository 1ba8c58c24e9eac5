"""Acts on one case by form: each shows what follows before it is saved, and keeps what was typed when it cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from services.decision.api.cases import post_facts, post_paper_request
from services.decision.api.schemas import AskedItem, NewFacts, NewObservation, NewPaperRequest
from services.decision.domain.case.requestable_papers import CODES, PaperNotForeseen, asked
from services.decision.domain.wording.findings import OBSERVED_BY
from services.decision.pages import letter_draft
from services.decision.pages.frame import FOLDER, Deciding, OpenCase, Posting, frame, open_case
from services.decision.pages.letter_draft import LetterDraft
from services.decision.pages.observation_preview import Preview, preview
from services.decision.pages.points import POINTS, value_of
from shared.access.purposes import Purpose, purpose_by_way
from shared.contract.events import RequestedItem
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.attempt import attempt
from shared.web.form_fields import number_in
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/ui/cases/{application_id}/papers", response_class=HTMLResponse)
async def papers_page(
    request: Request, runtime: RuntimeDependency, principal: Deciding, application_id: UUID
) -> HTMLResponse:
    """What may be asked of whom by the law of the deposit date, with what is missing ticked."""
    purpose = purpose_by_way(principal, Purpose.INSTRUCTION)
    opened = await open_case(runtime, principal, application_id, purpose)
    ticked = [f"{item.code}:{item.member_rank}" for item in opened.view.missing]
    return _papers(request, runtime, principal, opened, purpose, ticked, {})


@router.post("/ui/cases/{application_id}/papers")
async def ask_for_papers(
    request: Request, runtime: RuntimeDependency, principal: Posting, application_id: UUID
) -> Response:
    """One request, one letter: with what is still open in an earlier one."""
    form = await request.form()
    ticked = [str(one) for one in form.getlist("items")]
    if ticked and form.get("go") == "preview":
        purpose = purpose_by_way(principal, Purpose.INSTRUCTION)
        opened = await open_case(runtime, principal, application_id, purpose)
        items = [item for item in (_asked(opened, one) for one in ticked) if item is not None]
        letter = letter_draft.of_request(opened, items)
        return _papers(request, runtime, principal, opened, purpose, ticked, {}, letter)

    async def act() -> object:
        items = [
            AskedItem(code=code, member_rank=number_in(rank))
            for code, _, rank in (one.partition(":") for one in ticked)
        ]
        body = NewPaperRequest(items=items)
        return await post_paper_request(runtime, principal, application_id, body, version_of(form))

    wrong = await attempt(act) if ticked else {"items": "Cochez au moins une pièce."}
    if not wrong:
        text = "La demande de pièces est enregistrée ; la lettre attend parmi les courriers à poster."
        return messages.redirect(request, f"/ui/cases/{application_id}", Message(text))
    purpose = purpose_by_way(principal, Purpose.INSTRUCTION)
    opened = await open_case(runtime, principal, application_id, purpose)
    return _papers(request, runtime, principal, opened, purpose, ticked, wrong)


def _papers(
    request: Request,
    runtime: Runtime,
    principal: Any,
    opened: OpenCase,
    purpose: Purpose,
    ticked: Sequence[str],
    wrong: Mapping[str, str],
    letter: LetterDraft | None = None,
) -> HTMLResponse:
    options = []
    for rank, name in opened.names.items():
        for code in CODES:
            if _asked(opened, f"{code}:{rank}") is not None:
                options.append((f"{code}:{rank}", code, name))
    return page(
        request,
        FOLDER,
        "papers.html",
        title="Demander des pièces",
        status=422 if wrong else 200,
        options=options,
        ticked=ticked,
        letter=letter,
        errors=wrong,
        **frame(request, runtime, principal, opened, purpose),
    )


def _asked(opened: OpenCase, ticked: str) -> RequestedItem | None:
    """What a tick of the page asks for; None where the law of the deposit date does not foresee it."""
    facts = opened.locked.facts
    code, _, rank = ticked.partition(":")
    if facts is None or number_in(rank) not in opened.names:
        return None
    try:
        return asked(code, number_in(rank), facts, opened.context.book, facts.deposit.deposited_on)
    except PaperNotForeseen:
        return None


@router.get("/ui/cases/{application_id}/facts", response_class=HTMLResponse)
async def facts_page(
    request: Request, runtime: RuntimeDependency, principal: Deciding, application_id: UUID
) -> HTMLResponse:
    """The points an agent may put on record, each with its proof."""
    purpose = purpose_by_way(principal, Purpose.INSTRUCTION)
    opened = await open_case(runtime, principal, application_id, purpose)
    return _facts(request, runtime, principal, opened, purpose, {}, {})


@router.post("/ui/cases/{application_id}/facts")
async def observe(request: Request, runtime: RuntimeDependency, principal: Posting, application_id: UUID) -> Response:
    """Put one fact on record: what was declared stays, what was seen counts. Or show first what it would change."""
    form = await request.form()
    given = {name: str(form.get(name, ""))[:200] for name in ("point", "value", "member_rank", "proof")}
    looking = form.get("go") == "preview"
    purpose = purpose_by_way(principal, Purpose.INSTRUCTION)
    shown: Preview | None = None

    async def act() -> object:
        nonlocal shown
        seen = _observation(given)
        if not looking:
            return await post_facts(runtime, principal, application_id, NewFacts(observations=[seen]), version_of(form))
        found = preview(await open_case(runtime, principal, application_id, purpose), seen, principal)
        if isinstance(found, str):
            raise Problem(422, "observation_unfit", found)
        shown = found
        return None

    wrong = {"point": "Choisissez ce que vous constatez."} if given["point"] not in POINTS else await attempt(act)
    if not wrong and not looking:
        text = "Le constat est enregistré ; le dossier a été évalué de nouveau."
        return messages.redirect(request, f"/ui/cases/{application_id}", Message(text))
    opened = await open_case(runtime, principal, application_id, purpose)
    return _facts(request, runtime, principal, opened, purpose, given, wrong, shown)


def _observation(given: Mapping[str, str]) -> NewObservation:
    return NewObservation.model_validate(
        {
            "point": given["point"],
            "value": value_of(given["point"], given["value"]),
            "member_rank": number_in(given["member_rank"] or "0"),
            "proof": given["proof"],
        }
    )


def _facts(
    request: Request,
    runtime: Runtime,
    principal: Any,
    opened: OpenCase,
    purpose: Purpose,
    given: Mapping[str, str],
    wrong: Mapping[str, str],
    shown: Preview | None = None,
) -> HTMLResponse:
    return page(
        request,
        FOLDER,
        "facts.html",
        title="Constater un fait",
        status=422 if wrong else 200,
        given=given,
        shown=shown,
        points=[(code, point.label) for code, point in POINTS.items()],
        proofs=OBSERVED_BY.items(),
        errors=wrong,
        **frame(request, runtime, principal, opened, purpose),
    )


def version_of(form: FormData) -> int:
    """The version of the case that the form was made from; none that can be where the form does not say it."""
    return number_in(form.get("version"))
