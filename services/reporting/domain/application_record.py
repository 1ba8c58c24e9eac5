"""From events to what reporting keeps of one application. PURE.

An application is known through three topics (its own, decision's, letter's) whose events come in any order between
topics. Each topic owns its fields of ``ApplicationRecord`` and guards them with the ``sequence`` of its last event, so
that an event told again, or an older one, changes nothing. What depends on several topics is derived when all is
folded. No name, no care and no amount of money is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from shared.contract import events as ev
from shared.contract.birth_years import of_other_calendar
from shared.contract.consistency import earliest_birth
from shared.contract.facts import OWN_CHANNELS, Address, ApplicationFacts, Fact, Member, Paper, PaperKind, Relation
from shared.contract.legal_values import legal_value

State = Literal["waiting", "granted", "refused", "lapsed", "withdrawn"]
Outcome = Literal["granted", "refused", "lapsed"]
Arrival = Literal["received", "transferred_in"]
Departure = Literal["granted", "refused", "lapsed", "withdrawn", "transferred_out"]


class Transfer(Fact):
    """One move of the file between caisses, on the business day it was made."""

    from_caisse: str
    to_caisse: str
    on: dt.date


class MemberRecord(Fact):
    """What is kept of a member: nothing that names, and of the birth no more than its year. Forgotten at erasure."""

    rank: int
    member_id: UUID
    relation: str
    sex: str
    birth_year: int | None = None


class RightRecord(Fact):
    """The right of one member, both days included; ``last_day`` moves when the right ends before its term."""

    rank: int
    member_id: UUID
    starts_on: dt.date
    last_day: dt.date


@dataclass(frozen=True, slots=True)
class Right:
    """The right of one member as figures count it."""

    member_rank: int
    member_id: UUID
    caisse: str
    kind: str
    relation: str
    sex: str
    birth_year: int | None
    decided_on: dt.date
    starts_on: dt.date
    last_day: dt.date


@dataclass(frozen=True, slots=True)
class Stay:
    """The file's passage at one caisse: it counts in the stock from ``arrived_on`` to the day before ``left_on``.

    ``left_on`` is never before ``arrived_on``, so that the stock of any day is the stock of an earlier day plus
    arrivals minus departures between the two, whatever the dates that were recorded.
    """

    n: int
    caisse: str
    arrived_on: dt.date
    arrived_by: Arrival
    left_on: dt.date | None = None
    left_by: Departure | None = None


@dataclass(frozen=True, slots=True)
class ApplicationRecord:
    """What is known of one application: ids, codes, counts and dates. ``received_on`` None: its own topic is still
    silent."""

    application_id: UUID

    application_sequence: int = 0
    received_caisse: str | None = None
    kind: str | None = None
    channel: str | None = None
    adults: int = 0
    minors: int = 0
    births_to_the_day: int = 0
    telephone: bool = False
    address_complete: bool = False
    route: str | None = None
    members: tuple[MemberRecord, ...] = ()
    deposited_on: dt.date | None = None
    received_on: dt.date | None = None
    priority: bool = False
    transfers: tuple[Transfer, ...] = ()
    withdrawn_on: dt.date | None = None
    erased_on: dt.date | None = None

    decision_sequence: int = 0
    complete_at_receipt: bool | None = None
    completed_on: dt.date | None = None
    decision_id: UUID | None = None
    outcome: Outcome | None = None
    decided_on: dt.date | None = None
    automatic: bool = False
    persons_granted: int = 0
    motives: tuple[str, ...] = ()
    decided_caisse: str | None = None
    rights: tuple[RightRecord, ...] = ()

    letter_sequence: int = 0
    notified_on: dt.date | None = None
    handed_on: dt.date | None = None

    @property
    def caisse(self) -> str | None:
        """The caisse that has the file now."""
        return self.transfers[-1].to_caisse if self.transfers else self.received_caisse

    @property
    def persons_refused(self) -> int:
        """Members not granted, once the application is decided by a person or by policy; silence refuses all."""
        return self.adults + self.minors - self.persons_granted if self.outcome and self.received_on else 0

    @property
    def transmitted_days(self) -> int | None:
        """Days a third party took to transmit the file; None when it was deposited with the caisse."""
        if self.deposited_on is None or self.received_on is None or self.channel in OWN_CHANNELS:
            return None
        return max(0, (self.received_on - self.deposited_on).days)

    @property
    def closed_on(self) -> dt.date | None:
        """The day the file was decided, or given up. A decision outweighs a withdrawal that crossed it."""
        return self.decided_on if self.outcome else self.withdrawn_on or self.erased_on

    @property
    def state(self) -> State:
        """Where the file stands. A file erased before any decision counts as withdrawn: it left the stock."""
        if self.outcome:
            return self.outcome
        return "waiting" if self.closed_on is None else "withdrawn"

    @property
    def opened_rights(self) -> list[Right]:
        """The rights that figures count, once the application and its decision are known. Of an erased application
        they go on without sex, age or relation."""
        if self.outcome != "granted" or self.decided_on is None or self.received_on is None:
            return []
        known = {member.rank: member for member in self.members}
        found = []
        for right in self.rights:
            member = known.get(right.rank)
            told = (member.relation, member.sex, member.birth_year) if member else (_relation_of(right.rank), "", None)
            caisse, kind = self.decided_caisse or "", self.kind or ""
            days = (self.decided_on, right.starts_on, right.last_day)
            found.append(Right(right.rank, right.member_id, caisse, kind, *told, *days))
        return found

    @property
    def stays(self) -> list[Stay]:
        """The file's passages, one at each caisse it went through; none while the application is unknown."""
        if self.received_on is None or self.received_caisse is None:
            return []
        found: list[Stay] = []
        caisse, since, by = self.received_caisse, self.received_on, "received"
        for move in self.transfers:
            left = max(since, move.on)
            found.append(Stay(len(found), caisse, since, by, left, "transferred_out"))  # type: ignore[arg-type]
            caisse, since, by = move.to_caisse, left, "transferred_in"
        state, closed = self.state, self.closed_on
        if closed is None or state == "waiting":
            return [*found, Stay(len(found), caisse, since, by)]  # type: ignore[arg-type]
        return [*found, Stay(len(found), caisse, since, by, max(since, closed), state)]  # type: ignore[arg-type]


STAYS_FOLLOW_FROM = frozenset(
    {"received_on", "received_caisse", "transfers", "outcome", "decided_on", "withdrawn_on", "erased_on"}
)
RIGHTS_FOLLOW_FROM = frozenset({"received_on", "outcome", "decided_on", "decided_caisse", "kind", "members", "rights"})
"""The fields without a change of which passages, and rights, stay as they are."""


def applied(record: ApplicationRecord, event: ev.Event) -> ApplicationRecord:
    """``record`` after one event of any topic. Events of a topic come in their order; an older one changes nothing."""
    match event:
        case ev.ApplicationEvent() if event.sequence > record.application_sequence:
            return replace(record, application_sequence=event.sequence, **_asked(record, event))
        case ev.DecisionEvent() if event.sequence > record.decision_sequence:
            return replace(record, decision_sequence=event.sequence, **_decided(record, event))
        case ev.LetterPosted() if event.sequence > record.letter_sequence and notifies_decision(event):
            return replace(record, letter_sequence=event.sequence, notified_on=event.posted_on)
        case ev.TitleHandedOver() if event.sequence > record.letter_sequence:
            return replace(record, letter_sequence=event.sequence, handed_on=record.handed_on or event.handed_on)
    return record


def _relation_of(rank: int) -> str:
    return Relation.APPLICANT.value if rank == 0 else ""


def folded(record: ApplicationRecord, events: Sequence[ev.Event]) -> ApplicationRecord:
    """``record`` after several events."""
    for event in events:
        record = applied(record, event)
    return record


def notifies_decision(event: ev.LetterPosted) -> bool:
    """Whether this posting notifies a decision: the end of the official instruction delay."""
    return event.kind in ("admission", "refusal")


def changes_record(event: ev.Event) -> bool:
    """Whether the type of ``event`` can change an ``ApplicationRecord`` at all: what else comes needs no database."""
    match event:
        case ev.LetterPosted():
            return notifies_decision(event)
        case ev.PaperReceived():
            return _has_priority(event.papers)
        case (
            ev.FileCompleted()
            | ev.PapersRequested()
            | ev.Granted()
            | ev.Refused()
            | ev.LapsedToRefusal()
            | ev.Revoked()
            | ev.RightEnded()
            | ev.TitleHandedOver()
        ):
            return True
        case ev.AppealSettled():
            return event.reopened
    return isinstance(event, ev.ApplicationEvent)


def _asked(record: ApplicationRecord, event: ev.ApplicationEvent) -> dict[str, Any]:
    """The fields that an event of the application changes."""
    match event:
        case ev.ApplicationSubmitted() | ev.ApplicationAmended():
            return _with_facts(record, event.facts, event.caisse)
        case ev.PaperReceived():
            return {"priority": record.priority or _has_priority(event.papers)}
        case ev.ApplicationTransferred():
            move = Transfer(from_caisse=event.from_caisse, to_caisse=event.to_caisse, on=event.business_date)
            received = record.received_caisse or event.from_caisse
            return {"transfers": (*record.transfers, move), "received_caisse": received}
        case ev.ApplicationWithdrawn():
            return {"withdrawn_on": event.business_date}
        case ev.ApplicationErased():
            return {"erased_on": event.business_date, "members": (), "telephone": False, "address_complete": False}
    return {}


def _with_facts(record: ApplicationRecord, facts: ApplicationFacts, caisse: str) -> dict[str, Any]:
    minors = sum(is_minor(member, facts.deposit.deposited_on) for member in facts.members)
    return {
        "received_caisse": record.received_caisse or caisse,
        "kind": facts.kind.value,
        "channel": facts.deposit.channel.value,
        "adults": len(facts.members) - minors,
        "minors": minors,
        "births_to_the_day": sum(_to_the_day(member) for member in facts.members),
        "telephone": bool(facts.address.telephone),
        "address_complete": _is_complete(facts.address),
        "route": facts.route.value,
        "members": tuple(_kept(member) for member in facts.members),
        "deposited_on": facts.deposit.deposited_on,
        "received_on": facts.deposit.received_on,
        "priority": record.priority or _has_priority(facts.papers),
    }


def _is_complete(address: Address) -> bool:
    """Whether a letter can be addressed to it by the norm: the place, and a postcode with its town. Its words are not
    kept."""
    return bool((address.line or address.body) and address.postcode and address.city)


def _to_the_day(member: Member) -> bool:
    return member.birth_date is not None and member.birth_date[5:7] != "00" and member.birth_date[8:10] != "00"


def _kept(member: Member) -> MemberRecord:
    known = member.birth_date is not None and not of_other_calendar(member.birth_date)
    year = earliest_birth(member.birth_date).year if known and member.birth_date is not None else None
    return MemberRecord(
        rank=member.rank,
        member_id=member.member_id,
        relation=member.relation.value,
        sex=member.sex.value,
        birth_year=year,
    )


def _has_priority(papers: Sequence[Paper]) -> bool:
    return any(paper.kind is PaperKind.PRIORITY_CERTIFICATE for paper in papers)


def is_minor(member: Member, on: dt.date) -> bool:
    """Under age on ``on``; of a partial birth date the first possible day counts, without any, being declared a
    child."""
    if member.birth_date is None or of_other_calendar(member.birth_date):
        return member.relation is Relation.CHILD
    born = earliest_birth(member.birth_date)
    return (on.year, on.month, on.day) < (born.year + int(legal_value("adult_age", on)), born.month, born.day)


_UNDECIDED: dict[str, Any] = {"automatic": False, "persons_granted": 0, "motives": (), "rights": ()}


def _decided(record: ApplicationRecord, event: ev.DecisionEvent) -> dict[str, Any]:
    """The fields that an event of decision changes."""
    match event:
        case ev.FileCompleted():
            first = record.complete_at_receipt is None
            return {
                "completed_on": record.completed_on or event.completed_on,
                "complete_at_receipt": True if first else record.complete_at_receipt,
            }
        case ev.PapersRequested():
            asked_first = record.complete_at_receipt is None
            return {"complete_at_receipt": False if asked_first else record.complete_at_receipt}
        case ev.Granted() | ev.Refused() | ev.LapsedToRefusal():
            outcome, on = decision_of(event)
            return {
                "decision_id": event.decision_id,
                "outcome": outcome,
                "decided_on": on,
                "automatic": isinstance(event, ev.Granted) and event.automatic,
                "persons_granted": persons_granted(event),
                "motives": motives_of(event),
                "decided_caisse": event.caisse,
                "rights": _rights(event),
            }
        case ev.RightEnded():
            ended = set(event.member_ranks)
            return {
                "rights": tuple(
                    right.model_copy(update={"last_day": min(right.last_day, event.ended_on)})
                    if right.rank in ended
                    else right
                    for right in record.rights
                )
            }
        case ev.Revoked() | ev.AppealSettled() if ev.reopens(event):
            return {**_UNDECIDED, "outcome": None, "decided_on": None, "decision_id": None}
        case ev.Revoked():  # a right was taken back: a refusal stands in its place
            return {
                **_UNDECIDED,
                "outcome": "refused",
                "decided_on": event.revoked_on,
                "decision_id": event.decision_id,
            }
    return {}


def _rights(event: ev.Granted | ev.Refused | ev.LapsedToRefusal) -> tuple[RightRecord, ...]:
    if not isinstance(event, ev.Granted):
        return ()
    return tuple(
        RightRecord(
            rank=right.member_rank, member_id=right.member_id, starts_on=right.starts_on, last_day=right.ends_on
        )
        for right in event.entitlements
    )


def persons_granted(event: ev.Granted | ev.Refused | ev.LapsedToRefusal) -> int:
    """How many members this decision opens a right for."""
    return len({right.member_id for right in event.entitlements}) if isinstance(event, ev.Granted) else 0


def decision_of(event: ev.Granted | ev.Refused | ev.LapsedToRefusal) -> tuple[Outcome, dt.date]:
    """The outcome for the application as a whole (granted when any member is), and its day."""
    match event:
        case ev.Granted():
            return "granted", event.decided_on
        case ev.Refused():
            return "refused", event.decided_on
        case ev.LapsedToRefusal():
            return "lapsed", event.lapsed_on


def motives_of(event: ev.Granted | ev.Refused | ev.LapsedToRefusal) -> tuple[str, ...]:
    """The coded grounds of refusal, each once, sorted; of members refused inside an admission too."""
    if isinstance(event, ev.LapsedToRefusal):
        return ()
    motives = event.motives if isinstance(event, ev.Refused) else event.refused_members
    return tuple(sorted({motive.code for motive in motives}))
