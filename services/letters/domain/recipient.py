"""To whom a letter goes: what letters keep of an application, and nothing more (no means, no papers, no care)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.letters.domain.postal_address import NORM, Norm, PostalAddress
from services.letters.domain.printable_letters import is_transliterated, printable
from shared.contract.facts import ApplicationFacts, Member


class Person(BaseModel):
    """One member of the household, named as letters name persons."""

    model_config = ConfigDict(frozen=True)

    member_id: UUID
    rank: int
    name: str
    postal_name: str
    birth_date: str | None


class Recipient(BaseModel):
    """The applicant, the household and where letters go, at one version of the application."""

    model_config = ConfigDict(frozen=True)

    application_id: UUID
    caisse: str
    reference: str
    deposited_on: dt.date
    received_on: dt.date
    silence_from: dt.date | None = None
    deposit_body: str
    persons: list[Person]
    upper: list[str]
    street: str
    postcode: str
    town: str
    country: str = ""
    domiciled: bool = False
    language: str = "fr"
    transliterated: bool = False
    """Whether a name or a place of the person was in letters that no font here draws, and is written in others."""
    figures_key: str = ""
    """Opens the figures behind a refusal of this file."""

    @property
    def applicant(self) -> Person:
        """The person of the lowest rank."""
        return min(self.persons, key=lambda person: person.rank)

    def person(self, *, member_id: UUID | None = None, rank: int | None = None) -> Person | None:
        """The member of this id, or else of this rank."""
        by_id = [person for person in self.persons if member_id is not None and person.member_id == member_id]
        by_rank = [person for person in self.persons if rank is not None and person.rank == rank]
        return next(iter(by_id + by_rank), None)

    def postal_address(self, norm: Norm = NORM) -> PostalAddress:
        """Raises postal.AddressError when the post could not deliver."""
        name, street, town = self.applicant.postal_name, self.street, self.town
        return PostalAddress.of(name, self.upper, street, self.postcode, town, norm, self.country)

    @property
    def place(self) -> tuple[str, ...]:
        """Where letters go, to tell one address from another."""
        return (*self.upper, self.street, self.postcode, self.town, self.country)


def recipient_of(
    application_id: UUID, caisse: str, facts: ApplicationFacts, reference: str = "", figures_key: str = ""
) -> Recipient:
    """What letters keep of an application's facts."""
    address = facts.address
    upper = [printable(address.body)]
    if address.host_name:
        upper.append(printable(f"chez {address.host_name}"))
    return Recipient(
        application_id=application_id,
        caisse=caisse,
        reference=printable(reference),
        deposited_on=facts.deposit.deposited_on,
        received_on=facts.deposit.received_on,
        silence_from=facts.deposit.silence_from,
        deposit_body=facts.deposit.body,
        persons=[_person(member) for member in facts.members],
        upper=[line for line in upper if line],
        street=printable(address.line),
        postcode=address.postcode,
        town=printable(address.city),
        country=address.country or "",
        domiciled=address.domiciled,
        language=facts.language,
        transliterated=is_transliterated("".join(_written_texts(facts, reference))),
        figures_key=figures_key,
    )


def _written_texts(facts: ApplicationFacts, reference: str) -> Iterator[str]:
    """What letters repeat of a person's own words."""
    address = facts.address
    yield from (reference, address.body, address.host_name, address.line, address.city)
    for member in facts.members:
        yield from (member.given_names, member.family_name, member.usage_name)


def _person(member: Member) -> Person:
    given, family, usage = (
        printable(member.given_names),
        printable(member.family_name).upper(),
        printable(member.usage_name).upper(),
    )
    name = f"{given} {family}".strip() + (f" (nom d’usage : {usage})" if usage and usage != family else "")
    return Person(
        member_id=member.member_id,
        rank=member.rank,
        name=name,
        postal_name=f"{given} {usage or family}".strip(),
        birth_date=member.birth_date,
    )
