"""What a run proposes: new pairs, pairs that no longer look alike, persons to join or to part (PURE).

Nothing of it links or parts anybody: each proposal is a pair before a person, like the pairs of every day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np

from services.dedup.domain.pairs.pair_changes import OPEN
from services.dedup.domain.relink.linkage import Pairs, groups_of


@dataclass(frozen=True, slots=True)
class KnownPair:
    """A pair that the base has: the seqs it was scored with, its kind and state."""

    lower_seq: int
    higher_seq: int
    kind: str
    state: str

    @property
    def key(self) -> tuple[int, int]:
        """The two seqs, lower first."""
        return (min(self.lower_seq, self.higher_seq), max(self.lower_seq, self.higher_seq))


@dataclass(slots=True)
class Differences:
    """``new``: pairs of the run that the base has not, or has dissolved; ``faded``: open pairs that the run scores
    below the threshold, by their seqs; ``joined``: persons that pairs "same person" hang together; ``parted``: persons
    whose members no pair of the run holds together any more."""

    new: Pairs
    faded: list[tuple[int, int]] = field(default_factory=list)
    joined: list[tuple[UUID, ...]] = field(default_factory=list)
    parted: list[UUID] = field(default_factory=list)


def differences(
    pairs: Pairs,
    known: Iterable[KnownPair],
    silent: Iterable[tuple[int, int]],
    persons: Mapping[UUID, Sequence[int]],
    same_person: float,
) -> Differences:
    """Hold the pairs of a run against the base.

    ``known``: all pairs of the base; ``silent``: of those that the run did not find, the ones it scores below the
    threshold; ``persons``: seqs of the members of each linked person; ``same_person``: log-odds of that level.
    """
    by_key = {pair.key: pair for pair in known}
    apart = {key for key, pair in by_key.items() if pair.state == "different"}
    is_new = [
        (known_pair := by_key.get((lower, higher))) is None or known_pair.state == "dissolved"
        for lower, higher in zip(pairs["lower"].tolist(), pairs["higher"].tolist(), strict=True)
    ]
    faded = sorted(key for key in silent if key in by_key and by_key[key].state in OPEN)
    result = Differences(pairs[np.array(is_new, bool)], faded)
    # Whom a person judged different is not joined by the score all the same.
    keys = zip(pairs["lower"].tolist(), pairs["higher"].tolist(), strict=True)
    is_sure = (pairs["score"] >= same_person) & np.array([key not in apart for key in keys], bool)
    sure, alike = groups_of(pairs[is_sure]), groups_of(pairs)
    held: dict[int, set[UUID]] = {}
    for person, seqs in persons.items():
        for seq in seqs:
            if seq in sure:
                held.setdefault(sure[seq], set()).add(person)
        if len({alike.get(seq, seq) for seq in seqs}) > 1:
            result.parted.append(person)
    result.joined = sorted(tuple(sorted(group)) for group in held.values() if len(group) > 1)
    result.parted.sort()
    return result
