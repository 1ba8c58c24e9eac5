"""An application and the letters that wait for it, event by event."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.letters.domain.catalogue import ASKING
from services.letters.domain.details import Slot
from services.letters.domain.recipient import Recipient, recipient_of
from services.letters.domain.triggers import LetterRequest, letter_requests, slot_of
from shared.contract import events
from shared.contract.events import Actor, Event
from shared.contract.letter_kinds import LetterKind

SYSTEM = Actor(role="system", id="letters")


@dataclass(frozen=True)
class LetterOrder:
    """One letter to write: what calls for it, to whom it goes, who writes, who holds the file, and the day of its law.

    ``decided_on`` and ``signatory``: of the decision it tells, where it tells one.
    """

    call: LetterRequest
    recipient: Recipient
    issuer: str
    holder: str
    day: dt.date
    cause_id: UUID
    correlation_id: str
    actor: Actor = SYSTEM
    decided_on: dt.date | None = None
    signatory: str = ""

    @classmethod
    def after(cls, call: LetterRequest, event: Event, recipient: Recipient, holder: str) -> LetterOrder:
        """The order that an event gives. The date of the letter is the business day of what it tells; the date that
        starts delays is that of its notification."""
        decided = event.decided_on if isinstance(event, (events.Granted, events.Refused)) else None
        signatory = event.signatory if isinstance(event, (events.Granted, events.Refused, events.Revoked)) else ""
        return cls(
            call,
            recipient,
            call.issuer or event.caisse,
            holder,
            event.business_date,
            event.id,
            event.correlation_id,
            decided_on=decided,
            signatory=signatory,
        )


@dataclass
class Addressee:
    """One row of ``recipients`` while a batch is applied to it.

    ``slots``: what the batch says of appointments to hand a title over; None where one does not stand any more.
    """

    application_id: UUID
    caisse: str
    state: str = "awaited"
    sequence: int = 0
    recipient: Recipient | None = None
    was_awaited: bool = True
    moved: bool = False
    slots: dict[UUID, Slot | None] = field(default_factory=dict)
    orders: list[LetterOrder] = field(default_factory=list)

    @property
    def row(self) -> dict[str, Any]:
        """Its row in the database."""
        return {
            "application_id": self.application_id,
            "caisse": self.caisse,
            "state": self.state,
            "sequence": self.sequence,
            "data": self.recipient,
        }

    def apply(self, event: events.Event) -> None:
        """Take one event of the application topic; older versions than the one known change nothing."""
        if event.sequence <= self.sequence or self.state == "erased":
            return
        match event:
            case events.ApplicationSubmitted():
                known = (event.facts, event.reference, event.figures_key)
                self.recipient = recipient_of(event.application_id, event.caisse, *known)
                self.state = "open"
            case events.ApplicationAmended():
                self._amended(event)
            case events.ApplicationTransferred():
                self.caisse = event.to_caisse
            case events.ApplicationWithdrawn():
                self.state = "withdrawn"
            case events.ApplicationErased():
                self.state, self.recipient = "erased", None
                self.orders.clear()
            case events.AppointmentSet() | events.AppointmentChanged():
                if event.purpose == "hand_over":
                    self.slots[event.appointment_id] = slot_of(event)
            case _:
                return
        self.sequence = event.sequence
        for call in letter_requests(event):
            if self.recipient is not None and wants(self, call.kind):
                self.orders.append(LetterOrder.after(call, event, self.recipient, self.caisse))

    def _amended(self, event: events.ApplicationAmended) -> None:
        """The newest facts; another address than before is one that no return has called in doubt."""
        before = self.recipient
        kept = (before.reference, before.figures_key) if before else ()
        self.recipient = recipient_of(event.application_id, event.caisse, event.facts, *kept)
        self.moved = self.moved or (before is not None and before.place != self.recipient.place)
        self.state = "open" if self.state == "awaited" else self.state


def wants(addressee: Addressee, kind: LetterKind) -> bool:
    """A withdrawn application is asked for nothing more; decisions already taken are still told."""
    return not (addressee.state == "withdrawn" and kind in ASKING)
