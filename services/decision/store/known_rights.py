"""The rights that the base knows of the persons of a batch of files: read all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.decision.domain.case.case import Case
from services.decision.domain.eligibility.facts import CaseFacts, KnownRight
from services.decision.domain.eligibility.known_rights import (
    PersonAsWritten,
    RecordedRight,
    declared_files,
    known_rights,
)
from services.decision.store.locked_case import LockedCase
from services.decision.store.persons import Filing
from shared.contract import events as ev
from shared.contract.facts import ApplicationFacts
from shared.database.unit_of_work import UnitOfWork

# A right that was withdrawn never was: its last day lies before its first.
_RIGHTS = sa.text(
    "SELECT e.application_id, e.member_id, e.caisse, e.starts_on, coalesce(e.ended_on, e.ends_on) AS ends_on, "
    "p.rank, p.family_name, p.given_names, p.birth_date FROM entitlements e "
    "LEFT JOIN persons p ON p.application_id = e.application_id AND p.member_id = e.member_id "
    "WHERE (e.application_id = ANY(CAST(:files AS uuid[])) OR e.member_id = ANY(CAST(:members AS uuid[]))) "
    "AND coalesce(e.ended_on, e.ends_on) >= e.starts_on"
)
_PEOPLE = sa.text(
    "SELECT application_id, member_id, rank, family_name, given_names, birth_date FROM persons "
    "WHERE application_id = ANY(CAST(:ids AS uuid[]))"
)


@dataclass
class RightsOfBatch:
    """What is asked of the base for the cases of one batch."""

    people: dict[UUID, list[PersonAsWritten]] = field(default_factory=dict)
    recorded: list[RecordedRight] = field(default_factory=list)

    def states(self, event: Filing) -> None:
        """The persons of a file are from now on those of this statement."""
        self.people[event.application_id] = _people_of(event.facts)

    def of(self, case: Case, facts: CaseFacts) -> list[KnownRight]:
        """The rights of the base that the members of this file had."""
        if not self.recorded:
            return []
        others = (right for right in self.recorded if right.application_id != case.application_id)
        return known_rights(facts, self.people.get(case.application_id, []), case.same_members, others)


async def rights_of(
    unit: UnitOfWork, helds: Mapping[UUID, LockedCase], events: Iterable[ev.Event] = ()
) -> RightsOfBatch:
    """Every right that a file of the batch, or an event about it, names: two questions at most, none where none is."""
    files: set[UUID] = set()
    members: set[UUID] = set()
    concerned: set[UUID] = set()
    for key, one in helds.items():
        named = set() if one.facts is None else declared_files(one.facts)
        linked = {other for found in one.case.same_members.values() for other in found}
        if named or linked:
            files, members, concerned = files | named, members | linked, concerned | {key}
    for event in events:
        if isinstance(event, Filing):
            named = declared_files(CaseFacts.of(event.facts))
            files |= named
        elif isinstance(event, ev.PairJudged) and event.judgement == "same":
            files.add(event.other_application_id)
            concerned.add(event.application_id)
    batch = RightsOfBatch()
    if not files and not members:
        return batch
    rows = await unit.rows(_RIGHTS, {"files": sorted(files), "members": sorted(members)})
    batch.recorded = [_recorded(row) for row in rows]
    if batch.recorded and concerned:
        for row in await unit.rows(_PEOPLE, {"ids": sorted(concerned)}):
            batch.people.setdefault(row.application_id, []).append(_person(row))
    return batch


def _people_of(facts: ApplicationFacts) -> list[PersonAsWritten]:
    return [
        PersonAsWritten(one.member_id, one.rank, one.family_name, one.given_names, one.birth_date)
        for one in facts.members
    ]


def _person(row: Any) -> PersonAsWritten:
    return PersonAsWritten(row.member_id, row.rank, row.family_name, row.given_names, row.birth_date)


def _recorded(row: Any) -> RecordedRight:
    holder = None if row.rank is None else _person(row)
    return RecordedRight(row.application_id, row.member_id, row.caisse, row.starts_on, row.ends_on, holder)
