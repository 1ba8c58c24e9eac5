"""A batch of events turned into recipients and letters, in any order between the two topics.

The row of ``recipients`` is where an application and its decisions meet: a decision that comes first makes the row, and
waits; whoever locks the row second sees what the first has written.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.letters.domain.addressee import SYSTEM, Addressee, LetterOrder, wants
from services.letters.domain.seals import Sealer
from services.letters.domain.standing import ENDING
from services.letters.domain.triggers import letter_requests
from services.letters.store import posting, slots, title_rights
from services.letters.store.issuance import issue
from services.letters.store.recipients import erase, forget_doubts, hand_over, locked, stop_waiting
from services.letters.store.seals import void_after
from services.letters.tables import recipients, waiting
from shared.contract import events
from shared.contract.sealed_figures import opened
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.reference_table import ReferenceTable


async def take_applications(
    reference: ReferenceTable, sealer: Sealer, batch: Sequence[events.Event], unit: UnitOfWork
) -> None:
    """Keep the newest recipient of each application, acknowledge new ones, write the letters that waited for them."""
    known = await locked(unit, {event.application_id for event in batch}, "FOR UPDATE")
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
    await slots.keep(unit, touched.values())
    orders = [order for one in touched.values() for order in one.orders]
    arrived = [one.application_id for one in touched.values() if one.was_awaited and one.state != "awaited"]
    waited = sorted(await stop_waiting(unit, arrived), key=lambda event: event.sequence)
    for event in waited:
        addressee = touched[event.application_id]
        orders += _orders(addressee, event)
    await issue(unit, reference, orders, sealer)
    await posting.cancel_stale(unit, waited, SYSTEM)
    await void_after(unit, waited)
    await forget_doubts(unit, [one.application_id for one in touched.values() if one.moved])
    await hand_over(unit, [e for e in batch if isinstance(e, events.ApplicationTransferred)], touched)
    withdrawn = [e for e in batch if isinstance(e, events.ApplicationWithdrawn)]
    await posting.cancel_requests_of(unit, withdrawn, SYSTEM)
    await erase(unit, [e.application_id for e in batch if isinstance(e, events.ApplicationErased)])


async def take_decisions(
    reference: ReferenceTable, sealer: Sealer, batch: Sequence[events.Event], unit: UnitOfWork
) -> None:
    """Write the letters that decisions call for, or let them wait for their recipient; cancel what holds no more."""
    calling = [event for event in batch if letter_requests(event) or isinstance(event, ENDING)]
    if not calling:
        return
    ids = {event.application_id for event in calling}
    known = await locked(unit, ids, "FOR SHARE")
    if missing := sorted(ids - set(known)):
        caisses = {event.application_id: event.caisse for event in calling}
        rows = [Addressee(key, caisses[key]).row for key in missing]
        await unit.insert_many(recipients, rows, conflict=["application_id"])
        known |= await locked(unit, set(missing), "FOR SHARE")
    orders, early = [], []
    for event in calling:
        addressee = known[event.application_id]
        if addressee.state == "awaited":
            early.append({"event_id": event.id, "application_id": event.application_id, "event": event})
        else:
            orders += _orders(addressee, event)
    await unit.insert_many(waiting, early, conflict=["event_id"])
    await title_rights.follow(unit, calling)
    await issue(unit, reference, orders, sealer)
    await posting.cancel_stale(unit, calling, SYSTEM)
    await void_after(unit, calling)


def _orders(addressee: Addressee, event: events.Event) -> list[LetterOrder]:
    """What the event calls for, with the figures that its topic does not tell. Raises SealBroken."""
    recipient = addressee.recipient
    if recipient is None:
        return []
    if isinstance(event, events.Granted | events.Refused):
        event = opened(event, recipient.figures_key)
    return [
        LetterOrder.after(call, event, recipient, addressee.caisse)
        for call in letter_requests(event)
        if wants(addressee, call.kind)
    ]
