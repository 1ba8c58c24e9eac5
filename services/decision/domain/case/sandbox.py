"""The agent of the sandbox: refuses, in her invented name, what the rules propose to refuse. PURE.

No refusal is automatic, there neither: it is signed by a named agent of the invented caisse, by the act of every agent.
So an integrator sees a refusal, its letter and its delays without a colleague who sits at a desk.
"""

from __future__ import annotations

from typing import Final

from services.decision.domain.case.case import Case, CaseUpdate, Draft
from services.decision.domain.case.context import ActionNotAllowed, DecisionContext
from services.decision.domain.case.draft import decide_draft
from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from shared.contract.sandbox import SANDBOX, in_sandbox

AGENT: Final = f"agent-{SANDBOX}-01"
REASON: Final = "Dossier d'essai : refus proposé par les règles, signé par l'agente d'essai."


def refusal(case: Case, facts: CaseFacts | None, context: DecisionContext) -> CaseUpdate | None:
    """The refusal of a file of the sandbox whose time has come; None for any other file."""
    if not in_sandbox(case.caisse) or facts is None or case.state != "open" or not case.identity_settled:
        return None
    assessment = evaluate(facts, context.book, overseas=context.policy.overseas)
    if assessment.proposal != "refuse":
        return None
    motives = [(one.code, int(one.facts["member_rank"])) for one in assessment.motives]
    draft = Draft(
        outcome="refuse", motives=motives, members=None, override="", by=AGENT, on=context.day, digest=case.digest
    )
    try:
        return decide_draft(case, draft, "", facts, context, AGENT)
    except ActionNotAllowed:
        return None  # a delay runs, or somebody is awaited: the file waits as any other
