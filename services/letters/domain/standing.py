"""Which letters still hold after what decision has told: one open list of papers, one decision. PURE.

A second request replaces the first, a decision ends every request, and a decision that falls takes its letter with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from shared.contract import events


@dataclass
class Standing:
    """What still holds of one application after a batch: ``request_no`` and ``decision_id`` name the letters to keep.

    ``requests``, ``decisions``: whether anything was told that may end letters of that kind, and why.
    """

    requests: str = ""
    request_no: int | None = None
    decisions: str = ""
    decision_id: UUID | None = None

    def take(self, event: events.Event) -> None:
        """Take one event of decision; the events of an application come in their order."""
        match event:
            case events.PapersRequested():
                self.requests, self.request_no = self.requests or "replaced", event.request_no
            case events.FileCompleted():
                self.requests, self.request_no = "papers_received", None
            case events.Granted() | events.Refused():
                self.requests, self.request_no = "decided", None
                self.decisions, self.decision_id = "decision_replaced", event.decision_id
            case events.LapsedToRefusal():
                self.requests, self.request_no = "decided", None
            case events.Revoked():
                self.decisions, self.decision_id = "decision_replaced", None
            case events.AppealSettled() if event.reopened:
                self.decisions, self.decision_id = "decision_replaced", None


ENDING = (
    events.PapersRequested,
    events.FileCompleted,
    events.Granted,
    events.Refused,
    events.LapsedToRefusal,
    events.Revoked,
    events.AppealSettled,
)
"""The events after which a letter may hold no more."""


def standing(batch: Iterable[events.Event]) -> dict[UUID, Standing]:
    """What still holds of each application, for those of which something was told that may end a letter."""
    found: dict[UUID, Standing] = {}
    for event in batch:
        if isinstance(event, ENDING):
            found.setdefault(event.application_id, Standing()).take(event)
    return {key: one for key, one in found.items() if one.requests or one.decisions}
