"""Statistical secrecy: which counts are too small to be shown outside the caisse. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.reporting.domain.indicator import Indicator, Value


@dataclass(frozen=True)
class SmallCells:
    """Statistical secrecy: a count from 1 to ``below`` - 1 is not shown outside the caisse. The threshold is [M]."""

    below: int = 5
    reference: str = "Usage du secret statistique ; seuil à confirmer par la tutelle"
    confidence: Literal["M"] = "M"

    def hides(self, indicator: Indicator, value: Value) -> bool:
        """Whether a count of persons is too small to be shown."""
        return indicator.counts_persons and value is not None and 0 < value < self.below


SMALL_CELLS = SmallCells()
