"""From the arrays of a bulk search to candidates worth a row, and from candidates to pairs of members (PURE)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.features import FEATURES
from services.dedup.domain.matching.model import probability
from services.dedup.domain.pairs.levels import Level, Thresholds, level_of
from shared.ids import named_uuid

LIMIT: Final = 16
"""Candidates read per member; one's own household takes some of the places."""


@dataclass(frozen=True, slots=True)
class IndexedIdentity:
    """A current identity of the common base: one member of one application."""

    seq: int
    member_id: UUID
    application_id: UUID
    identity_version: int
    rank: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody in the base who may be the subject; ``score`` is the log-odds of ``probability``."""

    subject: IndexedIdentity
    seq: int
    probability: float
    score: float
    points: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What the search of one batch found: candidates above the threshold, the best one below it of each application,
    and how many were seen."""

    above_threshold: list[Candidate]
    best_below: dict[UUID, Candidate]
    checked: dict[UUID, int]
    crowded: list[int]


def read_results(
    subjects: Sequence[IndexedIdentity],
    seqs: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float64],
    points: npt.NDArray[np.float64],
    thresholds: Thresholds,
) -> BatchResult:
    """Sort out the answers to ``subjects`` (one line each), leaving out members of the subject's own application.

    ``crowded``: positions of subjects whose line was full to its end with candidates above the threshold, so that there
    may be more.
    """
    household: dict[UUID, set[int]] = {}
    for subject in subjects:
        household.setdefault(subject.application_id, set()).add(subject.seq)
    floor = float(np.log(thresholds.to_examine / (1 - thresholds.to_examine)))
    found = BatchResult([], {}, dict.fromkeys(household, 0), [])
    counts = (seqs >= 0).sum(axis=1)
    for at, subject in enumerate(subjects):
        own = household[subject.application_id]
        line = [r for r in range(int(counts[at])) if int(seqs[at, r]) not in own]
        found.checked[subject.application_id] += len(line)
        for r in line:
            score = float(scores[at, r])
            if score >= floor:
                found.above_threshold.append(_candidate(subject, seqs[at, r], score, points[at, r]))
                continue
            best = found.best_below.get(subject.application_id)
            if best is None or best.score < score:
                found.best_below[subject.application_id] = _candidate(subject, seqs[at, r], score, points[at, r])
            break
        if counts[at] == seqs.shape[1] and scores[at, -1] >= floor:
            found.crowded.append(at)
    return found


def _candidate(subject: IndexedIdentity, seq: Any, score: float, points: npt.NDArray[np.float64]) -> Candidate:
    return Candidate(subject, int(seq), probability(score), score, named_points(points))


def named_points(points: npt.NDArray[np.float64]) -> dict[str, float]:
    """Non-zero points by feature, rounded far below what a reader or a sum can see."""
    return {FEATURES[i]: round(float(points[i]), 6) for i in np.flatnonzero(points)}


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A pair of members as the search scored it: the subject's side first."""

    subject: IndexedIdentity
    other: IndexedIdentity
    kind: str
    level: Level
    probability: float
    score: float
    points: Mapping[str, float]

    @property
    def pair_id(self) -> UUID:
        """The id of the pair, the same from either side."""
        return pair_id(self.subject.member_id, self.other.member_id)

    @property
    def sides(self) -> tuple[IndexedIdentity, IndexedIdentity]:
        """Lower member id first."""
        if self.subject.member_id < self.other.member_id:
            return self.subject, self.other
        return self.other, self.subject


def pair_id(member: UUID, other: UUID) -> UUID:
    """The id of a pair, the same from both its sides and on every replica."""
    return named_uuid("pair", *sorted((member, other)))


def pairs_of(
    candidates: Iterable[Candidate], others: Mapping[int, IndexedIdentity], kind: str, thresholds: Thresholds
) -> dict[UUID, ScoredPair]:
    """Pairs by id. A candidate whose row left the base meanwhile is dropped; of two readings the more probable
    stands."""
    found: dict[UUID, ScoredPair] = {}
    for candidate in candidates:
        other = others.get(candidate.seq)
        if other is None or other.application_id == candidate.subject.application_id:
            continue
        level = level_of(candidate.probability, thresholds)
        pair = ScoredPair(
            candidate.subject, other, kind, level, candidate.probability, candidate.score, candidate.points
        )
        known = found.get(pair.pair_id)
        if known is None or known.score < pair.score:
            found[pair.pair_id] = pair
    return found


def feature_codes(points: Mapping[str, float], most: int = 12) -> list[str]:
    """The features that weighed most, for events: codes only."""
    return sorted(points, key=lambda name: -abs(points[name]))[:most]
