"""``ame.identity.v1``: is this person known? Ids and codes only."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from shared.contract.events.envelope import IDENTITY, Event
from shared.contract.facts import Fact
from shared.contract.scalars import CaisseCode


class PairFact(Fact):
    """A pair of members of two applications, seen from the application of the event."""

    pair_id: UUID
    member_id: UUID
    other_member_id: UUID
    other_application_id: UUID
    other_caisse: CaisseCode
    probability: float
    level: Literal["same_person", "to_examine"]
    features: list[str]


class IdentityEvent(Event):
    """An event of dedup."""

    topic: ClassVar[str] = IDENTITY


class IdentityCleared(IdentityEvent):
    """The search ended with no signal for this version of the application."""

    type: Literal["identity.cleared"] = "identity.cleared"
    facts_sequence: int
    checked_pairs: int
    algorithm: str
    model_version: str


class SignalRaised(IdentityEvent):
    """The search found persons to look at. Never a ground for refusal.

    ``facts_sequence`` names the version searched; 0 when the pair was found by the search of the other application.
    """

    type: Literal["identity.signal_raised"] = "identity.signal_raised"
    facts_sequence: int = 0
    pairs: list[PairFact]
    checked_pairs: int
    algorithm: str
    model_version: str


class PairJudged(IdentityEvent):
    """A person judged a pair; sent once for each of the two applications. ``open_pairs`` remain on this application."""

    type: Literal["identity.pair_judged"] = "identity.pair_judged"
    pair_id: UUID
    other_application_id: UUID
    judgement: Literal["same", "different", "unsure"]
    reason_code: str
    reviewer: str
    second_reviewer: str | None = None
    open_pairs: int


class BulkCheckEnded(Event):
    """A file of persons was looked for to its end, or was given up. Counts only: its answer is read where it lies.

    Of no application: ``application_id`` names the check, so that nothing else has its key.
    """

    topic: ClassVar[str] = IDENTITY
    type: Literal["bulk_check.ended"] = "bulk_check.ended"
    check_id: UUID
    state: Literal["done", "failed"]
    rows: int
    rows_done: int
    same_person: int
    to_examine: int
    silent: int
    refused: int


class PersonChangeProposed(IdentityEvent):
    """A search of the whole base would join this person with others, or part it; sent once for each of its members.

    Nothing changes by it: a person decides, pair by pair and link by link.
    """

    type: Literal["identity.person_change_proposed"] = "identity.person_change_proposed"
    proposal_id: UUID
    change: Literal["join", "part"]
    person_id: UUID
    other_persons: list[UUID]
    member_id: UUID
    run_id: UUID
    model_version: str


class Linked(IdentityEvent):
    """A member was found to be this person."""

    type: Literal["identity.linked"] = "identity.linked"
    person_id: UUID
    pair_id: UUID | None
    member_id: UUID


class Unlinked(IdentityEvent):
    """A member is no longer taken for this person."""

    type: Literal["identity.unlinked"] = "identity.unlinked"
    person_id: UUID
    pair_id: UUID | None
    member_id: UUID
