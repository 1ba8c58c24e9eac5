"""The decision that a draft leads to: whom it grants, on which motives."""

from __future__ import annotations

from collections.abc import Sequence

from services.decision.domain.case import decision
from services.decision.domain.case.case import Case, CaseUpdate, Draft
from services.decision.domain.case.context import DecisionContext
from services.decision.domain.case.grounds import ABOUT_PAPERS, BEYOND_THE_FILE, motive
from services.decision.domain.eligibility.entitlements import entitlements
from services.decision.domain.eligibility.evaluation import Assessment, evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.observations import effective, law_day
from shared.contract.events import Motive


def decide_draft(
    case: Case, draft: Draft, prepared_by: str, facts: CaseFacts, context: DecisionContext, agent: str
) -> CaseUpdate:
    """The step a draft leads to. Raises the refusals of the law and of the state, whoever signs in the end."""
    on = law_day(facts, context.book)
    assessment = evaluate(facts, context.book, overseas=context.policy.overseas)
    named = [motive(code, rank, context.book, on, assessment.motives) for code, rank in draft.motives]
    signed = decision.Signature(agent, prepared_by, draft.override)
    if draft.outcome == "refuse":
        about_papers = any(code in ABOUT_PAPERS for code, _ in draft.motives)
        weighed = {rank for code, rank in draft.motives if code not in BEYOND_THE_FILE}
        decision.must_explain(assessment, "refuse", weighed, draft.override, context)
        case, emissions = decision.refuse(case, named, about_papers, context, signed)
    else:
        ranks = _granted_ranks(draft.members, assessment, named)
        decision.must_explain(assessment, "grant", ranks, draft.override, context)
        rights = entitlements(effective(facts, context.book), context.book, on, ranks)
        left_out = named + [m for m in assessment.motives if _left_out(m, ranks, named)]
        case, emissions = decision.grant(case, assessment, rights, left_out, context, signed)
    return CaseUpdate(case, facts, emissions)


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
