"""What a random sample says of all files, and how far two reviewers agree. PURE.

The interval is Wilson's, with the correction for a finite population; agreement is Cohen's kappa. Both are held to
published figures by the tests.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Interval:
    """A share in percent, and between what it lies for all files, in 95 of 100 samples."""

    share: float
    low: float
    high: float


def interval(found: int, looked_at: int, of_all: int) -> Interval | None:
    """The share of ``found`` among ``looked_at``, drawn at random of ``of_all``; None of nothing."""
    if looked_at == 0:
        return None
    share = found / looked_at
    left = (of_all - looked_at) / (of_all - 1) if of_all > 1 else 0.0
    if left <= 0:
        return Interval(round(100 * share, 1), round(100 * share, 1), round(100 * share, 1))
    seen = looked_at / left  # of a small population a sample says as much as a larger one of a large
    squared = Z95**2
    middle = (share + squared / (2 * seen)) / (1 + squared / seen)
    half = Z95 * math.sqrt(share * (1 - share) / seen + squared / (4 * seen**2)) / (1 + squared / seen)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Interval(round(100 * share, 1), round(100 * low, 1), round(100 * high, 1))


def sample_size(margin: float, of_all: int | None = None) -> int:
    """How many files for an interval of plus or minus ``margin`` points at 95 %, whatever the share; ``of_all``: of so
    many."""
    large = Z95**2 * 0.25 / (margin / 100) ** 2
    return math.ceil(large if of_all is None else large / (1 + (large - 1) / of_all))


def kappa(both_yes: int, both_no: int, first_only: int, second_only: int) -> float | None:
    """Cohen's kappa of two reviewers: 1 when they always agree, 0 when no more than by chance. None of nothing, or
    where both always say the same one thing."""
    total = both_yes + both_no + first_only + second_only
    if total == 0:
        return None
    observed = (both_yes + both_no) / total
    first, second = (both_yes + first_only) / total, (both_yes + second_only) / total
    chance = first * second + (1 - first) * (1 - second)
    return None if chance == 1 else round((observed - chance) / (1 - chance), 3)
