"""Persons whom a run would join or part, as questions that a person answers (PURE).

A question has one id for ever: asked once and answered, it is not asked again while the same members are concerned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from services.dedup.domain.relink.differences import Differences
from shared.contract import events as ev
from shared.ids import named_uuid

Change = Literal["join", "part"]

KEPT: Final = {
    "papers_seen": "les pièces le confirment",
    "person_says_so": "la personne le confirme",
    "nothing_new": "rien ne permet d'en décider autrement",
}
"""Why a person leaves things as they are."""


@dataclass(frozen=True, slots=True)
class PersonProposal:
    """A question about persons: whether these are one, or whether this one is several.

    ``members``: under each member of theirs, its person and its application.
    """

    change: Change
    persons: tuple[UUID, ...]
    members: Mapping[UUID, tuple[UUID, UUID]]

    @property
    def proposal_id(self) -> UUID:
        """The same for the same change of the same members."""
        return named_uuid("person_proposal", self.change, *sorted(self.members))


def proposals(found: Differences, members: Iterable[Any]) -> list[PersonProposal]:
    """What a run asks about persons. ``members``: rows (person_id, member_id, application_id) of these persons."""
    of_person: dict[UUID, dict[UUID, tuple[UUID, UUID]]] = {}
    for row in members:
        of_person.setdefault(row.person_id, {})[row.member_id] = (row.person_id, row.application_id)
    asked: list[tuple[Change, tuple[UUID, ...]]] = [("join", group) for group in found.joined]
    asked += [("part", (person,)) for person in found.parted]
    return [PersonProposal(change, persons, _joined(of_person, persons)) for change, persons in asked]


def _joined(
    of_person: Mapping[UUID, Mapping[UUID, tuple[UUID, UUID]]], persons: Sequence[UUID]
) -> dict[UUID, tuple[UUID, UUID]]:
    return {member: told for person in persons for member, told in of_person.get(person, {}).items()}


def events_of(
    proposal: PersonProposal, caisse_of: Mapping[UUID, str], run_id: UUID, model: str, **common: Any
) -> list[ev.PersonChangeProposed]:
    """What each file of these persons hears: ids and codes."""
    return [
        ev.PersonChangeProposed.new(
            application_id=application,
            caisse=caisse_of[application],
            proposal_id=proposal.proposal_id,
            change=proposal.change,
            person_id=person,
            other_persons=[other for other in proposal.persons if other != person],
            member_id=member,
            run_id=run_id,
            model_version=model,
            **common,
        )
        for member, (person, application) in sorted(proposal.members.items())
        if application in caisse_of
    ]
