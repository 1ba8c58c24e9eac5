"""The HTTP interface of decision: cases to read and what an agent does on one; rules and simulations in their own
file."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from prometheus_client import Counter

from services.decision.api.dependencies import (
    Instructor,
    Reader,
    ReadPurpose,
    act_on,
    acting,
    answer_with,
    known_facts,
    rank_exists,
)
from services.decision.api.schemas import AgentId, AskedItem, NewAssignee, NewFacts, NewPaperRequest
from services.decision.domain.case import paper_requests, transitions
from services.decision.domain.case.apply_event import re_evaluate, recalled
from services.decision.domain.case.case import Case, CaseUpdate
from services.decision.domain.case.context import DecisionContext
from services.decision.domain.case.requestable_papers import CODES, FREE, PaperNotForeseen, asked, asked_freely
from services.decision.domain.eligibility.facts import CaseFacts, Observation
from services.decision.domain.eligibility.observations import law_day, observe
from services.decision.store.decision_context import decision_context
from services.decision.store.evaluations import evaluations_of, replay
from services.decision.store.known_rights import rights_of
from services.decision.store.locked_case import LockedCase
from services.decision.store.queries import CaseFilter, listed, read_case, read_case_detail, workload
from services.decision.store.read_models import (
    AppealState,
    CaseDetail,
    CaseSummary,
    Number,
    Proposed,
    Signal,
    State,
    WaitingFor,
    Workload,
)
from shared import clock
from shared.access.access_log import record_access, record_listing
from shared.access.principal import Principal
from shared.contract.events import RequestedItem
from shared.contract.input_errors import InputError
from shared.http.dates import BoundedDate
from shared.http.paging import Page
from shared.http.paging_query import PagingQuery
from shared.http.preconditions import Version, etag
from shared.http.problems import Problem, not_found
from shared.observability import metrics
from shared.service.dependencies import RuntimeDependency

free_items = Counter(
    "ame_decision_free_items_total",
    "Papers asked for that no text foresees, by reason",
    ["reason"],
    registry=metrics.registry,
)
router = APIRouter(tags=["dossiers"])

States = Annotated[list[State] | None, Query(max_length=20)]


@router.get("/cases", response_model=Page[CaseSummary], summary="Lister les dossiers")
async def list_cases(
    runtime: RuntimeDependency,
    principal: Reader,
    purpose: ReadPurpose,
    page: PagingQuery,
    due_before: BoundedDate | None = None,
    state: States = None,
    assignee: AgentId | None = None,
    waiting_for: WaitingFor | None = None,
    proposal: Proposed | None = None,
    signal: Signal | None = None,
    appeal: AppealState | None = None,
    priority: bool | None = None,
    overdue: bool = False,
) -> Page[CaseSummary]:
    """Cases of the caisses in scope, the nearest end of delay first: ids, codes and dates.

    ``overdue``: open, past the month of instruction or the days of a priority file. ``appeal``: the body it waits for.
    Leaves an access event.
    """
    late = clock.today() if overdue else None
    chosen = CaseFilter(due_before, tuple(state or ()), assignee, waiting_for, proposal, signal, appeal, priority, late)
    async with runtime.database.unit() as unit:
        found = await listed(unit, principal, page, chosen)
        record_listing(unit, principal, purpose, "decision.cases", [row.application_id for row in found.items])
    return found


@router.get("/cases/workload", response_model=list[Workload], summary="Compter les dossiers à traiter")
async def get_workload(runtime: RuntimeDependency, principal: Reader) -> list[Workload]:
    """Cases to work on by caisse, agent, state and what they wait for: how many, overdue, near silence, with an
    appeal."""
    async with runtime.database.unit() as unit:
        return await workload(unit, principal, clock.today())


@router.get("/cases/{application_id}", response_model=CaseDetail, summary="Lire un dossier")
async def get_case(
    runtime: RuntimeDependency, principal: Reader, application_id: UUID, purpose: ReadPurpose
) -> Response:
    """The facts, findings, clocks and decision of one case. Leaves an access event with the purpose."""
    async with runtime.database.unit() as unit:
        one = await read_case(unit, principal, application_id)
        context = decision_context(runtime.reference, one.case.caisse)
        view = await read_case_detail(unit, principal, one.case, one.facts, context)
        record_access(unit, principal, purpose, "decision.case", [application_id])
    return JSONResponse(view.model_dump(mode="json"), headers={"ETag": etag(one.case.version)})


def _next(
    one: LockedCase,
    case: Case,
    facts: CaseFacts,
    context: DecisionContext,
    principal: Principal,
    facts_changed: bool = False,
) -> None:
    act_on(one, re_evaluate(case, facts, context, context.day, facts_changed), context, principal)


@router.post(
    "/cases/{application_id}/facts", status_code=201, response_model=CaseSummary, summary="Constater des faits"
)
async def post_facts(
    runtime: RuntimeDependency, principal: Instructor, application_id: UUID, body: NewFacts, version: Version
) -> Response:
    """Put facts on record with their proof: a new version of the facts, evaluated at once. The declared facts stay."""
    async with acting(runtime, principal, application_id, version) as (_, one, context):
        facts = known_facts(one)
        for given in body.observations:
            seen = Observation(**given.model_dump(), by=principal.id, observed_on=context.day)
            facts = observe(facts, seen, context.book)
        case = transitions.observed(one.case, facts, context)
        _next(one, case, facts, context, principal, facts_changed=True)
    return answer_with(one, 201)


@router.post(
    "/cases/{application_id}/paper-requests", status_code=201, response_model=CaseSummary, summary="Demander des pièces"
)
async def post_paper_request(
    runtime: RuntimeDependency, principal: Instructor, application_id: UUID, body: NewPaperRequest, version: Version
) -> Response:
    """Ask for papers: the delay of silence stands still until they come or the delay ends."""
    async with acting(runtime, principal, application_id, version) as (_, one, context):
        facts = known_facts(one)
        items = [_item(wanted, facts, context) for wanted in body.items]
        case, emissions = paper_requests.ask_for_papers(one.case, items, facts, context, by_agent=True)
        act_on(one, CaseUpdate(case, facts, emissions), context, principal)
    return answer_with(one, 201)


def _item(wanted: AskedItem, facts: CaseFacts, context: DecisionContext) -> RequestedItem:
    code, rank = wanted.code, wanted.member_rank
    rank_exists(facts, rank)
    try:
        if code == FREE:
            item = asked_freely(rank, wanted.accepted, wanted.reason or "", context.book, context.day)
            free_items.labels(item.reason).inc()
            return item
        return asked(code, rank, facts, context.book, law_day(facts, context.book))
    except PaperNotForeseen as unforeseen:
        known = code in CODES or code == FREE
        problem, title = (
            ("item_not_foreseen", "Demande sans base légale") if known else ("item_unknown", "Pièce inconnue")
        )
        errors = [InputError("/items", problem, unforeseen.detail)]
        raise Problem(422, problem, unforeseen.detail, title=title, errors=errors) from None


@router.post(
    "/cases/{application_id}/evaluations", status_code=201, response_model=CaseSummary, summary="Réévaluer un dossier"
)
async def post_evaluation(
    runtime: RuntimeDependency, principal: Instructor, application_id: UUID, version: Version
) -> Response:
    """Evaluate again: 201 with a new evaluation when facts, rules, code or territory changed since, else 200."""
    async with acting(runtime, principal, application_id, version) as (unit, one, context):
        before = one.case.evaluations
        rights = await rights_of(unit, {application_id: one})
        case, facts, changed = recalled(one.case, known_facts(one), rights.of)
        _next(one, case, facts or known_facts(one), context, principal, facts_changed=changed)
    return answer_with(one, 201 if one.case.evaluations > before else 200)


@router.get("/cases/{application_id}/evaluations", summary="Lister les évaluations d'un dossier")
async def list_evaluations(
    runtime: RuntimeDependency, principal: Reader, application_id: UUID, purpose: ReadPurpose
) -> dict[str, list[dict[str, Any]]]:
    """All evaluations of one case, oldest first: what each rested on and proposed."""
    async with runtime.database.unit() as unit:
        await read_case(unit, principal, application_id)
        items = await evaluations_of(unit, application_id)
        record_access(unit, principal, purpose, "decision.evaluations", [application_id])
    return {"items": items}


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


@router.put("/cases/{application_id}/assignee", response_model=CaseSummary, summary="Attribuer un dossier")
async def put_assignee(
    runtime: RuntimeDependency, principal: Instructor, application_id: UUID, body: NewAssignee, version: Version
) -> Response:
    """Say which agent has the case in hand, or nobody."""
    async with acting(runtime, principal, application_id, version) as (_, one, context):
        act_on(one, CaseUpdate(transitions.assigned(one.case, body.agent), one.facts, []), context, principal)
    return answer_with(one, 200)
