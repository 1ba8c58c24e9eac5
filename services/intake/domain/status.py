"""What a front end may know of the other services: codes and dates."""

from __future__ import annotations

from typing import Any

from shared.contract.events import (
    Appealed,
    AppealSettled,
    DeadlineNear,
    DeadlinePassed,
    Event,
    FileCompleted,
    Granted,
    IdentityCleared,
    LapsedToRefusal,
    LetterCancelled,
    LetterEvent,
    LetterIssued,
    LetterPosted,
    LetterRendered,
    Linked,
    PairJudged,
    PapersRequested,
    Refused,
    Revoked,
    RightEnded,
    SignalRaised,
    Unlinked,
    reopens,
)

STATUS_OF: dict[type[Event], str] = {
    FileCompleted: "complete",
    PapersRequested: "papers_requested",
    Granted: "granted",
    Refused: "refused",
    LapsedToRefusal: "lapsed",
    Revoked: "refused",  # a right was taken back
}


def status_of(event: Event) -> str | None:
    """What lists show of an application after this event, if it changes that. A file decided anew is a complete one."""
    return "complete" if reopens(event) else STATUS_OF.get(type(event))


def status_fields(event: Any) -> dict[str, Any]:
    """What a front end may know of an event: never a pair, a proposal or a ground, which belong to other pages."""
    match event:
        case IdentityCleared():
            return {"status": "cleared", "on": event.business_date.isoformat()}
        case SignalRaised():
            return {"status": "to_examine", "on": event.business_date.isoformat()}
        case PairJudged():
            examined = "to_examine" if event.open_pairs else "examined"
            return {"status": examined, "on": event.business_date.isoformat()}
        case Linked() | Unlinked():
            return {"linked": isinstance(event, Linked)}
        case FileCompleted():
            return {"status": "complete", "completed_on": event.completed_on.isoformat()}
        case PapersRequested():
            items = [
                {"code": item.code, "member_rank": item.member_rank, "accepted": item.accepted} for item in event.items
            ]
            return {"status": "papers_requested", "due_on": event.due_on.isoformat(), "items": items}
        case Granted():
            dates = {"decided_on": event.decided_on.isoformat(), "effect_on": event.effect_on.isoformat()}
            return {"status": "granted", **dates, "automatic": event.automatic}
        case Refused():
            return {"status": "refused", "decided_on": event.decided_on.isoformat()}
        case LapsedToRefusal():
            return {"status": "lapsed", "decided_on": event.lapsed_on.isoformat()}
        case Appealed():
            return {"appeal": {"body": event.body, "filed_on": event.filed_on.isoformat()}}
        case AppealSettled():
            answer = {"body": event.body, "outcome": event.outcome, "settled_on": event.settled_on.isoformat()}
            return {"appeal": answer} | ({"status": "complete", "decided_on": None} if event.reopened else {})
        case Revoked():
            decided_on = None if reopens(event) else event.revoked_on.isoformat()
            return {"status": status_of(event), "decided_on": decided_on, "effect_on": None}
        case RightEnded():
            return {"right_ended": {"on": event.ended_on.isoformat(), "member_ranks": event.member_ranks}}
        case DeadlineNear() | DeadlinePassed():
            passed = isinstance(event, DeadlinePassed)
            return {"deadline": {"clock": event.clock, "due_on": event.due_on.isoformat(), "passed": passed}}
        case LetterEvent():
            return {str(event.letter_id): _letter(event)}
        case _:
            return {}


def _letter(event: LetterEvent) -> dict[str, Any]:
    """The last thing known of a letter."""
    match event:
        case LetterIssued():
            status, on = "issued", event.issued_on
        case LetterPosted():
            status, on = "posted", event.posted_on
        case LetterRendered():
            status, on = "rendered", event.business_date
        case LetterCancelled():
            status, on = "cancelled", event.business_date
        case _:
            status, on = event.type.partition(".")[2], event.business_date
    return {"kind": event.kind, "status": status, "on": on.isoformat()}
