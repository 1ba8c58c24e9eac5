"""From one event to the next state of a case: the fold that the consumers, the tests and a rebuild share."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass, field
from uuid import UUID

from services.decision.domain.case import transitions
from services.decision.domain.case.case import Case, CaseUpdate, Transition
from services.decision.domain.case.context import DecisionContext, PendingEvent
from services.decision.domain.case.decision import Signature, granted
from services.decision.domain.case.paper_requests import ask_for_papers, completed, to_be_asked
from services.decision.domain.delays import acts
from services.decision.domain.eligibility.evaluation import Assessment, digest, evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from shared.contract import events as ev
from shared.ids import named_uuid


@dataclass(frozen=True)
class _Question:
    """What is asked of the rules; its digest is all it rests on, so equal digests have the same answer."""

    digest: str
    facts: CaseFacts = field(compare=False)
    context: DecisionContext = field(compare=False)


@functools.lru_cache(maxsize=1024)
def _assessment(question: _Question) -> Assessment:
    """The answer of the rules. Kept for a while: the events that follow an application soon ask the same again."""
    context = question.context
    return evaluate(question.facts, context.book, overseas=context.policy.overseas)


def apply_event(case: Case, facts: CaseFacts | None, event: ev.Event, context: DecisionContext) -> CaseUpdate:
    """Take one event of the topics application, identity or letter; an event already overtaken changes nothing."""
    if isinstance(event, ev.ApplicationEvent):
        if not case.takes(event):
            return CaseUpdate(case, facts, [])
        return _application(case, facts, event, context)
    after = _other(case, event, context)
    if after is case:
        return CaseUpdate(case, facts, [])
    return re_evaluate(after, facts, context, event.business_date)


def _application(
    case: Case, facts: CaseFacts | None, event: ev.ApplicationEvent, context: DecisionContext
) -> CaseUpdate:
    match event:
        case ev.ApplicationSubmitted() | ev.ApplicationAmended():
            kept = CaseFacts.of(event.facts, event.caisse).model_copy(
                update={"observed": facts.observed if facts else []}
            )
            case = transitions.opened(case, event.sequence, event.caisse, kept, context)
            return re_evaluate(case, kept, context, event.business_date, facts_changed=True)
        case ev.PaperReceived() if facts is not None:
            facts = facts.with_papers(event.papers)
            case = transitions.papers_added(case, event.sequence, facts, context)
            return re_evaluate(case, facts, context, event.business_date, facts_changed=True)
        case ev.ApplicationTransferred():
            moved = transitions.transferred(case, event.sequence, event.to_caisse)
            known = None if facts is None else facts.model_copy(update={"caisse": event.to_caisse})
            return re_evaluate(moved, known, context, event.business_date, facts_changed=known is not None)
        case ev.ApplicationWithdrawn():
            return CaseUpdate(
                transitions.closed(case, event.sequence, "withdrawn", event.business_date, context), facts, []
            )
        case ev.ApplicationErased():
            erased = transitions.closed(case, event.sequence, "erased", event.business_date, context)
            return CaseUpdate(erased, None, [], facts_changed=True)
    return CaseUpdate(case, facts, [])


def _other(case: Case, event: ev.Event, context: DecisionContext) -> Case:
    match event:
        case ev.IdentityCleared():
            return transitions.cleared(case, event.facts_sequence)
        case ev.SignalRaised():
            return transitions.signalled(case, event.facts_sequence, [pair.pair_id for pair in event.pairs])
        case ev.PairJudged():
            return transitions.judged(case, event.pair_id, event.judgement, event.open_pairs)
        case ev.LetterPosted() if event.kind == "paper_request" and event.request_no is not None:
            return transitions.asked_by_letter(case, event.request_no, event.posted_on, context)
        case ev.LetterPosted() if event.kind == "acknowledgement":
            return transitions.acknowledged(case, event.posted_on, context)
        case ev.LetterPosted() if event.decision_id is not None:
            return transitions.notified(case, event.decision_id, event.posted_on, context)
    return case


def re_evaluate(
    case: Case, facts: CaseFacts | None, context: DecisionContext, happened_on: dt.date, facts_changed: bool = False
) -> CaseUpdate:
    """Evaluate a case to decide when its facts, the rules, the code or the territory changed; do what follows by
    itself.

    After an implicit refusal it is still evaluated, for the explicit decision that may come; nothing follows by itself.
    """
    if case.state not in {"open", "lapsed"} or facts is None:
        return CaseUpdate(case, facts, [], facts_changed=facts_changed)
    on = facts.deposit.deposited_on
    rests_on = digest(facts, context.book.id, context.engine, context.policy.overseas, on)
    assessment = _assessment(_Question(rests_on, facts, context))
    emissions = []
    new = rests_on != case.digest
    if new:
        case = transitions.assessed(case, assessment, rests_on)
        emissions.append(_evaluated(case, assessment, context))
    case, following = follow_up(case, assessment, context, happened_on)
    return CaseUpdate(case, facts, [*emissions, *following], facts_changed, assessment if new else None)


def evaluation_id(case: Case) -> UUID:
    """The id of the evaluation a case rests on: the same each time its events are played."""
    return named_uuid(case.application_id, "evaluation", case.evaluations, case.digest)


def _evaluated(case: Case, assessment: Assessment, context: DecisionContext) -> PendingEvent:
    fields = {
        "evaluation_id": evaluation_id(case),
        "facts_sequence": case.facts_sequence,
        "rule_set": context.book.id,
        "on_date": assessment.on,
        "findings": list(assessment.findings),
        "proposal": assessment.proposal,
        "digest": case.digest,
    }
    return PendingEvent(ev.Evaluated, fields)


def follow_up(case: Case, assessment: Assessment | None, context: DecisionContext, happened_on: dt.date) -> Transition:
    """What follows by itself from what is known: the file complete, papers to ask, an automatic grant. Never a refusal.

    ``assessment``: of the current facts, or None while the application is not known. ``happened_on``: the business
    day of the fact that led here, which counts for what the person did; what decision does is of ``context.day``.
    """
    if case.state != "open" or assessment is None:
        return case, []
    case, emissions = completed(case, assessment, context, happened_on)
    if any(isinstance(act, acts.Decided) for act in case.acts):
        return case, emissions  # a decision fell: what comes next is for a person
    if assessment.proposal == "request_papers":
        if to_be_asked(case, assessment.items):
            case, asked = ask_for_papers(case, assessment.items, context)
            emissions.extend(asked)
    elif assessment.proposal == "grant" and case.identity_settled and context.policy.automatic_grant:
        case, emitted = granted(
            case, assessment.entitlements, [], context, Signature(context.policy.signatory), automatic=True
        )
        emissions.extend(emitted)
    return case, emissions
