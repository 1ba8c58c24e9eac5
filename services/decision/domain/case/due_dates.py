"""What a due date brings about: reminders, papers overdue, silence."""

from __future__ import annotations

import datetime as dt

from services.decision.domain.case import appeal, appeal_route
from services.decision.domain.case.case import PAPERS, SILENCE, Case, Transition, changed
from services.decision.domain.case.context import DecisionContext, PendingEvent
from services.decision.domain.case.decision import decided
from services.decision.domain.delays.clock import Clock, DueNotice, next_notice
from shared import calendar
from shared.contract import events as ev
from shared.ids import named_uuid


def tick(case: Case, context: DecisionContext) -> Transition:
    """What the clocks tell on this day, each due date once, the oldest first. Silence past its delay is a refusal.

    Nothing while the date of reception is in doubt: no delay runs out in the past without a person.
    """
    emissions: list[PendingEvent] = []
    if case.reception_in_doubt:
        return case, emissions
    while (fired := _next(case, context.day)) is not None:
        told, firing = fired
        kept = [told if (one.name, one.number) == (told.name, told.number) else one for one in case.clocks]
        case = changed(case, clocks=kept)
        event = ev.DeadlineNear if firing.kind == "near" else ev.DeadlinePassed
        parts = [firing.clock, *([firing.number] if firing.number > 1 else []), firing.kind, firing.due_on]
        identifier = named_uuid(case.application_id, *parts)
        emissions.append(PendingEvent(event, {"id": identifier, "clock": firing.clock, "due_on": firing.due_on}))
        if firing.kind == "passed":
            case, caused = _passed(case, firing, context)
            emissions += caused
    return case, emissions


def _next(case: Case, today: dt.date) -> tuple[Clock, DueNotice] | None:
    for running in sorted(case.clocks, key=lambda one: (one.due_on or dt.date.max, one.name, one.number)):
        told, firing = next_notice(running, today)
        if firing is not None:
            return told, firing
    return None


def _passed(case: Case, firing: DueNotice, context: DecisionContext) -> Transition:
    """What a delay that ran out brings about."""
    if firing.clock == PAPERS:
        return _papers_overdue(case, firing.due_on), []
    if firing.clock == SILENCE:
        return _lapsed(case, firing.due_on, context)
    if firing.clock == "appeal_silence":
        return appeal.silence_on_appeal(case, firing.number, firing.due_on, context)
    return case, []


def _papers_overdue(case: Case, due: dt.date) -> Case:
    """The delay for papers ended without them; what was asked then waits for a person."""
    request = case.request
    if request is None:
        return case
    ended = request.model_copy(update={"ended_on": due + calendar.ONE_DAY})
    return case.model_copy(update={"requests": [*case.requests[:-1], ended]})


def _lapsed(case: Case, due: dt.date, context: DecisionContext) -> Transition:
    decision = named_uuid(case.application_id, "lapsed", due)
    fields = {
        "id": named_uuid(case.application_id, "lapsed_to_refusal", due),
        "decision_id": decision,
        "lapsed_on": due,
        "appeal_body": context.policy.appeal_body(due),
        "appeal": appeal_route.way(context, due),
    }
    return decided(case, "lapsed", due, decision, context), [PendingEvent(ev.LapsedToRefusal, fields)]
