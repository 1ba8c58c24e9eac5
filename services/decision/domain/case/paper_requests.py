"""Papers asked for, and the file complete."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from services.decision.domain.case.case import PAPERS, Case, PaperRequest, Transition, changed, recompute_clocks
from services.decision.domain.case.context import ActionNotAllowed, DecisionContext, PendingEvent
from services.decision.domain.case.preconditions import must_be_open
from services.decision.domain.eligibility.evaluation import Assessment
from services.decision.domain.eligibility.evidence import FAMILY_BOOKS
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law import delay
from shared.contract import events as ev


def completed(
    case: Case, assessment: Assessment, facts: CaseFacts, context: DecisionContext, happened_on: dt.date
) -> Transition:
    """Papers that came: each thing asked answered by its own, the file complete when nothing is still to come.

    ``happened_on``: the business day of their coming.
    """
    emissions: list[PendingEvent] = []
    request = case.request
    if request is not None:
        request = _answered(request, case.missing, facts)
        if not request.open_items and not case.missing:
            last = max(happened_on, request.asked_on)
            produced = min(last, max(_produced(request, facts, last), request.asked_on))
            ended = request.model_copy(update={"ended_on": last, "fulfilled": True, "produced_on": produced})
            case = with_request(changed(case), ended, context)
        elif request is not case.request:
            case = changed(case, requests=[*case.requests[:-1], request])
    if assessment.complete and case.complete_on is None and not (case.request and case.request.open_for_agent):
        case = changed(case, complete_on=happened_on)
        emissions.append(PendingEvent(ev.FileCompleted, {"completed_on": happened_on}))
    return case, emissions


def _answered(request: PaperRequest, missing: Sequence[ev.RequestedItem], facts: CaseFacts) -> PaperRequest:
    """The request with the items that are answered: the law asks them no more, and for an agent's a paper has come."""
    lacking = {(item.code, item.member_rank) for item in missing}
    done = [
        key
        for item in request.items
        if (key := (item.code, item.member_rank)) not in lacking
        and (key not in request.by_agent or key in request.done or _has_come(item, request, facts))
    ]
    return request if done == request.done else request.model_copy(update={"done": done})


def _produced(request: PaperRequest, facts: CaseFacts, otherwise: dt.date) -> dt.date:
    """The day the last paper was produced: its postmark where it bears one (CRPA L. 112-1)."""
    came = [paper for paper in facts.papers if paper.paper_id not in request.known]
    return max((paper.posted_on or otherwise for paper in came), default=otherwise)


def _required(case: Case, items: Sequence[ev.RequestedItem], context: DecisionContext) -> list[str]:
    """The codes of the items that a text requires, that lack, and without which nothing can be decided (CRPA L. 114-5,
    L. 114-5-1)."""
    rule = context.book.find("papers.not_indispensable", context.day)
    spared = set() if rule is None else set(rule.value)
    lacking = {(item.code, item.member_rank) for item in case.missing}
    return [
        item.code
        for item in items
        if (item.code, item.member_rank) in lacking and item.code not in spared and not item.free
    ]


def _has_come(item: ev.RequestedItem, request: PaperRequest, facts: CaseFacts) -> bool:
    """Whether a paper that answers the item came after it was asked for."""
    for paper in facts.papers:
        whole_family = paper.kind in FAMILY_BOOKS
        if paper.paper_id in request.known or not paper.legible:
            continue
        if paper.member_rank != item.member_rank and not whole_family:
            continue
        if paper.kind in item.accepted and (paper.has_photo or paper.kind not in item.with_photo):
            return True
    return False


def to_be_asked(case: Case, items: Sequence[ev.RequestedItem]) -> bool:
    """Not what is being asked already, nor what was asked in vain: that waits for a person."""
    last = case.requests[-1] if case.requests else None
    return last is None or last.fulfilled or not last.covers(items)


def ask_for_papers(
    case: Case,
    items: Sequence[ev.RequestedItem],
    facts: CaseFacts,
    context: DecisionContext,
    *,
    by_agent: bool = False,
) -> Transition:
    """Ask for papers or precisions (CRPA L. 114-5).

    A running request ends, and what it still waits for is part of the new one: there is one open list. Raises
    ``ActionNotAllowed`` when the case is not open or nothing is asked.
    """
    must_be_open(case)
    if not items:
        raise ActionNotAllowed("nothing_requested", "La demande de pièces ne nomme aucune pièce.")
    running = case.request
    wanted = {(item.code, item.member_rank): item for item in [*_carried(running), *items]}
    asked_by_agent = {(item.code, item.member_rank) for item in items} if by_agent else set()
    if running is not None:
        asked_by_agent |= {key for key in running.by_agent if key in wanted and key not in running.done}
        ended = running.model_copy(update={"ended_on": max(context.day, running.asked_on)})
        case = case.model_copy(update={"requests": [*case.requests[:-1], ended]})
    due = delay.due_on(context.delay(PAPERS, context.day), context.day)
    request = PaperRequest(
        number=len(case.requests) + 1,
        items=list(wanted.values()),
        asked_on=context.day,
        due_on=due,
        by_agent=sorted(asked_by_agent),
        known=[paper.paper_id for paper in facts.papers],
        required=_required(case, list(wanted.values()), context),
    )
    case = recompute_clocks(changed(case, requests=[*case.requests, request]), context)
    fields = {
        "request_no": request.number,
        "items": request.items,
        "due_on": due,
        "clock_suspended": bool(request.required),
    }
    return case, [PendingEvent(ev.PapersRequested, fields)]


def _carried(running: PaperRequest | None) -> list[ev.RequestedItem]:
    """What a running request still waits for; once its letter was posted, each item keeps its own last day."""
    if running is None:
        return []
    if running.posted_on is None:
        return running.open_items
    return [item.model_copy(update={"due_on": item.due_on or running.due_on}) for item in running.open_items]


def with_request(case: Case, request: PaperRequest, context: DecisionContext) -> Case:
    """The case with its last request replaced, and the clocks that depend on it moved."""
    return recompute_clocks(case.model_copy(update={"requests": [*case.requests[:-1], request]}), context)
