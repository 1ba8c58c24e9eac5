"""Routes of deciding: a named agent grants or refuses; where the caisse wants two, another one confirms."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.decision.api.dependencies import Decider, act_on, acting, known_facts, rank_exists
from services.decision.api.schemas import DecidedCase, NewConfirmation, NewDecision
from services.decision.domain.case import decision
from services.decision.domain.case.case import CaseUpdate, Draft
from services.decision.domain.case.draft import decide_draft
from services.decision.store.cases import reason_of
from services.decision.store.locked_case import LockedCase
from shared.http.preconditions import IfMatch, Version, etag
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["dossiers"])


@router.post("/cases/{application_id}/decisions", status_code=201, response_model=DecidedCase, summary="Décider")
async def post_decision(
    runtime: RuntimeDependency, principal: Decider, application_id: UUID, body: NewDecision, if_match: IfMatch
) -> Response:
    """Grant or refuse, in the name of the agent of the token. A refusal names its motives, both name their reason.

    Where the caisse wants two agents the decision is prepared only (202): another one confirms it.
    """
    version = if_match if if_match is not None else body.version
    async with acting(runtime, principal, application_id, version) as (_, one, context):
        facts = known_facts(one)
        for given in body.motives:
            rank_exists(facts, given.member_rank)
        for rank in body.members or []:
            rank_exists(facts, rank)
        draft = Draft(
            outcome=body.outcome,
            motives=[(given.code, given.member_rank) for given in body.motives],
            members=body.members,
            override=body.override or "",
            by=principal.id,
            on=context.day,
            digest=one.case.digest,
        )
        decided = decide_draft(one.case, draft, "", facts, context, principal.id)
        prepared = body.outcome in context.policy.four_eyes
        if prepared:
            decided = CaseUpdate(decision.prepare(one.case, draft), facts, [])
        else:
            decision.must_sign(body.outcome, principal.id, context)
        act_on(one, decided, context, principal)
        named = decision.draft_id(one.case) if prepared else one.case.decision_id
        one.reasons.append({"decision_id": named, "application_id": application_id, "reason": body.reason})
    return _answer(one, 202 if prepared else 201, "to_confirm" if prepared else one.case.state)


@router.post(
    "/cases/{application_id}/decisions/confirmation",
    status_code=201,
    response_model=DecidedCase,
    summary="Confirmer une décision",
)
async def post_confirmation(
    runtime: RuntimeDependency, principal: Decider, application_id: UUID, body: NewConfirmation, version: Version
) -> Response:
    """The second look: another agent than the one who prepared the decision lets it leave in his name, or drops it."""
    async with acting(runtime, principal, application_id, version) as (unit, one, context):
        facts = known_facts(one)
        draft = decision.must_confirm(one.case, principal.id)
        first = await reason_of(unit, decision.draft_id(one.case))
        if body.confirm:
            decision.must_sign(draft.outcome, principal.id, context)
            dropped = decision.drop(one.case)
            one.case, one.changed = dropped, True
            act_on(one, decide_draft(one.case, draft, draft.by, facts, context, principal.id), context, principal)
            reason = f"{first or ''}\n\nSecond regard : {body.reason}".strip()
            one.reasons.append(
                {"decision_id": one.case.decision_id, "application_id": application_id, "reason": reason}
            )
        else:
            act_on(one, CaseUpdate(decision.drop(one.case), facts, []), context, principal)
    return _answer(one, 201 if body.confirm else 200, one.case.state)


def _answer(one: LockedCase, status: int, outcome: str) -> JSONResponse:
    case = one.case
    decided = DecidedCase(
        decision_id=case.decision_id,
        application_id=case.application_id,
        outcome=outcome,
        version=case.version,
        decided_on=case.decided_on,
    )
    return JSONResponse(decided.model_dump(mode="json"), status, headers={"ETag": etag(case.version)})
