"""Routes of deciding: a named agent grants or refuses; where the caisse wants two, another one confirms."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.decision import tables
from services.decision.api.dependencies import Decider, IfMatch, act_on, acting, etag, known_facts, rank_exists
from services.decision.api.schemas import Decided, NewConfirmation, NewDecision
from services.decision.domain.case import decision
from services.decision.domain.case.apply_event import Progress
from services.decision.domain.case.case import Draft
from services.decision.domain.case.context import Setting
from services.decision.domain.case.grounds import ABOUT_PAPERS, BEYOND_THE_FILE, motive
from services.decision.domain.eligibility.entitlements import entitlements
from services.decision.domain.eligibility.evaluation import Assessment, evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.observations import effective
from services.decision.store.cases import Held
from shared.contract.events import Motive
from shared.service.runtime import RuntimeDependency

router = APIRouter(tags=["dossiers"])


@router.post("/cases/{application_id}/decisions", status_code=201, response_model=Decided, summary="Décider")
async def post_decision(
    runtime: RuntimeDependency, principal: Decider, application_id: UUID, body: NewDecision, if_match: IfMatch
) -> Response:
    """Grant or refuse, in the name of the agent of the token. A refusal names its motives, both name their reason.

    Where the caisse wants two agents the decision is prepared only (202): another one confirms it.
    """
    version = if_match if if_match is not None else body.version
    async with acting(runtime, principal, application_id, version) as (_, one, setting):
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
            on=setting.day,
            digest=one.case.digest,
        )
        decided = _decide(one, draft, "", facts, setting, principal.id)
        prepared = body.outcome in setting.policy.four_eyes
        if prepared:
            decided = Progress(decision.prepare(one.case, draft), facts, [])
        else:
            decision.must_sign(body.outcome, principal.id, setting)
        act_on(one, decided, setting, principal)
        named = decision.draft_id(one.case) if prepared else one.case.decision_id
        one.reasons.append({"decision_id": named, "application_id": application_id, "reason": body.reason})
    return _answer(one, 202 if prepared else 201, "to_confirm" if prepared else one.case.state)


@router.post(
    "/cases/{application_id}/decisions/confirmation",
    status_code=201,
    response_model=Decided,
    summary="Confirmer une décision",
)
async def post_confirmation(
    runtime: RuntimeDependency, principal: Decider, application_id: UUID, body: NewConfirmation, version: IfMatch
) -> Response:
    """The second look: another agent than the one who prepared the decision lets it leave in his name, or drops it."""
    async with acting(runtime, principal, application_id, version) as (unit, one, setting):
        facts = known_facts(one)
        draft = decision.must_confirm(one.case, principal.id)
        first = await unit.scalar(
            sa.select(tables.reasons.c.reason).where(tables.reasons.c.decision_id == decision.draft_id(one.case))
        )
        if body.confirm:
            decision.must_sign(draft.outcome, principal.id, setting)
            dropped = decision.drop(one.case)
            one.case, one.changed = dropped, True
            act_on(one, _decide(one, draft, draft.by, facts, setting, principal.id), setting, principal)
            reason = f"{first or ''}\n\nSecond regard : {body.reason}".strip()
            one.reasons.append(
                {"decision_id": one.case.decision_id, "application_id": application_id, "reason": reason}
            )
        else:
            act_on(one, Progress(decision.drop(one.case), facts, []), setting, principal)
    return _answer(one, 201 if body.confirm else 200, one.case.state)


def _decide(one: Held, draft: Draft, prepared_by: str, facts: CaseFacts, setting: Setting, agent: str) -> Progress:
    """The step a draft leads to. Raises the refusals of the law and of the state, whoever signs in the end."""
    on = facts.deposit.deposited_on
    assessment = evaluate(facts, setting.book, overseas=setting.policy.overseas)
    named = [motive(code, rank, setting.book, on, assessment.motives) for code, rank in draft.motives]
    signed = decision.Signed(agent, prepared_by, draft.override)
    if draft.outcome == "refuse":
        about_papers = any(code in ABOUT_PAPERS for code, _ in draft.motives)
        weighed = {rank for code, rank in draft.motives if code not in BEYOND_THE_FILE}
        decision.must_explain(assessment, "refuse", weighed, draft.override, setting)
        case, emissions = decision.refuse(one.case, named, about_papers, setting, signed)
    else:
        ranks = _granted_ranks(draft.members, assessment, named)
        decision.must_explain(assessment, "grant", ranks, draft.override, setting)
        rights = entitlements(effective(facts), setting.book, on, ranks)
        left_out = named + [m for m in assessment.motives if _left_out(m, ranks, named)]
        case, emissions = decision.grant(one.case, assessment, rights, left_out, setting, signed)
    return Progress(case, facts, emissions)


def _answer(one: Held, status: int, outcome: str) -> JSONResponse:
    case = one.case
    decided = Decided(
        decision_id=case.decision_id,
        application_id=case.application_id,
        outcome=outcome,
        version=case.version,
        decided_on=case.decided_on,
    )
    return JSONResponse(decided.model_dump(mode="json"), status, headers={"ETag": etag(case.version)})


def _granted_ranks(members: Sequence[int] | None, assessment: Assessment, named: list[Motive]) -> set[int]:
    """Whom a grant is for: those the agent names, else all but the excluded and those a motive refuses."""
    if members is not None:
        return set(members)
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
