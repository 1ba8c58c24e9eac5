"""Routes of what comes after a decision: notices, reasons, appeals, hearings, withdrawals, changes during the right."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from services.decision.api.dependencies import Decider, Instructor, act_on, acting, answer_with
from services.decision.api.schemas import NewAct, NewAnswer, NewAppeal, NewChange, NewHearing, NewRevocation
from services.decision.domain.case import appeal, decision, revocation
from services.decision.domain.case.apply_event import re_evaluate
from services.decision.domain.case.case import CaseUpdate, Transition
from services.decision.domain.case.context import DecisionContext
from services.decision.domain.case.revocation import revoke
from services.decision.store.entitlements import ranks_with_right
from services.decision.store.locked_case import LockedCase
from services.decision.store.read_models import CaseSummary
from shared.access.principal import Principal
from shared.http.preconditions import Version
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["suites d'une décision"])
AppealNumber = Annotated[int, Path(ge=1, le=1000)]


def _take(one: LockedCase, step: Transition, context: DecisionContext, principal: Principal) -> None:
    """Note the step; a case that it opened again is evaluated at once, for the person who will decide."""
    case, emissions = step
    act_on(one, CaseUpdate(case, one.facts, emissions), context, principal)
    act_on(one, re_evaluate(one.case, one.facts, context, context.day), context, principal)


@router.post(
    "/cases/{application_id}/acts", status_code=201, response_model=CaseSummary, summary="Constater un acte daté"
)
async def post_act(
    runtime: RuntimeDependency, principal: Instructor, application_id: UUID, body: NewAct, version: Version
) -> Response:
    """Put on record what happened around a decision: reasons asked for or given, the answer to a hearing."""
    async with acting(runtime, principal, application_id, version) as (_, one, context):
        match body.kind:
            case "reasons_requested":
                step = appeal.reasons_requested(one.case, body.on, context)
            case "reasons_given":
                step = appeal.reasons_given(one.case, body.on, context)
            case "answered":
                step = revocation.answered(one.case, body.on, context)
        _take(one, step, context, principal)
    return answer_with(one, 201)


@router.post(
    "/cases/{application_id}/appeals", status_code=201, response_model=CaseSummary, summary="Enregistrer un recours"
)
async def post_appeal(
    runtime: RuntimeDependency, principal: Instructor, application_id: UUID, body: NewAppeal, version: Version
) -> Response:
    """An appeal was filed, in time or not: before the body that the law of the decision's day names."""
    async with acting(runtime, principal, application_id, version) as (_, one, context):
        step = appeal.appeal(one.case, body.body, body.on, body.by, body.acknowledged, context)
        _take(one, step, context, principal)
    return answer_with(one, 201)


@router.post(
    "/cases/{application_id}/appeals/{number}/answer",
    status_code=201,
    response_model=CaseSummary,
    summary="Enregistrer la réponse à un recours",
)
async def post_answer(
    runtime: RuntimeDependency,
    principal: Decider,
    application_id: UUID,
    number: AppealNumber,
    body: NewAnswer,
    version: Version,
) -> Response:
    """The answer to an appeal. Where the decision falls, the case is open again and a person decides anew."""
    async with acting(runtime, principal, application_id, version) as (_, one, context):
        decision.must_sign("appeal", principal.id, context)
        step = appeal.answer(one.case, number, body.outcome, body.on, body.notified_on, body.appeal_stated, context)
        _take(one, step, context, principal)
    return answer_with(one, 201)


@router.post(
    "/cases/{application_id}/hearings",
    status_code=201,
    response_model=CaseSummary,
    summary="Inviter à répondre avant un retrait",
)
async def post_hearing(
    runtime: RuntimeDependency, principal: Decider, application_id: UUID, body: NewHearing, version: Version
) -> Response:
    """Tell the person on what ground the right may be withdrawn or ended; the delay to answer starts."""
    async with acting(runtime, principal, application_id, version) as (_, one, context):
        _take(one, revocation.open_hearing(one.case, body.ground, context), context, principal)
    return answer_with(one, 201)


@router.post(
    "/cases/{application_id}/revocations", status_code=201, response_model=CaseSummary, summary="Retirer une décision"
)
async def post_revocation(
    runtime: RuntimeDependency, principal: Decider, application_id: UUID, body: NewRevocation, version: Version
) -> Response:
    """Withdraw the last decision: within four months when unlawful, at any time for fraud; the person was heard
    first."""
    async with acting(runtime, principal, application_id, version) as (_, one, context):
        decision.must_sign("revoke", principal.id, context)
        step = revoke(one.case, body.ground, context, principal.id)
        revocation = step[1][-1].fields["decision_id"]
        one.reasons.append({"decision_id": revocation, "application_id": application_id, "reason": body.reason})
        _take(one, step, context, principal)
    return answer_with(one, 201)


@router.post(
    "/cases/{application_id}/changes",
    status_code=201,
    response_model=CaseSummary,
    summary="Enregistrer un changement de situation",
)
async def post_change(
    runtime: RuntimeDependency, principal: Decider, application_id: UUID, body: NewChange, version: Version
) -> Response:
    """A change during the right: the law of its day says whether the right ends, stays open, or an agent judges."""
    async with acting(runtime, principal, application_id, version) as (unit, one, context):
        everyone = await ranks_with_right(unit, one.case.decision_id)
        step = revocation.change(one.case, body.change, body.on, set(body.members), everyone, body.ends, context)
        if step[1]:
            decision.must_sign("revoke", principal.id, context)
        codes = {"change": body.change, "members": body.members, "ends": bool(step[1])}
        one.record("changed", body.on, codes, context, principal.actor)
        _take(one, step, context, principal)
    return answer_with(one, 201)
