"""From one event to the next state of a case: the fold that the consumers, the tests and a rebuild share."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.decision.domain.case import transitions
from services.decision.domain.case.case import Case, CaseUpdate, Transition, changed
from services.decision.domain.case.context import DecisionContext, PendingEvent
from services.decision.domain.case.decision import Signature, granted
from services.decision.domain.case.paper_requests import ask_for_papers, completed, to_be_asked
from services.decision.domain.delays import acts
from services.decision.domain.eligibility.evaluation import Assessment, digest, evaluate
from services.decision.domain.eligibility.facts import CaseFacts, KnownRight
from services.decision.domain.eligibility.observations import law_day
from services.decision.domain.eligibility.title import photos_missing
from shared.contract import events as ev
from shared.contract.letter_kinds import LetterKind
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


Recall = Callable[[Case, CaseFacts], list[KnownRight]]
"""What the base knows of the earlier rights of the persons of a case."""


def apply_event(
    case: Case, facts: CaseFacts | None, event: ev.Event, context: DecisionContext, recall: Recall | None = None
) -> CaseUpdate:
    """Take one event of the topics application, identity or letter; an event already overtaken changes nothing.

    ``recall`` None: what the facts hold of earlier rights stays as it is.
    """
    if isinstance(event, ev.ApplicationEvent):
        if not case.takes(event):
            return CaseUpdate(case, facts, [])
        return _application(case, facts, event, context, recall)
    if isinstance(event, ev.PairJudged):
        after, emissions = transitions.judged(case, event, context)
    else:
        after, emissions = _other(case, event, context), []
    if after is case:
        return CaseUpdate(case, facts, [])
    after, known, changed = recalled(after, facts, recall)
    update = re_evaluate(after, known, context, event.business_date, facts_changed=changed)
    return replace(update, emissions=[*emissions, *update.emissions])


def recalled(case: Case, facts: CaseFacts | None, recall: Recall | None) -> tuple[Case, CaseFacts | None, bool]:
    """The case with what the base knows now of earlier rights, and whether that is new."""
    if facts is None or recall is None or case.state not in {"open", "lapsed"}:
        return case, facts, False
    known = recall(case, facts)
    if known == facts.known_rights:
        return case, facts, False
    return transitions.rights_known(case), facts.model_copy(update={"known_rights": known}), True


def _application(
    case: Case, facts: CaseFacts | None, event: ev.ApplicationEvent, context: DecisionContext, recall: Recall | None
) -> CaseUpdate:
    match event:
        case ev.ApplicationSubmitted() | ev.ApplicationAmended():
            before = facts or CaseFacts.of(event.facts, event.caisse)
            kept = CaseFacts.of(event.facts, event.caisse).model_copy(
                update={
                    "observed": before.observed,
                    "known_rights": before.known_rights,
                    "registered_on": before.registered_on or event.business_date,
                }
            )
            if recall is not None:
                kept = kept.model_copy(update={"known_rights": recall(case, kept)})
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
            return transitions.signalled(case, event.facts_sequence, event.pairs)
        case ev.LetterPosted() if event.kind == "paper_request" and event.request_no is not None:
            return transitions.asked_by_letter(case, event.request_no, event.posted_on, context)
        case ev.LetterPosted() if event.kind == "acknowledgement":
            return transitions.acknowledged(case, event.posted_on, context)
        case ev.LetterPosted() if event.decision_id is not None and not event.way:
            return transitions.posted(case, event.decision_id, event.posted_on, context)
        case ev.LetterNotified() if event.kind == LetterKind.IMPLICIT_REASONS:
            return transitions.reasons_received(case, event, context)
        case ev.LetterNotified() if event.kind == LetterKind.RAPO_DECISION:
            return transitions.answer_received(case, event, context)
        case ev.LetterNotified():
            return transitions.notified(case, event, context)
        case ev.TitleHandedOver():
            return transitions.title_handed_over(case, event.handed_on, context)
        case ev.TitleOrdered() if event.copy_no > 0:
            return transitions.told_by_letters(case, "duplicate_title")
        case ev.PaperSpoiled():
            return transitions.told_by_letters(case, "paper_spoiled")
    return case


def re_evaluate(
    case: Case, facts: CaseFacts | None, context: DecisionContext, happened_on: dt.date, facts_changed: bool = False
) -> CaseUpdate:
    """Evaluate a case to decide when its facts, the rules, the code or the territory changed; do what follows by
    itself.

    After an implicit refusal it is still evaluated, for the explicit decision that may come; nothing follows by itself.
    """
    if (case.state not in {"open", "lapsed"} and not case.to_complete) or facts is None:
        return CaseUpdate(case, facts, [], facts_changed=facts_changed)
    on = law_day(facts, context.book)
    rests_on = digest(facts, context.book.id, context.engine, context.policy.overseas, on)
    assessment = _assessment(_Question(rests_on, facts, context))
    emissions = []
    new = rests_on != case.digest
    if new:
        case = transitions.assessed(case, assessment, rests_on)
        emissions.append(_evaluated(case, assessment, facts, context))
    case, following = follow_up(case, assessment, facts, context, happened_on)
    return CaseUpdate(case, facts, [*emissions, *following], facts_changed, assessment if new else None)


def evaluation_id(case: Case) -> UUID:
    """The id of the evaluation a case rests on: the same each time its events are played."""
    return named_uuid(case.application_id, "evaluation", case.evaluations, case.digest)


def _without_values(finding: ev.Finding) -> ev.Finding:
    """A finding as it may stay on a topic for a year: which rule, on which fact, with which verdict.

    The values (a birth date, the means) stay with decision, in rows that an erasure reaches.
    """
    return finding.model_copy(update={"value": "", "limit": ""})


def _evaluated(case: Case, assessment: Assessment, facts: CaseFacts, context: DecisionContext) -> PendingEvent:
    photo = photos_missing(facts, assessment.ranks("grant"), context.book, max(assessment.on, context.day))
    summons = [*assessment.summons, *(["photo"] if photo else [])]
    fields = {
        "evaluation_id": evaluation_id(case),
        "facts_sequence": case.facts_sequence,
        "rule_set": context.book.id,
        "on_date": assessment.on,
        "findings": [_without_values(finding) for finding in assessment.findings],
        "proposal": assessment.proposal,
        "digest": case.digest,
        "letter": assessment.letter,
        "summons": summons,
        "summons_letter": LetterKind.APPOINTMENT.value if summons else "",
    }
    return PendingEvent(ev.Evaluated, fields)


def _summon(case: Case, assessment: Assessment, context: DecisionContext) -> Transition:
    """Ask the person to come where nothing else is to be done first; for a reason that was not told yet, and once."""
    fresh = [code for code in assessment.summons if code not in case.summoned_for]
    if assessment.letter != LetterKind.APPOINTMENT or not fresh:
        return case, []
    told = sorted({*case.summoned_for, *fresh})
    case = changed(case, summonses=case.summonses + 1, summoned_for=told)
    fields = {"summons_no": case.summonses, "reasons": list(assessment.summons), "summoned_on": context.day}
    return case, [PendingEvent(ev.Summoned, fields)]


def follow_up(
    case: Case, assessment: Assessment, facts: CaseFacts, context: DecisionContext, happened_on: dt.date
) -> Transition:
    """What follows by itself from what is known: the file complete, papers to ask, an automatic grant. Never a refusal.

    ``assessment``: of the current facts. ``happened_on``: the business day of the fact that led here, which counts for
    what the person did; what decision does is of ``context.day``. What an agent asked for and did not get yet stops the
    automatic grant.
    """
    if case.state != "open":
        return case, []
    case, emissions = completed(case, assessment, facts, context, happened_on)
    if any(isinstance(act, acts.Decided) for act in case.acts):
        return case, emissions  # a decision fell: what comes next is for a person
    if assessment.proposal == "human":
        case, summoned = _summon(case, assessment, context)
        emissions.extend(summoned)
    elif assessment.proposal == "request_papers":
        if to_be_asked(case, assessment.items):
            case, asked = ask_for_papers(case, assessment.items, facts, context)
            emissions.extend(asked)
    elif assessment.proposal == "grant" and _may_grant(case, context):
        case, emitted = granted(
            case, assessment.entitlements, [], context, Signature(context.policy.signatory), automatic=True
        )
        emissions.extend(emitted)
    return case, emissions


def _may_grant(case: Case, context: DecisionContext) -> bool:
    """Whether the caisse lets a grant leave by itself, and nobody has a question open on the file."""
    waiting = bool(case.requests) and not case.requests[-1].fulfilled and case.requests[-1].open_for_agent
    return context.policy.automatic_grant and case.identity_settled and not waiting
