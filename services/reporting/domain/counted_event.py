"""From an event to the entry that figures rest on: what happened, at which caisse, on which day it counts. PURE.

The entries answer "why is this file counted here?", and which of them came after a quarter was closed. Ids, codes and
days only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from shared.contract import events as ev


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """One event that a figure may rest on. ``detail``: its code, where figures are split by one; ``items``: what of it
    is added up. ``actor_id``: the pseudonym of who acted."""

    event_id: UUID
    application_id: UUID
    caisse: str
    type: str
    detail: str
    items: int
    actor_id: str
    counted_on: dt.date


UNCOUNTED = (
    ev.Evaluated,
    ev.DeadlineNear,
    ev.DeadlinePassed,
    ev.LetterRendered,
    ev.LetterNotified,
    ev.PaperRegistered,
    ev.BulkCheckEnded,
)
"""Events on which no figure of a file rests."""


def counted(event: ev.Event) -> CountedEvent | None:
    """The entry of ``event``; None for one that no figure rests on."""
    if isinstance(event, UNCOUNTED):
        return None
    detail, items = _detail(event)
    return CountedEvent(
        event.id, event.application_id, event.caisse, event.type, detail, items, event.actor.id, _day(event)
    )


def _detail(event: ev.Event) -> tuple[str, int]:
    match event:
        case ev.PapersRequested():
            return "", sum(item.free for item in event.items)
        case ev.Reviewed():
            return event.draw, event.no
        case ev.AppealSettled() | ev.Revoked():
            return event.outcome, 0
        case ev.LetterPosted():
            return event.way or "unsaid", 0
        case ev.LetterReturned():
            return event.cause, 0
        case ev.PaperSpoiled():
            return event.cause, len(event.serials)
        case ev.PairJudged():
            return event.judgement, 0
        case ev.TitleVoided():
            return event.reason, 0
        case ev.TitleOrdered() if event.copy_no > 0:
            return event.replaced_for or "duplicate", 0
    return "", 0


OWN_DAYS: Mapping[type[ev.Event], str] = {
    ev.FileCompleted: "completed_on",
    ev.Granted: "decided_on",
    ev.Refused: "decided_on",
    ev.LapsedToRefusal: "lapsed_on",
    ev.Appealed: "filed_on",
    ev.AppealSettled: "settled_on",
    ev.Revoked: "revoked_on",
    ev.RightEnded: "ended_on",
    ev.LetterIssued: "issued_on",
    ev.LetterPosted: "posted_on",
    ev.LetterReturned: "returned_on",
    ev.PaperSpoiled: "spoiled_on",
    ev.TitleOrdered: "ordered_on",
    ev.TitleProduced: "produced_on",
    ev.TitleReceived: "received_on",
    ev.TitlePosted: "posted_on",
    ev.TitleReturned: "returned_on",
    ev.TitleVoided: "voided_on",
    ev.TitleHandedOver: "handed_on",
}
"""The day on which an event counts, where it names one itself."""


def _day(event: ev.Event) -> dt.date:
    if isinstance(event, ev.ApplicationSubmitted):
        return event.facts.deposit.received_on
    day: dt.date = getattr(event, OWN_DAYS.get(type(event), "business_date"))
    return day
