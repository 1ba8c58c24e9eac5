"""Which rights of the base are those of the persons of a file: by a declared earlier file, or by a judged pair. PURE.

A file that is declared proves a right only at the same caisse, and of the member who is written the same there; at
another caisse only a person's judgement "same person" does.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.decision.domain.eligibility.facts import CaseFacts, KnownRight


@dataclass(frozen=True)
class PersonAsWritten:
    """Who a member is, as far as two files are compared by their words."""

    member_id: UUID
    rank: int
    family_name: str
    given_names: str
    birth_date: str | None

    def is_written_as(self, other: PersonAsWritten) -> bool:
        """The same names but for accents and case, and the same known birth date."""
        mine, theirs = _folded(self.family_name), _folded(other.family_name)
        given = _folded(self.given_names) == _folded(other.given_names)
        return bool(mine) and mine == theirs and given and bool(self.birth_date) and self.birth_date == other.birth_date


@dataclass(frozen=True)
class RecordedRight:
    """One right of the base. ``holder`` None: who held it is erased."""

    application_id: UUID
    member_id: UUID
    caisse: str
    starts_on: dt.date
    ends_on: dt.date
    holder: PersonAsWritten | None


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(one if one.isalnum() else " " for one in plain if not unicodedata.combining(one)).split())


def declared_files(facts: CaseFacts) -> set[UUID]:
    """The earlier files that a file declares, for a member or for the household."""
    named = {member.earlier_application_id for member in facts.members}
    named |= {right.application_id for right in facts.earlier_rights}
    return {one for one in named if one is not None}


def known_rights(
    facts: CaseFacts,
    people: Sequence[PersonAsWritten],
    same: Mapping[UUID, Collection[UUID]],
    recorded: Iterable[RecordedRight],
) -> list[KnownRight]:
    """The rights of the base that the members of this file had, in order of their end.

    ``people``: its persons as written; ``same``: by member, the members of other files that a person judged the same.
    """
    declared = declared_files(facts)
    found = set()
    for right in recorded:
        for person in people:
            judged = right.member_id in same.get(person.member_id, ())
            written = (
                right.application_id in declared
                and right.caisse == facts.caisse
                and right.holder is not None
                and person.is_written_as(right.holder)
            )
            if judged or written:
                found.add((right.ends_on, right.starts_on, person.rank, right.caisse, judged))
    return [
        KnownRight(
            member_rank=rank,
            caisse=caisse,
            starts_on=starts,
            ends_on=ends,
            source="judged_same" if judged else "entitlement",
        )
        for ends, starts, rank, caisse, judged in sorted(found)
    ]
