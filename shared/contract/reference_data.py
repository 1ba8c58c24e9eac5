"""Caisses, deposit and appeal bodies, agents, delegations: the records."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from shared.contract.facts import Channel, Fact
from shared.contract.scalars import CaisseCode

SignedAct = Literal["grant", "refuse", "revoke", "appeal"]


class Caisse(Fact):
    """One caisse. ``automatic_grant`` is its policy; ``signatory`` the agent in whose name automatic grants leave.

    ``four_eyes``: the acts that one agent prepares and another confirms. ``state_service``: the service of the State
    that gets humanitarian requests, its name and the lines of its address; empty: not known.
    """

    code: CaisseCode
    name: str
    department: str
    overseas: bool = False
    address: list[str] = Field(default_factory=list)
    telephone: str = ""
    email: str = ""
    automatic_grant: bool = False
    signatory: str = ""
    two_person_links: bool = False
    four_eyes: list[SignedAct] = Field(default_factory=list)
    state_service: list[str] = Field(default_factory=list)


class DepositBody(Fact):
    """A body that may receive applications, and when it was entitled to. ``caisse`` empty: for all caisses.

    ``address``: the lines where letters reach it; empty: not known.
    """

    code: str
    name: str
    channel: Channel
    caisse: CaisseCode | None = None
    address: list[str] = Field(default_factory=list)
    since: dt.date | None = None
    until: dt.date | None = None


class AppealBody(Fact):
    """Where a decision of a caisse is contested, for decisions taken from ``since`` to ``until`` (both included)."""

    caisse: CaisseCode
    code: str
    kind: str
    name: str
    address: list[str] = Field(default_factory=list)
    since: dt.date
    until: dt.date | None = None


class Agent(Fact):
    """The person behind a pseudonymous id, as letters must name them (first name, surname, capacity)."""

    id: str
    display_name: str
    capacity: str
    caisse: CaisseCode | None = None
    role: str = "technician"


class Delegation(Fact):
    """The signature the director gave to an agent, from ``since`` to ``until`` (both included; None: until further
    notice)."""

    caisse: CaisseCode
    agent: str
    acts: list[SignedAct]
    since: dt.date
    until: dt.date | None = None


class Revocation(Fact):
    """Tokens that count no more before they expire: one by its id (``jti``), or all of a person issued until then.

    ``forgotten_at``: from when the record may go, because every token that it stops has expired by itself.
    """

    token: str = ""
    subject: str = ""
    revoked_at: dt.datetime
    forgotten_at: dt.datetime


MODELS: dict[str, type[Fact]] = {
    "caisse": Caisse,
    "deposit_body": DepositBody,
    "appeal_body": AppealBody,
    "agent": Agent,
    "delegation": Delegation,
    "revocation": Revocation,
}


def record_key(record: Fact) -> str:
    """The key of a record in the topic: its kind and its identifier."""
    match record:
        case Caisse():
            return f"caisse:{record.code}"
        case DepositBody():
            return f"deposit_body:{record.code}"
        case AppealBody():
            return f"appeal_body:{record.caisse}:{record.since.isoformat()}"
        case Agent():
            return f"agent:{record.id}"
        case Delegation():
            return f"delegation:{record.caisse}:{record.agent}:{record.since.isoformat()}"
        case Revocation():
            return f"revocation:{'token' if record.token else 'subject'}:{record.token or record.subject}"
        case _:
            raise TypeError(f"not a reference record: {type(record).__name__}")
