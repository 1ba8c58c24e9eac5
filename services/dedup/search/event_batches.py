"""A batch of events applied to the common base: identities searched, both files told, outcomes remembered.

The order is the point. ``register`` commits first; then the index is brought up to date with every committed identity,
and only then is it searched. Of two applications deposited at the same moment in two caisses, whichever searches later
sees the other; usually both do, and the lock on the files lets exactly one of them write the pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.dedup.domain.action_context import SYSTEM, ActionContext
from services.dedup.domain.application_record import fold
from services.dedup.domain.filings import latest_filings
from services.dedup.domain.shared_attributes import FingerprintKey
from services.dedup.search.batch_search import BatchSearch
from services.dedup.search.common_base import CommonBase
from services.dedup.store import applications, erasure, pairs, shared_attributes
from services.dedup.store.applications import record_folded
from shared.contract import events as ev
from shared.database.unit_of_work import UnitOfWork

OUTCOMES = (
    ev.Granted,
    ev.Refused,
    ev.LapsedToRefusal,
    ev.Appealed,
    ev.AppealSettled,
    ev.Revoked,
    ev.RightEnded,
)
"""What happened to an application that the other caisse sees."""


async def follow_decisions(events: Sequence[Any], unit: UnitOfWork) -> None:
    """Keep the outcome of each application: it is what the other caisse sees of it."""
    outcomes = [event for event in events if isinstance(event, OUTCOMES)]
    if outcomes:
        locked = await applications.locked(unit, {event.application_id for event in outcomes})
        await record_folded(unit, fold(locked, outcomes))


async def follow_applications(
    base: CommonBase, events: Sequence[Any], unit: UnitOfWork, key: FingerprintKey | None = None
) -> None:
    """Search what was filed or amended, forget what was erased, and tell every file concerned."""
    erased = {event.application_id for event in events if isinstance(event, ev.ApplicationErased)}
    filings = {key: event for key, event in latest_filings(events).items() if key not in erased}
    found = BatchSearch(base, filings)
    if filings or erased:
        await base.refresh()
        await found.search(unit)
    concerned = {event.application_id for event in events} | found.applications()
    amended = [key for key, event in filings.items() if isinstance(event, ev.ApplicationAmended)]
    if amended or erased:
        concerned |= await applications.neighbours(unit, [*amended, *erased])
    folded = fold(await applications.locked(unit, concerned), events)
    await record_folded(unit, folded)
    if filings:
        await found.publish(unit, folded.dossiers)
        await shared_attributes.save(unit, key, filings, folded.dossiers)
    if erased:
        cause = next(event for event in events if isinstance(event, ev.ApplicationErased))
        source = ActionContext(SYSTEM, cause.correlation_id, cause.id)
        await erasure.forget(unit, erased, folded.dossiers, source, base.version)
    moved = [event.application_id for event in events if isinstance(event, ev.ApplicationTransferred)]
    if moved:
        await pairs.follow_applications(unit, moved)
