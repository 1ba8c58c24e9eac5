"""Statistical secrecy: which counts are too small to be shown outside the caisse. PURE."""

from __future__ import annotations

from dataclasses import dataclass

from services.reporting.domain.indicator import Indicator, Value
from services.reporting.domain.outside import SECRECY


@dataclass(frozen=True)
class SmallCells:
    """A count from 1 to ``below`` - 1 is not shown outside the caisse: the one threshold of ``domain/outside.py``."""

    below: int = SECRECY.below

    def hides(self, indicator: Indicator, value: Value) -> bool:
        """Whether a count of persons is too small to be shown."""
        return indicator.counts_persons and value is not None and 0 < value < self.below


SMALL_CELLS = SmallCells()
