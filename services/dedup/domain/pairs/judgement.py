"""Levels of a signal, the blind control, what a reviewer's judgement means and the persons that links form (PURE).

A signal is never a ground for refusal: it asks a person to look.  Nothing here decides anything about an application.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.dedup.domain.matching.record import OFF_CAISSE, OFF_PLACE, ROW_BYTES


class Level(StrEnum):
    """How loudly a candidate is shown."""

    SAME_PERSON = "same_person"
    TO_EXAMINE = "to_examine"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which a candidate is shown; data of the model version, changed only by a person's decision."""

    same_person: float = 0.99
    to_examine: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 < self.to_examine <= self.same_person < 1.0:
            raise ValueError("thresholds must satisfy 0 < to_examine <= same_person < 1")


def level_of(probability: float, thresholds: Thresholds = Thresholds()) -> Level:
    """The level of a candidate of this probability."""
    if probability >= thresholds.same_person:
        return Level.SAME_PERSON
    return Level.TO_EXAMINE if probability >= thresholds.to_examine else Level.SILENT


BLIND_CONTROL_SHARE: Final = 0.005


def drawn_for_blind_control(application_id: str, salt: str, share: float = BLIND_CONTROL_SHARE) -> bool:
    """Whether a silent application sends its best candidate to the queue to measure what is missed.

    Reproducible: the same application and salt (one per period) are always drawn alike, on any machine.  The drawn case
    is
    shown to the reviewer among the others and is never an open signal on the file.
    """
    digest = hashlib.sha256(f"{salt}\x1f{application_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < int(share * 2**64)


class Verdict(StrEnum):
    """What a reviewer says of a pair."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


REASONS: Final[Mapping[Verdict, Mapping[str, str]]] = {
    Verdict.SAME: {
        "identity_documents_agree": "Les pièces d'identité concordent",
        "spelling_variant": "Même personne, orthographe différente",
        "fields_exchanged": "Nom et prénoms inversés",
        "date_corrected": "Date de naissance corrigée ou incomplète",
        "usage_name": "Nom d'usage écrit comme nom de naissance",
        "declared_by_person": "La personne déclare le dossier antérieur",
        "other_same": "Autre motif (à préciser)",
    },
    Verdict.DIFFERENT: {
        "twins": "Jumeaux",
        "siblings": "Frères ou sœurs",
        "parent_child": "Parent et enfant",
        "namesakes": "Homonymes",
        "identity_documents_differ": "Les pièces d'identité diffèrent",
        "other_different": "Autre motif (à préciser)",
    },
    Verdict.UNSURE: {
        "papers_missing": "Pièces insuffisantes pour trancher",
        "second_reader_wanted": "Avis d'un second lecteur demandé",
        "other_unsure": "Autre motif (à préciser)",
    },
}
"""Coded reasons of each verdict, with their French wording."""


def check_reason(verdict: Verdict, reason: str) -> None:
    """Raises ValueError when ``reason`` is not one of the coded reasons of ``verdict``."""
    if reason not in REASONS[verdict]:
        raise ValueError(f"reason {reason!r} does not go with verdict {verdict.value!r}")


def identity_fingerprint(normalised: bytes) -> str:
    """What "different" is remembered against: changes only when the identity data change, not when the person moves."""
    if len(normalised) != ROW_BYTES:
        raise ValueError(f"a normalised row has {ROW_BYTES} bytes, not {len(normalised)}")
    return hashlib.sha256(normalised[:OFF_CAISSE] + normalised[OFF_PLACE:]).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One reading of a pair of identities by one reader; append-only.

    ``fingerprints``: ``identity_fingerprint`` of first and second as the reader saw them; ``number`` orders judgements.
    """

    number: int
    first: int
    second: int
    verdict: Verdict
    reason: str
    reader: str
    fingerprints: tuple[str, str]

    @property
    def pair(self) -> tuple[int, int]:
        return (self.first, self.second) if self.first < self.second else (self.second, self.first)


class PairState(StrEnum):
    """Where the review of a pair stands."""

    OPEN = "open"
    AWAITING_SECOND_READER = "awaiting_second_reader"
    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"
    DISAGREED = "disagreed"


def pair_state(judgements: Iterable[Judgement], fingerprints: Mapping[int, str], four_eyes: bool = False) -> PairState:
    """The state of one pair, from all its judgements.

    ``fingerprints``: present identity fingerprint of each identity.  A judgement given on other identity data counts no
    more (the pair is open again).  The latest judgement of each reader stands.  With ``four_eyes`` "same" needs two
    readers; two standing readers who say same and different give DISAGREED.
    """
    standing: dict[str, Judgement] = {}
    for judgement in sorted(judgements, key=lambda j: j.number):
        seen = dict(zip((judgement.first, judgement.second), judgement.fingerprints, strict=True))
        if all(fingerprints.get(identity) == mark for identity, mark in seen.items()):
            standing[judgement.reader] = judgement
        else:
            standing.pop(judgement.reader, None)
    verdicts = [j.verdict for j in standing.values()]
    same, different = verdicts.count(Verdict.SAME), verdicts.count(Verdict.DIFFERENT)
    if same and different:
        return PairState.DISAGREED
    if different:
        return PairState.DIFFERENT
    if same:
        return PairState.AWAITING_SECOND_READER if four_eyes and same < 2 else PairState.SAME
    return PairState.UNSURE if verdicts else PairState.OPEN


def remembered_different(judgements: Iterable[Judgement], fingerprints: Mapping[int, str]) -> bool:
    """Whether a new signal on this pair must stay silent: judged different and the identity data have not changed."""
    return pair_state(judgements, fingerprints) is PairState.DIFFERENT


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two identities judged different that links nevertheless make one person; ``path`` is the chain of links."""

    first: int
    second: int
    path: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Persons:
    """Groups of linked identities (sorted, two or more each) and what contradicts them; never resolved silently."""

    groups: tuple[tuple[int, ...], ...]
    contradictions: tuple[Contradiction, ...]

    def of(self, identity: int) -> tuple[int, ...]:
        """The group of an identity, itself alone when it is linked to none."""
        return next((group for group in self.groups if identity in group), (identity,))


def persons(same: Iterable[tuple[int, int]], different: Iterable[tuple[int, int]]) -> Persons:
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
    return Persons(tuple(groups), tuple(contradictions))


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
