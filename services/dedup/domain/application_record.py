"""What became of each application, folded from its events and decision's: the outcome a reviewer of another caisse sees
(PURE)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from shared.contract import events as ev


@dataclass(frozen=True)
class ApplicationRecord:
    """One application of the common base, as far as it is known."""

    application_id: UUID
    caisse: str
    kind: str = ""
    deposited_on: dt.date | None = None
    facts_sequence: int = 0
    application_sequence: int = 0
    decision_sequence: int = 0
    earlier_applications: tuple[UUID, ...] = ()
    outcome: str = "pending"
    outcome_on: dt.date | None = None
    motives: tuple[str, ...] = ()
    known_on: dt.date | None = None
    right_ends_on: dt.date | None = None
    protected: bool = False
    expired: bool = False


@dataclass
class FoldResult:
    """Dossiers after a batch, and what is new in their history."""

    dossiers: dict[UUID, ApplicationRecord]
    changed: set[UUID] = field(default_factory=set)
    happenings: list[dict[str, Any]] = field(default_factory=list)


def earlier_applications(event: ev.ApplicationSubmitted | ev.ApplicationAmended) -> tuple[UUID, ...]:
    """Files that the application itself declares, for a member or for the household; never its own."""
    declared = [member.earlier_application_id for member in event.facts.members]
    declared += [right.application_id for right in event.facts.earlier_rights]
    own = event.application_id
    return tuple(dict.fromkeys(one for one in declared if one is not None and one != own))


def fold(known: Mapping[UUID, ApplicationRecord], happened: Iterable[ev.Event]) -> FoldResult:
    """Apply application and decision events, each topic by its own sequence; what was seen before changes nothing."""
    result = FoldResult(dict(known))
    for event in happened:
        before = result.dossiers.get(event.application_id) or ApplicationRecord(
            event.application_id, event.caisse, known_on=event.business_date
        )
        after, what, on_date, codes = _applied(before, event)
        if after is None:
            continue
        result.dossiers[event.application_id] = after
        result.changed.add(event.application_id)
        if what:
            result.happenings.append(
                {
                    "event_id": event.id,
                    "application_id": event.application_id,
                    "caisse": after.caisse,
                    "what": what,
                    "on_date": on_date,
                    "codes": list(codes),
                    "occurred_at": event.occurred_at,
                }
            )
    return result


def forgotten(dossier: ApplicationRecord, day: dt.date, *, expired: bool = False) -> ApplicationRecord:
    """What is left of an application once it is erased or over its time: that it was here.

    What was erased must not come back. What was only over its time (``expired``), perhaps by a wrong date, may be
    registered again by a new version of its facts.
    """
    return ApplicationRecord(
        dossier.application_id,
        dossier.caisse,
        outcome="erased",
        outcome_on=day,
        application_sequence=dossier.application_sequence,
        decision_sequence=dossier.decision_sequence,
        known_on=dossier.known_on,
        expired=expired,
    )


Step = tuple[ApplicationRecord | None, str, dt.date, tuple[str, ...]]


def _applied(dossier: ApplicationRecord, event: ev.Event) -> Step:
    day = event.business_date
    if dossier.outcome == "erased":
        if not (dossier.expired and isinstance(event, (ev.ApplicationAmended, ev.ApplicationErased))):
            return None, "", day, ()
        if event.sequence > dossier.application_sequence and isinstance(event, ev.ApplicationAmended):
            dossier = replace(dossier, outcome="pending", outcome_on=None, known_on=day, expired=False)
    if isinstance(event, ev.ApplicationEvent):
        if event.sequence <= dossier.application_sequence:
            return None, "", day, ()
        return _application(replace(dossier, application_sequence=event.sequence), event)
    if event.sequence <= dossier.decision_sequence:
        return None, "", day, ()
    return _decision(replace(dossier, decision_sequence=event.sequence), event)


def _application(dossier: ApplicationRecord, event: ev.ApplicationEvent) -> Step:
    day = event.business_date
    match event:
        case ev.ApplicationSubmitted() | ev.ApplicationAmended():
            deposited = event.facts.deposit.deposited_on
            folded = replace(
                dossier,
                caisse=event.caisse,
                kind=event.facts.kind.value,
                deposited_on=deposited,
                facts_sequence=event.sequence,
                earlier_applications=earlier_applications(event),
                protected=event.facts.address.protected_location,
            )
            if isinstance(event, ev.ApplicationSubmitted):
                return folded, "submitted", deposited, (event.facts.kind.value,)
            return folded, "amended", day, ()
        case ev.ApplicationTransferred():
            moved = replace(dossier, caisse=event.to_caisse)
            return moved, "transferred", day, (event.from_caisse, event.to_caisse)
        case ev.ApplicationWithdrawn():
            if dossier.outcome != "pending":
                return dossier, "withdrawn", day, ()
            return replace(dossier, outcome="withdrawn", outcome_on=day), "withdrawn", day, ()
        case ev.ApplicationErased():
            return forgotten(dossier, day), "", day, ()
        case _:
            return dossier, "", day, ()


def _decision(dossier: ApplicationRecord, event: ev.Event) -> Step:
    match event:
        case ev.Granted():
            codes = tuple(dict.fromkeys(motive.code for motive in event.refused_members))
            ends_on = max((right.ends_on for right in event.entitlements), default=None)
            granted = replace(
                dossier, outcome="granted", outcome_on=event.decided_on, motives=codes, right_ends_on=ends_on
            )
            return granted, "granted", event.decided_on, codes
        case ev.Refused():
            codes = tuple(dict.fromkeys(motive.code for motive in event.motives))
            refused = replace(dossier, outcome="refused", outcome_on=event.decided_on, motives=codes)
            return refused, "refused", event.decided_on, codes
        case ev.LapsedToRefusal():
            lapsed = replace(dossier, outcome="lapsed", outcome_on=event.lapsed_on)
            return lapsed, "lapsed", event.lapsed_on, ()
        case ev.Appealed():
            return dossier, "appealed", event.filed_on, (event.body,)
        case ev.AppealSettled():
            answered = _reopened(dossier) if ev.reopens(event) else dossier
            return answered, "appeal_settled", event.settled_on, (event.body, event.outcome)
        case ev.Revoked() if ev.reopens(event):
            return _reopened(dossier), "revoked", event.revoked_on, (event.outcome,)
        case ev.Revoked():  # a right was taken back: a refusal stands in its place
            taken = replace(dossier, outcome="refused", outcome_on=event.revoked_on, motives=(), right_ends_on=None)
            return taken, "revoked", event.revoked_on, (event.outcome,)
        case ev.RightEnded():
            return replace(dossier, right_ends_on=event.ended_on), "right_ended", event.ended_on, (event.change,)
        case _:
            return dossier, "", event.business_date, ()


def _reopened(dossier: ApplicationRecord) -> ApplicationRecord:
    """The decision fell: what was refused is no longer said of anybody."""
    return replace(dossier, outcome="pending", outcome_on=None, motives=(), right_ends_on=None)
