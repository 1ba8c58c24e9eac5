"""The last full statement of each application, and its members as identities."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from services.dedup.domain.matching.normalisation import Identity
from shared.contract.events import ApplicationAmended, ApplicationSubmitted
from shared.contract.facts import Member

Filing = ApplicationSubmitted | ApplicationAmended


def identity_of(member: Member, caisse: str, postcode: str) -> Identity:
    """A member as the comparison reads it."""
    return Identity(
        family_name=member.family_name,
        given_names=member.given_names,
        usage_name=member.usage_name,
        sex=member.sex.value,
        birth_date=member.birth_date or "",
        birth_place=member.birth_place,
        birth_country=member.birth_country or "",
        nationality=member.nationality or "",
        caisse=caisse,
        address_postcode=postcode,
    )


def latest_filings(events: Iterable[Any]) -> dict[UUID, Filing]:
    """The last full statement of each application in a batch: earlier ones are overtaken before anybody looks."""
    latest: dict[UUID, Filing] = {}
    for event in events:
        if isinstance(event, Filing):
            known = latest.get(event.application_id)
            if known is None or known.sequence < event.sequence:
                latest[event.application_id] = event
    return latest
