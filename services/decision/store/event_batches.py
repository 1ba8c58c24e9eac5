"""A batch of events applied to the cases it is about: all read at once, brought forward, all written at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.decision.domain.case import sandbox
from services.decision.domain.case.apply_event import apply_event
from services.decision.domain.case.case import CaseUpdate
from services.decision.domain.case.context import DecisionContext
from services.decision.store import persons
from services.decision.store.cases import erase, lock_cases, save
from services.decision.store.decision_context import SYSTEM, decision_context
from services.decision.store.known_rights import rights_of
from services.decision.store.locked_case import LockedCase
from shared.contract import events as ev
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.reference_table import ReferenceTable

USED = (
    ev.ApplicationEvent,
    ev.IdentityCleared,
    ev.SignalRaised,
    ev.PairJudged,
    ev.LetterPosted,
    ev.LetterNotified,
    ev.TitleHandedOver,
    ev.PaperSpoiled,
)


def _concerns(event: ev.Event) -> bool:
    """Whether a case may change by it: of titles that are ordered, a duplicate alone."""
    return isinstance(event, USED) or (isinstance(event, ev.TitleOrdered) and event.copy_no > 0)


def _sign_in_the_sandbox(locked: LockedCase, step: CaseUpdate, context: DecisionContext, cause: ev.Event) -> None:
    agent = ev.Actor(role="technician", id=sandbox.AGENT)
    locked.record_step(step, context, cause, agent, cause.correlation_id)
    reason = {"decision_id": step.case.decision_id, "application_id": step.case.application_id}
    locked.reasons.append({**reason, "reason": sandbox.REASON})


async def take(reference: ReferenceTable, batch: Sequence[ev.Event], unit: UnitOfWork) -> None:
    """Bring every case of the batch forward: read them all at once, think, write them all at once."""
    used = [event for event in batch if _concerns(event)]
    if not used:
        return
    caisses = {event.application_id: event.caisse for event in reversed(used)}
    cases = await lock_cases(unit, caisses)
    contexts: dict[str, DecisionContext] = {}
    filings: dict[UUID, persons.Filing] = {}
    rights = await rights_of(unit, cases, used)
    for event in used:
        locked = cases[event.application_id]
        caisse = event.caisse if isinstance(event, ev.ApplicationEvent) else locked.case.caisse
        if caisse not in contexts:
            contexts[caisse] = decision_context(reference, caisse)
        context = contexts[caisse]
        if isinstance(event, persons.Filing) and locked.case.takes(event):
            filings[event.application_id] = event
            if isinstance(event, ev.ApplicationSubmitted):
                locked.figures_key = event.figures_key
            rights.states(event)
        locked.record_step(
            apply_event(locked.case, locked.facts, event, context, rights.of),
            context,
            event,
            SYSTEM,
            event.correlation_id,
        )
        if (refused := sandbox.refusal(locked.case, locked.facts, context)) is not None:
            _sign_in_the_sandbox(locked, refused, context, event)
    await save(unit, [cases[key] for key in sorted(cases)])
    await persons.save(unit, filings)
    erased: list[UUID] = [event.application_id for event in used if isinstance(event, ev.ApplicationErased)]
    await erase(unit, erased)
