"""An application and the letters that wait for it, event by event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.letters.domain.catalogue import Kind, LetterRequest, letter_request
from services.letters.domain.recipient import Recipient, recipient_of
from shared.contract import events
from shared.contract.events import Event


@dataclass(frozen=True)
class LetterOrder:
    """One letter to write: what calls for it, the event that causes it, to whom it goes, and who holds the file."""

    call: LetterRequest
    event: Event
    recipient: Recipient
    holder: str


@dataclass
class Addressee:
    """One row of ``recipients`` while a batch is applied to it."""

    application_id: UUID
    caisse: str
    state: str = "awaited"
    sequence: int = 0
    recipient: Recipient | None = None
    was_awaited: bool = True
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
                self.recipient = recipient_of(event.application_id, event.caisse, event.facts, event.reference)
                self.state = "open"
            case events.ApplicationAmended():
                reference = self.recipient.reference if self.recipient else ""
                self.recipient = recipient_of(event.application_id, event.caisse, event.facts, reference)
                self.state = "open" if self.state == "awaited" else self.state
            case events.ApplicationTransferred():
                self.caisse = event.to_caisse
            case events.ApplicationWithdrawn():
                self.state = "withdrawn"
            case events.ApplicationErased():
                self.state, self.recipient = "erased", None
                self.orders.clear()
            case _:
                return
        self.sequence = event.sequence
        call = letter_request(event)
        if call is not None and self.recipient is not None:
            self.orders.append(LetterOrder(call, event, self.recipient, self.caisse))


def wants(addressee: Addressee, kind: Kind) -> bool:
    """A withdrawn application is asked for nothing more; decisions already taken are still told."""
    return not (addressee.state == "withdrawn" and kind is Kind.PAPER_REQUEST)
