"""What a run would say, by caisse and by country of birth, before anything is told (PURE)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.dedup.domain.matching.model import probability
from services.dedup.domain.pairs.levels import Level, Thresholds, level_of
from services.dedup.domain.relink.differences import Differences

HEADER = ("by", "value", "same_person", "to_examine", "dissolved", "joined", "parted")
WHATS = (Level.SAME_PERSON, Level.TO_EXAMINE, "dissolved", "joined", "parted")
PERSONS_HEADER = ("what", "persons")
WHOLE = "all"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record comes from: its caisse, and the country of birth as it was told."""

    caisse: str
    country: str


@dataclass(slots=True)
class Report:
    """Counts by (``caisse`` or ``country`` or ``all``, value, what); persons to join, and to part, by their ids."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    joined: list[tuple[UUID, ...]] = field(default_factory=list)
    parted: list[UUID] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[str, str, int, int, int, int, int]]:
        """One line for each value, the whole first: new pairs of the two levels, pairs to dissolve, persons to join and
        to part."""
        named = sorted({(by, value) for by, value, _ in self.counts}, key=lambda one: (one[0] != WHOLE, one))
        for by, value in named or [(WHOLE, "")]:
            same, examine, gone, joined, parted = (self.counts[by, value, what] for what in WHATS)
            yield by, value, same, examine, gone, joined, parted

    def persons(self) -> Iterator[tuple[str, str]]:
        """One line for each proposal that concerns linked persons: what, and the ids apart by blanks."""
        yield from (("join", " ".join(map(str, group))) for group in self.joined)
        yield from (("part", str(person)) for person in self.parted)


def report(
    found: Differences, members: Mapping[UUID, Sequence[int]], origins: Mapping[int, Origin], thresholds: Thresholds
) -> Report:
    """Count what differs. What concerns two caisses, or two countries, stands under both. ``members``: the seqs of each
    linked person."""
    made = Report(joined=found.joined, parted=found.parted)
    new = zip(*(found.new[name].tolist() for name in ("lower", "higher", "score")), strict=True)
    said: list[tuple[Sequence[int], str]] = [
        ((lower, higher), str(level_of(probability(score), thresholds))) for lower, higher, score in new
    ]
    said += [(key, "dissolved") for key in found.faded]
    said += [([seq for person in group for seq in members.get(person, ())], "joined") for group in found.joined]
    said += [(members.get(person, ()), "parted") for person in found.parted]
    for seqs, what in said:
        made.counts[WHOLE, "", what] += 1
        sides = [origins[seq] for seq in seqs if seq in origins]
        for caisse in {side.caisse for side in sides}:
            made.counts["caisse", caisse, what] += 1
        for country in {side.country for side in sides}:
            made.counts["country", country, what] += 1
    return made
