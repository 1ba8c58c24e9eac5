"""Levels of a signal, the blind control, what a reviewer's judgement means and the persons that links form (PURE).

A signal is never a ground for refusal: it asks a person to look.  Nothing here decides anything about an application.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


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
        """Its two members, the smaller number first."""
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
