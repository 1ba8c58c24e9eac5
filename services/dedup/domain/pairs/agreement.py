"""Do the learned score and the classical one see the same pairs? A figure a day, and what one alone sees (PURE)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from services.dedup.domain.matching.classical import SIGNAL
from services.dedup.domain.pairs.calibration import interval

MOST_SAMPLED: Final = 10
"""Pairs that the classical score alone sees, sent to the review queue on one day: reading them is people's work."""
DRAWN_SHARE: Final = 0.01
"""And at most so many for each identity that was looked at."""


class SeenBy(StrEnum):
    """Which of the two says that a pair is worth a look."""

    BOTH = "both"
    LEARNED = "learned"
    CLASSICAL = "classical"
    NEITHER = "neither"


def seen_by(probability: float, score: int, to_examine: float) -> SeenBy:
    """``probability`` of the learned score, ``score`` (0 to 100) of the classical one; ``to_examine``: the threshold of
    the first."""
    learned, classical = probability >= to_examine, score >= SIGNAL
    if learned:
        return SeenBy.BOTH if classical else SeenBy.LEARNED
    return SeenBy.CLASSICAL if classical else SeenBy.NEITHER


@dataclass(slots=True)
class Tally:
    """One look: how many identities and candidates were compared, and how many of these pairs each saw."""

    identities: int = 0
    compared: int = 0
    both: int = 0
    learned_only: int = 0
    classical_only: int = 0

    def add(self, seen: SeenBy) -> None:
        """Count one pair."""
        self.compared += 1
        self.both += seen is SeenBy.BOTH
        self.learned_only += seen is SeenBy.LEARNED
        self.classical_only += seen is SeenBy.CLASSICAL


def agreement(both: int, learned_only: int, classical_only: int) -> dict[str, Any]:
    """The share that both see of what either sees, with its 95 % interval; null where neither saw anything."""
    either = both + learned_only + classical_only
    least, most = interval(both, either)
    share = round(both / either, 4) if either else None
    return {"share": share, "least": round(least, 4), "most": round(most, 4)}


def sampled(pair_ids: Iterable[UUID], identities: int, period: str, secret: bytes) -> list[UUID]:
    """The pairs to send to the queue, by a draw that nobody without the secret can work out.

    ``identities``: how many were looked at.
    """
    return by_lot(pair_ids, period, secret)[: min(MOST_SAMPLED, int(identities * DRAWN_SHARE))]


def by_lot(pair_ids: Iterable[UUID], period: str, secret: bytes) -> list[UUID]:
    """Pairs in an order that is the same on every replica, and that nobody without the secret can work out."""

    def lot(pair_id: UUID) -> bytes:
        return hmac.digest(secret, f"agreement\x1f{period}\x1f{pair_id}".encode(), hashlib.sha256)

    return sorted(set(pair_ids), key=lot)
