"""What decides a case: an automatic grant, a named agent's grant or refusal, silence; and what follows by itself.

A refusal is never automatic. An explicit decision may still come after an implicit refusal, and takes its place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.decision.domain.case import appeal_route
from services.decision.domain.case.case import Case, Draft, Transition, changed, recompute_clocks
from services.decision.domain.case.context import ActionNotAllowed, DecisionContext, PendingEvent
from services.decision.domain.case.preconditions import (
    must_be_decidable,
    must_be_grantable,
    must_not_await_answer,
)
from services.decision.domain.delays import acts
from services.decision.domain.eligibility.evaluation import Assessment
from shared.contract import events as ev
from shared.french import long_date
from shared.ids import named_uuid


@dataclass(frozen=True)
class Signature:
    """Who signs, who prepared where two agents are wanted, and the code of a decision against the proposal."""

    agent: str
    prepared_by: str = ""
    override: str = ""


def must_sign(act: str, agent: str, context: DecisionContext) -> None:
    """Raises ``ActionNotAllowed`` when the agent does not hold the signature of this act today."""
    if not context.policy.may_sign(agent, act, context.day):
        raise ActionNotAllowed(
            "signature_not_delegated", "Vous n'avez pas reçu délégation de signature pour cet acte à ce jour."
        )


def must_explain(
    assessment: Assessment, outcome: str, ranks: Collection[int], override: str, context: DecisionContext
) -> None:
    """A decision against what was proposed for one of these members names why, in a code; any other names none."""
    against = {"grant": "refuse", "refuse": "grant"}[outcome]
    contrary = any(member.proposal == against for member in assessment.members if member.rank in ranks)
    if contrary and not override:
        raise ActionNotAllowed(
            "override_missing", "Cette décision va contre la proposition : dites pourquoi par un code."
        )
    if override and not contrary:
        raise ActionNotAllowed(
            "override_unneeded", "Cette décision ne va pas contre la proposition : aucun code n'est à donner."
        )
    if override and override not in context.book.value("override.codes", context.day).value:
        raise ActionNotAllowed("override_unknown", f"« {override} » n'est pas un code connu.")


def draft_id(case: Case) -> UUID:
    """The id under which the words of the agent who prepared a decision are kept."""
    assert case.draft is not None
    return named_uuid(case.application_id, "draft", case.draft.by, case.draft.on, case.draft.digest, len(case.acts))


def prepare(case: Case, draft: Draft) -> Case:
    """A decision waits for a second agent; the clocks run on."""
    return changed(case, draft=draft)


def must_confirm(case: Case, agent: str) -> Draft:
    """The decision that waits. Raises ``ActionNotAllowed`` where there is none, or when its own agent would confirm."""
    if case.draft is None:
        raise ActionNotAllowed("nothing_to_confirm", "Aucune décision n'attend de second regard.")
    if case.draft.by == agent:
        raise ActionNotAllowed("same_agent", "Le second regard est celui d'un autre agent.")
    return case.draft


def drop(case: Case) -> Case:
    """The prepared decision falls."""
    return changed(case, draft=None)


def decided(
    case: Case,
    outcome: Literal["granted", "refused", "lapsed"],
    on: dt.date,
    decision: UUID,
    context: DecisionContext,
    ends_on: dt.date | None = None,
    partial: bool = False,
) -> Case:
    """The case with a decision of this outcome; ``on``: its day; ``ends_on``: last day of the longest right."""
    act = acts.Decided(on=on, outcome=outcome, ends_on=ends_on, partial=partial)
    return recompute_clocks(changed(case, state=outcome, decision_id=decision, decided_on=on, draft=None), context, act)


def _decision_id(case: Case, outcome: str) -> UUID:
    """The same each time the case is played; told apart from an earlier decision on the same facts."""
    earlier = sum(isinstance(act, acts.Decided) and act.outcome == outcome for act in case.acts)
    return named_uuid(case.application_id, outcome, case.facts_sequence, *([earlier] if earlier else []))


def grant(
    case: Case,
    assessment: Assessment,
    rights: Sequence[ev.Entitlement],
    refused: Sequence[ev.Motive],
    context: DecisionContext,
    signed: Signature,
) -> Transition:
    """A named agent grants the right of these members. Raises ``ActionNotAllowed`` when one lacks a paper."""
    must_be_grantable(case)
    if not rights:
        raise ActionNotAllowed("nobody_granted", "L'admission ne nomme aucun bénéficiaire.")
    ranks = {right.member_rank for right in rights}
    if any(item.member_rank in ranks for item in assessment.items):
        raise ActionNotAllowed("file_incomplete", "Il manque encore des pièces ; le dossier les nomme.")
    return granted(case, rights, refused, context, signed, automatic=False)


def granted(
    case: Case,
    rights: Sequence[ev.Entitlement],
    refused: Sequence[ev.Motive],
    context: DecisionContext,
    signed: Signature,
    automatic: bool,
) -> Transition:
    """The case and its events after a grant; ``refused``: motives of the members left out."""
    decision = _decision_id(case, "granted")
    last = max(right.ends_on for right in rights)
    case = decided(case, "granted", context.day, decision, context, ends_on=last, partial=bool(refused))
    fields = {
        "decision_id": decision,
        "entitlements": list(rights),
        "refused_members": list(refused),
        "effect_on": min(right.starts_on for right in rights),
        "decided_on": context.day,
        "signatory": signed.agent,
        "prepared_by": signed.prepared_by,
        "override": signed.override,
        "automatic": automatic,
        "appeal": appeal_route.way(context, context.day) if refused else None,
    }
    return case, [PendingEvent(ev.Granted, fields)]


def refuse(
    case: Case, motives: Sequence[ev.Motive], about_papers: bool, context: DecisionContext, signed: Signature
) -> Transition:
    """A named agent refuses, with motives. ``about_papers``: a motive blames a missing paper.

    Raises ``ActionNotAllowed`` without a motive, or before the delay for papers is over.
    """
    must_be_decidable(case)
    must_not_await_answer(case, context)
    if not motives:
        raise ActionNotAllowed("motive_missing", "Un refus est motivé : aucun motif n'a été donné.")
    request = case.request
    if about_papers and not _delay_over(case, context.day):
        until = (
            f" : le délai court jusqu'au {long_date(request.due_on)}" if request else " : elles n'ont pas été demandées"
        )
        raise ActionNotAllowed(
            "papers_delay_running", f"Un refus pour pièces manquantes n'est pas encore possible{until}."
        )
    decision = _decision_id(case, "refused")
    case = decided(case, "refused", context.day, decision, context)
    fields = {
        "decision_id": decision,
        "motives": list(motives),
        "decided_on": context.day,
        "appeal_body": context.policy.appeal_body(context.day),
        "signatory": signed.agent,
        "prepared_by": signed.prepared_by,
        "override": signed.override,
        "appeal": appeal_route.way(context, context.day),
    }
    return case, [PendingEvent(ev.Refused, fields)]


def _delay_over(case: Case, day: dt.date) -> bool:
    last = case.requests[-1] if case.requests else None
    return last is not None and not last.fulfilled and last.due_on < day
