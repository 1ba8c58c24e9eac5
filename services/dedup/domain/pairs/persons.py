"""Clusters: the persons that links form, and what contradicts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.ids import uuid7


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two identities judged different that links nevertheless make one person; ``path`` is the chain of links."""

    first: int
    second: int
    path: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PersonClusters:
    """Groups of linked identities (sorted, two or more each) and what contradicts them; never resolved silently."""

    groups: tuple[tuple[int, ...], ...]
    contradictions: tuple[Contradiction, ...]

    def of(self, identity: int) -> tuple[int, ...]:
        """The group of an identity, itself alone when it is linked to none."""
        return next((group for group in self.groups if identity in group), (identity,))


def persons(same: Iterable[tuple[int, int]], different: Iterable[tuple[int, int]]) -> PersonClusters:
    """Persons formed by the links ``same`` and the judgements ``different`` that contradict them."""
    neighbours: dict[int, set[int]] = {}
    for a, b in same:
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)
    groups: list[tuple[int, ...]] = []
    group_of: dict[int, int] = {}
    for start in sorted(neighbours):
        if start in group_of:
            continue
        members, todo = {start}, [start]
        while todo:
            for other in neighbours[todo.pop()]:
                if other not in members:
                    members.add(other)
                    todo.append(other)
        for member in members:
            group_of[member] = len(groups)
        groups.append(tuple(sorted(members)))
    contradictions = [
        Contradiction(min(a, b), max(a, b), _path(neighbours, min(a, b), max(a, b)))
        for a, b in sorted({(min(p), max(p)) for p in different})
        if a in group_of and group_of.get(a) == group_of.get(b)
    ]
    return PersonClusters(tuple(groups), tuple(contradictions))


def _path(neighbours: Mapping[int, set[int]], start: int, goal: int) -> tuple[int, ...]:
    """Shortest chain of links from ``start`` to ``goal``."""
    came: dict[int, int] = {start: start}
    queue = [start]
    for here in queue:
        if here == goal:
            break
        for other in sorted(neighbours[here]):
            if other not in came:
                came[other] = here
                queue.append(other)
    chain = [goal]
    while chain[-1] != start:
        chain.append(came[chain[-1]])
    return tuple(reversed(chain))


def persons_after(
    members: Iterable[UUID], standing: Iterable[tuple[UUID, UUID]], before: Mapping[UUID, UUID]
) -> dict[UUID, UUID]:
    """The person of each member: groups keep the oldest person id among their members, the largest group choosing
    first."""
    known = sorted({*members, *(member for pair in standing for member in pair)})
    number = {member: at for at, member in enumerate(known)}
    groups = persons([(number[a], number[b]) for a, b in standing], ()).groups
    taken: set[UUID] = set()
    after: dict[UUID, UUID] = {}
    for group in sorted(groups, key=lambda group: (-len(group), group)):
        free = sorted({before[known[at]] for at in group if known[at] in before} - taken)
        person = free[0] if free else uuid7()
        taken.add(person)
        after |= {known[at]: person for at in group}
    return after


def contradictions(links: Sequence[Any], different: Sequence[Any]) -> list[dict[str, Any]]:
    """Members judged different whom links nevertheless make one person, each with the chain of links between them."""
    rows = [*links, *different]
    known = sorted({member for row in rows for member in (row.lower_member, row.higher_member)})
    number = {member: at for at, member in enumerate(known)}
    apart = {(number[row.lower_member], number[row.higher_member]): row for row in different}
    formed = persons([(number[row.lower_member], number[row.higher_member]) for row in links], apart)
    return [
        {
            "pair_id": apart[(found.first, found.second)].pair_id,
            "members": [known[found.first], known[found.second]],
            "path": [known[at] for at in found.path],
        }
        for found in formed.contradictions
    ]
