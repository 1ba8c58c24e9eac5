"""What reporting keeps of a title of admission: since when it waits at the desk. PURE."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from shared.contract import events as ev

TITLE_EVENTS = (ev.TitleEvent, ev.TitleHandedOver)


@dataclass(frozen=True, slots=True)
class WaitingTitle:
    """One title, by its serial. ``at_desk_on``: since when it can be collected, the last time; ``left_on``: handed
    over, posted or void since."""

    serial: str
    application_id: UUID
    caisse: str
    at_desk_on: dt.date | None = None
    left_on: dt.date | None = None
    sequence: int = 0


def fold_title(known: WaitingTitle | None, event: ev.TitleEvent | ev.TitleHandedOver) -> WaitingTitle | None:
    """The title after ``event``; None when the event is not newer than what is known."""
    if known is not None and event.sequence <= known.sequence:
        return None
    title = known or WaitingTitle(event.serial, event.application_id, event.caisse)
    title = replace(title, sequence=event.sequence, caisse=event.caisse)
    match event:
        case ev.TitleReceived():
            return replace(title, at_desk_on=event.received_on)
        case ev.TitleReturned():
            return replace(title, at_desk_on=event.returned_on, left_on=None)
        case ev.TitlePosted():
            return replace(title, left_on=event.posted_on)
        case ev.TitleHandedOver():
            return replace(title, left_on=event.handed_on)
        case ev.TitleVoided():
            return replace(title, left_on=title.left_on or event.voided_on)
    return title


def fold_titles(
    known: Mapping[str, WaitingTitle], events: Iterable[ev.TitleEvent | ev.TitleHandedOver]
) -> dict[str, WaitingTitle]:
    """What several events add or change, by serial."""
    changed: dict[str, WaitingTitle] = {}
    for event in events:
        title = fold_title(changed.get(event.serial) or known.get(event.serial), event)
        if title is not None:
            changed[event.serial] = title
    return changed
