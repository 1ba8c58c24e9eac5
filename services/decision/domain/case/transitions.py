"""What the events of the other services change in a case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from services.decision.domain.case.case import (
    DECIDED,
    PAPERS,
    Case,
    PairSides,
    PairState,
    Told,
    Transition,
    changed,
    recompute_clocks,
)
from services.decision.domain.case.context import DecisionContext, PendingEvent
from services.decision.domain.case.paper_requests import with_request
from services.decision.domain.case.preconditions import must_be_open
from services.decision.domain.delays.acts import (
    Acknowledged,
    Act,
    AppealSettled,
    Closed,
    Decided,
    MatchConfirmed,
    Notified,
    ReasonsGiven,
    ReasonsRequested,
    TitleHandedOver,
)
from services.decision.domain.delays.first_body import first_body
from services.decision.domain.eligibility.deposit import to_transmit
from services.decision.domain.eligibility.evaluation import Assessment
from services.decision.domain.eligibility.evidence import is_renewal
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.observations import effective
from services.decision.domain.eligibility.proofs import reception_in_doubt
from services.decision.domain.law import delay
from services.decision.domain.law.rulebook import Law, NoRule
from shared.contract import events as ev
from shared.contract.events import PairFact
from shared.contract.facts import OWN_CHANNELS, PaperKind
from shared.ids import named_uuid


def opened(case: Case, sequence: int, caisse: str, facts: CaseFacts, context: DecisionContext) -> Case:
    """The application is known at this version. The clocks start on its reception by the caisse.

    An amendment moves that day only while it is in doubt: a delay that runs is not to be moved by a declaration.
    """
    deposit = effective(facts, context.book).deposit
    settled = case.received_on is not None and not case.reception_in_doubt
    received_on = case.received_on if settled else deposit.received_on
    case = changed(
        case,
        state="open" if case.state == "awaiting" else case.state,
        caisse=caisse,
        application_sequence=sequence,
        facts_sequence=sequence,
        identity_sequence=sequence,
        facts_version=case.facts_version + 1,
        received_on=received_on,
        registered_on=facts.registered_on,
        reception_in_doubt=not settled and reception_in_doubt(facts, context.book),
        deposited_on=deposit.deposited_on,
        transmitted=_to_transmit(facts, context),
        **{"first_body_on": None, "first_body_said_on": None, **first_body(deposit)},
        priority=case.priority or _urgent(facts),
    )
    return recompute_clocks(case, context)


def _to_transmit(facts: CaseFacts, context: DecisionContext) -> bool:
    law = Law(context.book, facts.deposit.deposited_on)
    try:
        return to_transmit(facts, law, is_renewal(facts, law))
    except NoRule:
        return facts.deposit.channel not in OWN_CHANNELS


def _urgent(facts: CaseFacts) -> bool:
    return any(paper.kind is PaperKind.PRIORITY_CERTIFICATE and paper.legible for paper in facts.papers)


def papers_added(case: Case, sequence: int, facts: CaseFacts, context: DecisionContext) -> Case:
    """Papers came: new facts, the same persons. A doctor's certificate among them makes the file a priority."""
    version = case.facts_version + 1
    case = changed(case, application_sequence=sequence, facts_sequence=sequence, facts_version=version)
    if case.priority or not _urgent(facts):
        return case
    return recompute_clocks(case.model_copy(update={"priority": True}), context)


def observed(case: Case, facts: CaseFacts, context: DecisionContext) -> Case:
    """An agent put a fact on record, with its proof: a new version of the facts.

    A day of reception that a person gives is the one that counts, and a delay may run out on it. Raises
    ``ActionNotAllowed`` when the case is not open.
    """
    must_be_open(case)
    deposit = effective(facts, context.book).deposit
    fields: dict[str, Any] = {"facts_version": case.facts_version + 1, "deposited_on": deposit.deposited_on}
    if any(one.point == "received_on" for one in facts.observed):
        fields |= {"received_on": deposit.received_on, "reception_in_doubt": False}
    return recompute_clocks(changed(case, **fields), context)


def rights_known(case: Case) -> Case:
    """What the base knows of earlier rights has changed: a new version of the facts."""
    return changed(case, facts_version=case.facts_version + 1)


def transferred(case: Case, sequence: int, caisse: str) -> Case:
    """Another caisse is competent. The clocks run on: the person is not to suffer from the transfer."""
    version = case.facts_version + 1
    return changed(case, application_sequence=sequence, caisse=caisse, facts_version=version)


def closed(
    case: Case, sequence: int, state: Literal["withdrawn", "erased"], on: dt.date, context: DecisionContext
) -> Case:
    """Withdrawn or erased: no clock runs any more. A decided case stays decided when it is withdrawn."""
    if state == "withdrawn" and case.state in DECIDED:
        return changed(case, application_sequence=sequence)
    return recompute_clocks(changed(case, application_sequence=sequence, state=state), context, Closed(on=on))


def cleared(case: Case, facts_sequence: int) -> Case:
    """The search found nobody for this version: what was open for an older one falls; judged pairs are remembered."""
    kept: dict[UUID, PairState] = {pair: state for pair, state in case.pairs.items() if state != "open"}
    return changed(case, pairs=kept, searched_sequence=max(case.searched_sequence, facts_sequence))


def signalled(case: Case, facts_sequence: int, pairs: Sequence[PairFact]) -> Case:
    """Persons to look at. A pair raised again after its judgement is open again."""
    found: dict[UUID, PairState] = {**case.pairs, **{pair.pair_id: "open" for pair in pairs}}
    sides = case.sides | {
        pair.pair_id: PairSides(member_id=pair.member_id, other_member_id=pair.other_member_id) for pair in pairs
    }
    return changed(case, pairs=found, sides=sides, searched_sequence=max(case.searched_sequence, facts_sequence))


def judged(case: Case, event: ev.PairJudged, context: DecisionContext) -> Transition:
    """A person judged a pair; dedup says how many remain open on this application.

    The same person: she is told so, and nothing adverse follows before her time to answer is over.
    """
    before = case.pairs.get(event.pair_id)
    pairs: dict[UUID, PairState] = {**case.pairs, event.pair_id: event.judgement}
    if event.open_pairs == 0:
        pairs = {one: state for one, state in pairs.items() if state != "open"}
    case = changed(case, pairs=pairs)
    on = event.business_date
    same = event.judgement == "same"
    earlier = [act for act in case.acts if isinstance(act, MatchConfirmed) and act.pair_id == event.pair_id]
    if before == event.judgement and (earlier or not same):
        return case, []
    kept = [_taken_back(act, event.pair_id, on) for act in case.acts if not (same and act in earlier and act.on == on)]
    case = case.model_copy(update={"acts": kept})
    if not same:
        return recompute_clocks(case, context), []
    # Ahead of the others, so that facts of one day that come in another order give the same case.
    standing = [act for act in kept if isinstance(act, MatchConfirmed)]
    confirmed = [MatchConfirmed(on=on, pair_id=event.pair_id), *standing]
    confirmed.sort(key=lambda act: (act.on, act.pair_id))
    others = [act for act in kept if not isinstance(act, MatchConfirmed)]
    case = recompute_clocks(case.model_copy(update={"acts": [*confirmed, *others]}), context)
    if case.state in {"withdrawn", "erased"} or any(act.on == on for act in earlier):
        return case, []
    due = delay.due_on(context.delay("match_answer", on), on)
    identifier = named_uuid(case.application_id, "match_confirmed", event.pair_id, on)
    fields = {"id": identifier, "pair_id": event.pair_id, "confirmed_on": on, "due_on": due}
    return case, [PendingEvent(ev.MatchConfirmed, fields)]


def _taken_back(act: Act, pair: UUID, on: dt.date) -> Act:
    """The act, ended where it confirmed this pair: another judgement takes its place."""
    if isinstance(act, MatchConfirmed) and act.pair_id == pair and act.ended_on is None:
        return act.model_copy(update={"ended_on": max(on, act.on)})
    return act


def assigned(case: Case, agent: str | None) -> Case:
    """The case followed by this agent; None: by nobody."""
    return changed(case, assignee=agent)


def asked_by_letter(case: Case, number: int, on: dt.date, context: DecisionContext) -> Case:
    """The letter that asks for papers was posted: the delay to bring them counts again from that day."""
    request = case.request
    if case.state != "open" or request is None or request.number != number:
        return case
    due = delay.due_on(context.delay(PAPERS, on), on)
    moved = request.model_copy(update={"posted_on": on, "due_on": due})
    return with_request(changed(case), moved, context)


def acknowledged(case: Case, on: dt.date, context: DecisionContext) -> Case:
    """The acknowledgement was posted; it states the day of silence and the ways of appeal."""
    if any(isinstance(act, Acknowledged) for act in case.acts):
        return case
    return recompute_clocks(changed(case), context, Acknowledged(on=on))


def posted(case: Case, decision_id: UUID | None, on: dt.date, context: DecisionContext) -> Case:
    """The letter of the last decision was posted, as a release before despatches told it: its day proves nothing."""
    if decision_id != case.decision_id or case.state not in DECIDED:
        return case
    if any(isinstance(act, Notified) for act in case.since_decision):
        return case
    told = Notified(on=on, proved=False, appeal_stated=_states_appeal(case))
    return recompute_clocks(changed(case), context, told)


def _states_appeal(case: Case) -> bool:
    """Whether the letter of the last decision says how it is contested: that of an admission does for those refused."""
    decision = next((act for act in reversed(case.acts) if isinstance(act, Decided)), None)
    return decision is None or decision.outcome != "granted" or decision.partial


def notified(case: Case, event: ev.LetterNotified, context: DecisionContext) -> Case:
    """What is known now of the notification of the last decision; it takes the place of what was known before.

    ``proved`` and ``presumed`` bind the person, ``unprovable`` does not; without a day no delay runs.
    """
    if event.decision_id is None or event.decision_id != case.decision_id or case.state not in DECIDED:
        return case
    before = [act for act in case.since_decision if isinstance(act, Notified)]
    notices: list[Act] = []
    if event.notified_on is not None:
        sure = event.state != "unprovable"
        presumed, stated = event.state == "presumed", _states_appeal(case)
        notices = [Notified(on=event.notified_on, proved=sure, presumed=presumed, appeal_stated=stated)]
    if notices == before:
        return case
    kept = [act for act in case.acts if act not in before]
    return recompute_clocks(changed(case, acts=kept), context, *notices)


def reasons_received(case: Case, event: ev.LetterNotified, context: DecisionContext) -> Case:
    """The reasons of an implicit refusal reached the person: the delay of appeal runs from that day."""
    asked = next((act for act in case.since_decision if isinstance(act, ReasonsRequested)), None)
    given = any(isinstance(act, ReasonsGiven) for act in case.since_decision)
    on = event.notified_on
    if case.state != "lapsed" or asked is None or given or on is None or event.state == "unprovable" or on < asked.on:
        return case
    return recompute_clocks(changed(case), context, ReasonsGiven(on=on))


def answer_received(case: Case, event: ev.LetterNotified, context: DecisionContext) -> Case:
    """The answer to the last appeal reached the person: the delay to go to the judge runs from that day."""
    settled = [act for act in case.acts if isinstance(act, AppealSettled) and not act.implicit]
    on = event.notified_on
    if not settled or on is None or event.state == "unprovable" or on < settled[-1].on:
        return case
    if settled[-1].notified_on == on:
        return case
    answered = settled[-1].model_copy(update={"notified_on": on})
    return recompute_clocks(changed(case, acts=[act for act in case.acts if act is not settled[-1]]), context, answered)


def title_handed_over(case: Case, on: dt.date, context: DecisionContext) -> Case:
    """The person has the title, as letters tells it against a receipt."""
    decided = any(isinstance(act, Decided) and act.outcome == "granted" for act in case.acts)
    if not decided or any(isinstance(act, TitleHandedOver) for act in case.since_decision):
        return case
    return recompute_clocks(changed(case), context, TitleHandedOver(on=on))


def told_by_letters(case: Case, what: Told) -> Case:
    """Letters published what supervision looks at: it changes nothing of the decision, and counts once."""
    if what in case.told_by_letters:
        return case
    return changed(case, told_by_letters=sorted({*case.told_by_letters, what}))


def assessed(case: Case, assessment: Assessment, digest: str) -> Case:
    """The outcome of the evaluation of the current facts; ``digest`` names what it rests on. A draft on others
    falls."""
    draft = case.draft if case.draft is not None and case.draft.digest == digest else None
    return changed(
        case,
        proposal=assessment.proposal,
        missing=list(assessment.items),
        digest=digest,
        evaluations=case.evaluations + 1,
        draft=draft,
    )
