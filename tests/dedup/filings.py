"""Applications as intake would tell them, made short for tests: invented people, only the facts that dedup reads."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from shared.contract import events as ev
from shared.contract.facts import Address, ApplicationFacts, Channel, Deposit, EarlierRight, Kind, Member, Relation
from shared.ids import uuid7

INTAKE = ev.Actor(role="system", id="intake")

AMINATA = {
    "family_name": "Traoré",
    "given_names": "Aminata",
    "sex": "F",
    "birth_date": "1984-03-17",
    "birth_place": "Kayes",
    "birth_country": "ML",
    "nationality": "ML",
}
AMINATA_RESPELLED = AMINATA | {"family_name": "TRAORE", "given_names": "Aminatta", "birth_place": "KAYES"}
GIORGI = {
    "family_name": "Beridze",
    "given_names": "Giorgi",
    "sex": "M",
    "birth_date": "1991-11-02",
    "birth_place": "Kutaisi",
    "birth_country": "GE",
    "nationality": "GE",
}
TWIN_HASSAN = {
    "family_name": "Benyoucef",
    "given_names": "Hassan",
    "sex": "M",
    "birth_date": "2019-05-09",
    "birth_place": "Bobigny",
    "birth_country": "FR",
    "nationality": "DZ",
}
TWIN_HUSSEIN = TWIN_HASSAN | {"given_names": "Hussein"}


def member(rank: int, person: dict[str, Any], **more: Any) -> Member:
    relation = Relation.APPLICANT if rank == 0 else Relation.CHILD
    return Member(**{"member_id": uuid7(), "rank": rank, "relation": relation, **person, **more})


def facts(
    *people: dict[str, Any] | Member,
    earlier: UUID | None = None,
    address: Address | None = None,
    kind: Kind | None = None,
    **more: Any,
) -> ApplicationFacts:
    day = dt.date(2008, 3, 3)
    members = [one if isinstance(one, Member) else member(rank, one) for rank, one in enumerate(people)]
    return ApplicationFacts(
        kind=kind or (Kind.RENEWAL if earlier else Kind.FIRST),
        deposit=Deposit(channel=Channel.CPAM, body="cpam", deposited_on=day, received_on=day),
        members=members,
        address=address or Address(postcode="93000"),
        earlier_rights=[EarlierRight(application_id=earlier)] if earlier else [],
        **more,
    )


def submitted(*people: dict[str, Any] | Member, caisse: str = "751", **more: Any) -> ev.ApplicationSubmitted:
    return ev.ApplicationSubmitted.new(
        application_id=uuid7(),
        caisse=caisse,
        actor=INTAKE,
        correlation_id="ab" * 16,
        facts=facts(*people, **more),
        sequence=1,
    )


def amended(before: ev.Event, *members: Member, sequence: int = 2, **more: Any) -> ev.ApplicationAmended:
    return ev.ApplicationAmended.after(before, INTAKE, facts=facts(*members, **more), changes=[], sequence=sequence)


def rewritten(person: Member, written: dict[str, Any]) -> Member:
    """The same member of a file, written as somebody else."""
    return Member.model_validate(person.model_dump() | written)


def erased(before: ev.Event, sequence: int = 3) -> ev.ApplicationErased:
    return ev.ApplicationErased.after(before, INTAKE, legal_ground="retention_ended", sequence=sequence)


def withdrawn(before: ev.Event, sequence: int = 2) -> ev.ApplicationWithdrawn:
    return ev.ApplicationWithdrawn.after(before, INTAKE, reason="person_request", sequence=sequence)


def transferred(before: ev.Event, to: str, sequence: int = 2) -> ev.ApplicationTransferred:
    return ev.ApplicationTransferred.after(
        before, INTAKE, caisse=to, from_caisse=before.caisse, to_caisse=to, reason="moved", sequence=sequence
    )


def granted(
    before: ev.Event, ends_on: dt.date = dt.date(2008, 3, 31), decided_on: dt.date = dt.date(2007, 4, 10)
) -> ev.Granted:
    """The application opened a right of a year, by default one that ends in the month of all deposits here."""
    first = before.facts.members[0]  # type: ignore[attr-defined]
    right = ev.Entitlement(
        member_id=first.member_id, member_rank=0, starts_on=ends_on - dt.timedelta(days=364), ends_on=ends_on
    )
    return ev.Granted.after(
        before,
        ev.Actor(role="technician", id="agent-751-02"),
        decision_id=uuid7(),
        entitlements=[right],
        effect_on=right.starts_on,
        decided_on=decided_on,
        signatory="agent-751-02",
        automatic=False,
        sequence=1,
    )


def refused(before: ev.Event, *codes: str, sequence: int = 1) -> ev.Refused:
    motives = [ev.Motive(code=code, reference="CASF L. 251-1") for code in codes]
    return ev.Refused.after(
        before,
        ev.Actor(role="technician", id="agent-751-02"),
        decision_id=uuid7(),
        motives=motives,
        decided_on=dt.date(2008, 4, 7),
        appeal_body="CDAS",
        signatory="agent-751-02",
        sequence=sequence,
    )
