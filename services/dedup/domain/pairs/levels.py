"""Thresholds, the level of a candidate, the blind control."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """The level at which a candidate is shown."""

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


def sampled_for_blind_control(
    application_id: str, period: str, secret: bytes, share: float = BLIND_CONTROL_SHARE
) -> bool:
    """Whether a silent application sends its best candidate to the queue to measure what is missed.

    Reproducible for whoever holds the secret: the same application and period are drawn alike on every replica.  Nobody
    else can work out who was drawn, for the reviewer must not know.  The drawn case is shown among the others and is
    never an open signal on the file.
    """
    digest = hmac.digest(secret, f"{period}\x1f{application_id}".encode(), hashlib.sha256)
    return int.from_bytes(digest[:8], "big") < int(share * 2**64)
