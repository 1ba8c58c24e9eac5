"""What letters does with the events of others, a batch at a time and in any order between the two topics.

The row of ``recipients`` is where an application and its decisions meet: a decision that comes first makes the row, and
waits; whoever locks the row second sees what the first has written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from services.letters.domain.catalogue import Kind, call_of
from services.letters.domain.recipient import Recipient, recipient_of
from services.letters.store import posting
from services.letters.store.issuance import DUE_CHANNEL, SYSTEM, Order, issue
from services.letters.tables import documents, recipients, waiting
from shared.contract import events
from shared.contract.events import decoder
from shared.database.unit_of_work import Unit
from shared.messaging import dead_letters
from shared.messaging.reference_table import Reference
from shared.messaging.subscription import Subscription
from shared.service.runtime import Runtime

CALLING = (events.PapersRequested, events.Granted, events.Refused)


@dataclass
class Addressee:
    """One row of ``recipients`` while a batch is applied to it."""

    application_id: UUID
    caisse: str
    state: str = "awaited"
    sequence: int = 0
    recipient: Recipient | None = None
    was_awaited: bool = True
    orders: list[Order] = field(default_factory=list)

    @property
    def row(self) -> dict[str, Any]:
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
        call = call_of(event)
        if call is not None and self.recipient is not None:
            self.orders.append(Order(call, event, self.recipient, self.caisse))


def wants(addressee: Addressee, kind: Kind) -> bool:
    """A withdrawn application is asked for nothing more; decisions already taken are still told."""
    return not (addressee.state == "withdrawn" and kind is Kind.PAPER_REQUEST)


async def take_applications(reference: Reference, batch: Sequence[events.Event], unit: Unit) -> None:
    """Keep the newest recipient of each application, acknowledge new ones, write the letters that waited for them."""
    known = await _locked(unit, {event.application_id for event in batch}, "FOR UPDATE")
    touched: dict[UUID, Addressee] = {}
    for event in batch:
        if isinstance(event, events.PaperReceived):
            continue
        default = known.get(event.application_id) or Addressee(event.application_id, event.caisse)
        touched.setdefault(event.application_id, default).apply(event)
    if not touched:
        return
    rows = [touched[key].row for key in sorted(touched)]
    changed = ["caisse", "state", "sequence", "data"]
    await unit.insert_many(recipients, rows, conflict=["application_id"], update=changed)
    orders = [order for one in touched.values() for order in one.orders]
    arrived = [one.application_id for one in touched.values() if one.was_awaited and one.state != "awaited"]
    for event in await _stop_waiting(unit, arrived):
        addressee = touched[event.application_id]
        call = call_of(event)
        if call is not None and addressee.recipient is not None and wants(addressee, call.kind):
            orders.append(Order(call, event, addressee.recipient, addressee.caisse))
    await issue(unit, reference, orders)
    await _hand_over(unit, [e for e in batch if isinstance(e, events.ApplicationTransferred)], touched)
    withdrawn = [e for e in batch if isinstance(e, events.ApplicationWithdrawn)]
    await posting.cancel_requests_of(unit, withdrawn, SYSTEM)
    await _erase(unit, [e.application_id for e in batch if isinstance(e, events.ApplicationErased)])


async def take_decisions(reference: Reference, batch: Sequence[events.Event], unit: Unit) -> None:
    """Write the letters that decisions call for, or let them wait for their recipient."""
    calling = [event for event in batch if isinstance(event, CALLING)]
    if not calling:
        return
    ids = {event.application_id for event in calling}
    known = await _locked(unit, ids, "FOR SHARE")
    if missing := sorted(ids - set(known)):
        caisses = {event.application_id: event.caisse for event in calling}
        rows = [Addressee(key, caisses[key]).row for key in missing]
        await unit.insert_many(recipients, rows, conflict=["application_id"])
        known |= await _locked(unit, set(missing), "FOR SHARE")
    orders, early = [], []
    for event in calling:
        addressee, call = known[event.application_id], call_of(event)
        assert call is not None
        if addressee.state == "awaited":
            early.append({"event_id": event.id, "application_id": event.application_id, "event": event})
        elif addressee.recipient is not None and wants(addressee, call.kind):
            orders.append(Order(call, event, addressee.recipient, addressee.caisse))
    await unit.insert_many(waiting, early, conflict=["event_id"])
    await issue(unit, reference, orders)


async def _locked(unit: Unit, ids: Iterable[UUID], lock: str) -> dict[UUID, Addressee]:
    """The known rows of these applications, locked in the order of their ids so that no two batches wait in a
    circle."""
    rows = await unit.rows(_LOCKED[lock], {"ids": list(ids)})
    return {
        row.application_id: Addressee(
            application_id=row.application_id,
            caisse=row.caisse,
            state=row.state,
            sequence=row.sequence,
            recipient=Recipient.model_validate(row.data) if row.data else None,
            was_awaited=row.state == "awaited",
        )
        for row in rows
    }


async def _stop_waiting(unit: Unit, ids: list[UUID]) -> list[events.Event]:
    """Take out the decisions that waited for these applications, in the order they came."""
    if not ids:
        return []
    rows = await unit.rows(_STOP_WAITING, {"ids": ids})
    read = decoder(events.DECISION)
    return [read.validate_python(row.event) for row in sorted(rows, key=lambda row: row.event["sequence"])]


async def _hand_over(unit: Unit, moved: Sequence[events.Event], touched: dict[UUID, Addressee]) -> None:
    """The caisse that holds the file now sees its earlier letters too."""
    rows = [{"application_id": key, "caisse": touched[key].caisse} for key in sorted({e.application_id for e in moved})]
    if rows:
        await unit.execute(_HAND_OVER, {"rows": json.dumps(rows, default=str)})


async def _erase(unit: Unit, ids: list[UUID]) -> None:
    """Forget the frozen words and the PDFs; the letters' ids, hashes and dates stay."""
    if not ids:
        return
    await unit.execute(sa.delete(documents).where(documents.c.application_id == sa.any_(sa.cast(ids, ARRAY(PG_UUID)))))
    await unit.execute(_DISCARD, {"ids": ids, "channel": DUE_CHANNEL})
    await dead_letters.erase(unit, [str(key) for key in ids])


_LOCKED = {
    lock: sa.text(
        "SELECT application_id, caisse, state, sequence, data FROM recipients "
        f"WHERE application_id = ANY(CAST(:ids AS uuid[])) ORDER BY application_id {lock}"
    )
    for lock in ("FOR UPDATE", "FOR SHARE")
}
_STOP_WAITING = sa.text("DELETE FROM waiting WHERE application_id = ANY(CAST(:ids AS uuid[])) RETURNING event")
_HAND_OVER = sa.text(
    "UPDATE letters SET holder = moved.caisse "
    "FROM json_to_recordset(CAST(:rows AS json)) AS moved(application_id uuid, caisse text) "
    "WHERE letters.application_id = moved.application_id"
)
_DISCARD = sa.text(
    "WITH gone AS (INSERT INTO discards (sha256) SELECT pdf_sha256 FROM letters "
    "WHERE application_id = ANY(CAST(:ids AS uuid[])) AND pdf_sha256 IS NOT NULL ON CONFLICT DO NOTHING) "
    "SELECT pg_notify(:channel, '')"
)


def subscriptions(runtime: Runtime) -> Sequence[Subscription]:
    """The two topics letters listens to."""
    return (
        Subscription(events.APPLICATION, partial(take_applications, runtime.reference)),
        Subscription(events.DECISION, partial(take_decisions, runtime.reference)),
    )
