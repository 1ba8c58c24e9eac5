"""The HTTP interface of decision: cases to read and what an agent does on one; rules and simulations in their own file."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from services.decision import api_rules, deciding, tables, ui
from services.decision import case as cases
from services.decision.case import Case
from services.decision.casefacts import CaseFacts, Observation
from services.decision.consulting import Chosen, listed, read_case, shown_case
from services.decision.eligibility import Assessment, evaluate
from services.decision.entitlements import entitlements
from services.decision.keeping import Held, setting_of
from services.decision.motives import ABOUT_PAPERS, motive
from services.decision.observing import effective, observe
from services.decision.progress import Progress, reconsider
from services.decision.proofs import accepted
from services.decision.replaying import replay
from services.decision.serving import Decider, IfMatch, Instructor, Reader, ReadPurpose, acting, etag
from services.decision.steps import Refusal, Setting
from services.decision.views import (
    AgentId,
    Decided,
    NewAssignee,
    NewDecision,
    NewFacts,
    NewPaperRequest,
    Number,
    Proposed,
    ShownCase,
    State,
    Summary,
    WaitingFor,
    summary,
)
from shared import observe as observing_requests
from shared.access import Principal, record_access
from shared.events import Motive, RequestedItem
from shared.paging import Page, PagingQuery
from shared.problems import FieldError, Problem, not_found
from shared.service import RuntimeDependency

router = APIRouter(tags=["dossiers"])
for part in (api_rules, ui):
    router.include_router(part.router)

States = Annotated[list[State] | None, Query(max_length=20)]


@router.get("/cases", response_model=Page[Summary], summary="Lister les dossiers")
async def list_cases(
    runtime: RuntimeDependency,
    principal: Reader,
    page: PagingQuery,
    due_before: dt.date | None = None,
    state: States = None,
    assignee: AgentId | None = None,
    waiting_for: WaitingFor | None = None,
    proposal: Proposed | None = None,
) -> Page[Summary]:
    """Cases of the caisses in scope, the nearest end of delay first: ids, codes and dates."""
    chosen = Chosen(due_before, tuple(state or ()), assignee, waiting_for, proposal)
    async with runtime.database.unit() as unit:
        return await listed(unit, principal, page, chosen)


@router.get("/cases/{application_id}", response_model=ShownCase, summary="Lire un dossier")
async def get_case(
    runtime: RuntimeDependency, principal: Reader, application_id: UUID, purpose: ReadPurpose
) -> Response:  # fmt: skip
    """The facts, findings, clocks and decision of one case. Leaves an access event with the purpose."""
    async with runtime.database.unit() as unit:
        one = await read_case(unit, principal, application_id)
        view = await shown_case(unit, one.case, one.facts, setting_of(runtime.reference, one.case.caisse))
        record_access(unit, principal, purpose, "decision.case", [application_id])
    return JSONResponse(view.model_dump(mode="json"), headers={"ETag": etag(one.case.version)})


def _answer(one: Held, status: int) -> JSONResponse:
    view = Summary.model_validate(summary(one.case)).model_dump(mode="json")
    headers = {"ETag": etag(one.case.version), "Location": f"/cases/{one.case.application_id}"}
    return JSONResponse(view, status, headers=headers)


def _known(one: Held) -> CaseFacts:
    if one.facts is None:
        raise Refusal("application_unknown", "Les faits de la demande ne sont pas connus de ce service.")
    return one.facts


def _do(one: Held, step: Progress, setting: Setting, principal: Principal) -> None:
    one.take(step, setting, None, principal.actor, observing_requests.correlation.get())


def _next(
    one: Held, case: Case, facts: CaseFacts, setting: Setting, principal: Principal, facts_changed: bool = False
) -> None:
    _do(one, reconsider(case, facts, setting, setting.day, facts_changed), setting, principal)


@router.post("/cases/{application_id}/facts", status_code=201, response_model=Summary, summary="Constater des faits")
async def post_facts(
    runtime: RuntimeDependency, principal: Instructor, application_id: UUID, body: NewFacts, version: IfMatch
) -> Response:
    """Put facts on record with their proof: a new version of the facts, evaluated at once. The declared facts stay."""
    async with acting(runtime, principal, application_id, version) as (_, one, setting):
        facts = _known(one)
        case = cases.observed(one.case)
        for given in body.observations:
            seen = Observation(**given.model_dump(), by=principal.id, observed_on=setting.day)
            facts = observe(facts, seen)
        _next(one, case, facts, setting, principal, facts_changed=True)
    return _answer(one, 201)


@router.post(
    "/cases/{application_id}/paper-requests", status_code=201, response_model=Summary, summary="Demander des pièces"
)
async def post_paper_request(
    runtime: RuntimeDependency, principal: Instructor, application_id: UUID, body: NewPaperRequest, version: IfMatch
) -> Response:
    """Ask for papers: the delay of silence stands still until they come or the delay ends."""
    async with acting(runtime, principal, application_id, version) as (_, one, setting):
        facts = _known(one)
        items = [_item(asked.code, asked.member_rank, facts, setting) for asked in body.items]
        case, emissions = cases.ask_for_papers(one.case, items, setting)
        _do(one, Progress(case, facts, emissions), setting, principal)
    return _answer(one, 201)


def _item(code: str, rank: int, facts: CaseFacts, setting: Setting) -> RequestedItem:
    on = facts.deposit.deposited_on
    _rank_exists(facts, rank)
    try:
        kinds = accepted(code, setting.book, on)
    except KeyError:
        error = FieldError(
            "/items", "item_unknown", f"« {code} » n'est pas une pièce que la loi de cette date prévoit."
        )
        raise Problem(422, "item_unknown", "Pièce inconnue.", title="Pièce inconnue", errors=[error]) from None
    return RequestedItem(code=code, member_rank=rank, accepted=[kind.value for kind in kinds])


def _rank_exists(facts: CaseFacts, rank: int) -> None:
    if rank not in {member.rank for member in facts.members}:
        error = FieldError("/members", "member_unknown", f"Aucune personne de rang {rank} dans ce dossier.")
        raise Problem(422, "member_unknown", "Personne inconnue.", title="Personne inconnue", errors=[error])


@router.post(
    "/cases/{application_id}/evaluations", status_code=201, response_model=Summary, summary="Réévaluer un dossier"
)
async def post_evaluation(
    runtime: RuntimeDependency, principal: Instructor, application_id: UUID, version: IfMatch
) -> Response:  # fmt: skip
    """Evaluate again: 201 with a new evaluation when facts, rules, code or territory changed since, else 200."""
    async with acting(runtime, principal, application_id, version) as (_, one, setting):
        before = one.case.evaluations
        _next(one, one.case, _known(one), setting, principal)
    return _answer(one, 201 if one.case.evaluations > before else 200)


@router.get("/cases/{application_id}/evaluations", summary="Lister les évaluations d'un dossier")
async def list_evaluations(
    runtime: RuntimeDependency, principal: Reader, application_id: UUID, purpose: ReadPurpose
) -> dict[str, list[dict[str, Any]]]:
    """All evaluations of one case, oldest first: what each rested on and proposed."""
    async with runtime.database.unit() as unit:
        await read_case(unit, principal, application_id)
        query = sa.select(tables.evaluations).where(tables.evaluations.c.application_id == application_id)
        rows = await unit.rows(query.order_by(tables.evaluations.c.number))
        record_access(unit, principal, purpose, "decision.evaluations", [application_id])
    return {"items": [dict(row._mapping) for row in rows]}


@router.get("/cases/{application_id}/evaluations/{number}/replay", summary="Rejouer une évaluation")
async def replay_evaluation(
    runtime: RuntimeDependency, principal: Reader, application_id: UUID, number: Number, purpose: ReadPurpose
) -> dict[str, Any]:
    """The same facts under the rules of that day: does it come out the same? Not replayable once erased."""
    async with runtime.database.unit() as unit:
        await read_case(unit, principal, application_id)
        answer = await replay(unit, application_id, number)
        if answer is None:
            raise not_found()
        record_access(unit, principal, purpose, "decision.replay", [application_id])
    return answer


@router.put("/cases/{application_id}/assignee", response_model=Summary, summary="Attribuer un dossier")
async def put_assignee(
    runtime: RuntimeDependency, principal: Instructor, application_id: UUID, body: NewAssignee, version: IfMatch
) -> Response:
    """Say which agent has the case in hand, or nobody."""
    async with acting(runtime, principal, application_id, version) as (_, one, setting):
        _do(one, Progress(cases.assigned(one.case, body.agent), one.facts, []), setting, principal)
    return _answer(one, 200)


@router.post("/cases/{application_id}/decisions", status_code=201, response_model=Decided, summary="Décider")
async def post_decision(
    runtime: RuntimeDependency, principal: Decider, application_id: UUID, body: NewDecision, if_match: IfMatch
) -> Response:
    """Grant or refuse, in the name of the agent of the token. A refusal names its motives, both name their reason."""
    version = if_match if if_match is not None else body.version
    async with acting(runtime, principal, application_id, version) as (_, one, setting):
        facts = _known(one)
        on = facts.deposit.deposited_on
        assessment = evaluate(facts, setting.book, overseas=setting.policy.overseas)
        for given in body.motives:
            _rank_exists(facts, given.member_rank)
        named = [motive(given.code, given.member_rank, setting.book, on, assessment.motives) for given in body.motives]
        if body.outcome == "refuse":
            about_papers = any(given.code in ABOUT_PAPERS for given in body.motives)
            case, emissions = deciding.refuse(one.case, named, about_papers, setting, principal.id)
        else:
            ranks = _granted_ranks(body, facts, assessment, named)
            rights = entitlements(effective(facts), setting.book, on, ranks)
            left_out = named + [m for m in assessment.motives if _left_out(m, ranks, named)]
            case, emissions = deciding.grant(one.case, assessment, rights, left_out, setting, principal.id)
        _do(one, Progress(case, facts, emissions), setting, principal)
        one.reasons.append({"decision_id": case.decision_id, "application_id": application_id, "reason": body.reason})
    assert one.case.decision_id is not None
    assert one.case.decided_on is not None
    decided = Decided(
        decision_id=one.case.decision_id, application_id=application_id, outcome=one.case.state, version=one.case.version,
        decided_on=one.case.decided_on,
    )  # fmt: skip
    return JSONResponse(decided.model_dump(mode="json"), 201, headers={"ETag": etag(one.case.version)})


def _granted_ranks(body: NewDecision, facts: CaseFacts, assessment: Assessment, named: list[Motive]) -> set[int]:
    """Whom a grant is for: those the agent names, else all but the excluded and those a motive refuses."""
    if body.members is not None:
        for rank in body.members:
            _rank_exists(facts, rank)
        return set(body.members)
    refused = {int(one.facts["member_rank"]) for one in named}
    return {
        member.rank
        for member in assessment.members
        if member.proposal not in {"excluded", "refuse"} and member.rank not in refused
    }


def _left_out(proposed: Motive, ranks: set[int], named: list[Motive]) -> bool:
    """A motive the evaluation proposes for a member the grant leaves out and the agent said nothing of."""
    rank = int(proposed.facts["member_rank"])
    return rank not in ranks and rank not in {int(one.facts["member_rank"]) for one in named}
