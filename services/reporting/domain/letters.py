"""What reporting keeps of a letter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from shared.contract import events as ev


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: what kind, and the days it was issued, posted or cancelled. ``pages`` 0: not rendered yet.

    ``resent_on``: posted again after it had come back on ``returned_on``, the last time each.
    """

    letter_id: UUID
    application_id: UUID
    caisse: str
    kind: str
    issued_on: dt.date | None = None
    decision_id: UUID | None = None
    rendered: bool = False
    pages: int = 0
    posted_on: dt.date | None = None
    cancelled_on: dt.date | None = None
    returned_on: dt.date | None = None
    resent_on: dt.date | None = None
    sequence: int = 0


def fold_letter(known: Letter | None, event: ev.LetterEvent) -> Letter | None:
    """The letter after ``event``; None when the event is not newer than what is known."""
    if known is not None and event.sequence <= known.sequence:
        return None
    letter = known or Letter(event.letter_id, event.application_id, event.caisse, event.kind)
    match event:
        case ev.LetterIssued():
            return replace(
                letter,
                sequence=event.sequence,
                caisse=event.caisse,
                issued_on=event.issued_on,
                decision_id=event.decision_id,
            )
        case ev.LetterRendered():
            return replace(letter, sequence=event.sequence, rendered=True, pages=event.pages)
        case ev.LetterPosted():
            again = event.posted_on if letter.returned_on is not None else None
            return replace(letter, sequence=event.sequence, posted_on=event.posted_on, resent_on=again)
        case ev.LetterReturned():
            return replace(letter, sequence=event.sequence, returned_on=event.returned_on)
        case ev.LetterCancelled():
            return replace(letter, sequence=event.sequence, cancelled_on=event.business_date)
    return None


def fold_letters(known: dict[UUID, Letter], events: Iterable[ev.LetterEvent]) -> dict[UUID, Letter]:
    """What several events add or change, by letter."""
    changed: dict[UUID, Letter] = {}
    for event in events:
        letter = fold_letter(changed.get(event.letter_id) or known.get(event.letter_id), event)
        if letter is not None:
            changed[event.letter_id] = letter
    return changed
