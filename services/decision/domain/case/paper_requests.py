"""Papers asked for, and the file complete."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from services.decision.domain.case.case import PAPERS, Case, PaperRequest, Transition, changed, timed
from services.decision.domain.case.context import ActionNotAllowed, DecisionContext, PendingEvent
from services.decision.domain.case.preconditions import must_be_open
from services.decision.domain.eligibility.evaluation import Assessment
from services.decision.domain.law import delay
from shared.contract import events as ev


def completed(case: Case, assessment: Assessment, context: DecisionContext, happened_on: dt.date) -> Transition:
    """Papers that came: the file complete, the request answered. ``happened_on``: the business day of their coming."""
    emissions: list[PendingEvent] = []
    if assessment.complete and case.complete_on is None:
        case = changed(case, complete_on=happened_on)
        emissions.append(PendingEvent(ev.FileCompleted, {"completed_on": happened_on}))
    request = case.request
    if request is not None and not case.missing:
        ended = request.model_copy(update={"ended_on": max(happened_on, request.asked_on), "fulfilled": True})
        case = with_request(changed(case), ended, context)
    return case, emissions


def to_be_asked(case: Case, items: Sequence[ev.RequestedItem]) -> bool:
    """Not what is being asked already, nor what was asked in vain: that waits for a person."""
    last = case.requests[-1] if case.requests else None
    return last is None or last.fulfilled or not last.covers(items)


def ask_for_papers(case: Case, items: Sequence[ev.RequestedItem], context: DecisionContext) -> Transition:
    """Ask for papers or precisions (CRPA L. 114-5).

    A running request ends and its items, when asked again, are part of the new one. Raises ``ActionNotAllowed`` when
    the case is not open or nothing is asked.
    """
    must_be_open(case)
    if not items:
        raise ActionNotAllowed("nothing_requested", "La demande de pièces ne nomme aucune pièce.")
    running = case.request
    if running is not None:
        ended = running.model_copy(update={"ended_on": max(context.day, running.asked_on)})
        case = case.model_copy(update={"requests": [*case.requests[:-1], ended]})
    due = delay.due_on(context.delay(PAPERS, context.day), context.day)
    request = PaperRequest(number=len(case.requests) + 1, items=list(items), asked_on=context.day, due_on=due)
    case = timed(changed(case, requests=[*case.requests, request]), context)
    fields = {"request_no": request.number, "items": list(items), "due_on": due, "clock_suspended": True}
    return case, [PendingEvent(ev.PapersRequested, fields)]


def with_request(case: Case, request: PaperRequest, context: DecisionContext) -> Case:
    """The case with its last request replaced, and the clocks that depend on it moved."""
    return timed(case.model_copy(update={"requests": [*case.requests[:-1], request]}), context)
