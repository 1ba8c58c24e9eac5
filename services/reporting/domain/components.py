"""What is stored of a figure: a count, the days of its cases, or the keys it counts once. PURE.

All three can be merged, so that the figure of all caisses follows from the stored figures of each, means, medians and
pairs that two caisses share included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from services.reporting.domain.indicator import Indicator, Value

Days = Mapping[int, int]
"""How many cases took how many days."""
Component = int | Days | frozenset[str]
Key = tuple[str, str]
"""The code of a line and the part of it."""


def component(indicator: Indicator, stored: Any) -> Component:
    """A figure as it comes from the database or from a stored row; None: nothing was found."""
    if indicator.measure.days:
        return {int(days): int(cases) for days, cases in (stored or {}).items()}
    if indicator.measure.distinct:
        return frozenset(map(str, stored or ()))
    return int(stored or 0)


def stored(one: Component) -> Any:
    """The same for JSON: in one order, so that equal figures have equal hashes."""
    if isinstance(one, frozenset):
        return sorted(one)
    return one if isinstance(one, int) else {str(days): one[days] for days in sorted(one)}


def merged(several: Iterable[Component]) -> Component:
    """One component of the same kind as ``several``, at least one, together."""
    first, *others = several
    if isinstance(first, int):
        return first + sum(other for other in others if isinstance(other, int))
    if isinstance(first, frozenset):
        return first.union(*(other for other in others if isinstance(other, frozenset)))
    total = Counter(first)
    for other in others:
        total.update(other)  # type: ignore[arg-type]
    return total


def value(indicator: Indicator, one: Component) -> Value:
    """The figure that people read."""
    if isinstance(one, int):
        return one
    if isinstance(one, frozenset):
        return len(one)
    match indicator.measure.show:
        case "mean":
            return mean(one)
        case "median":
            return at(one, 50)
    return at(one, 90)


def mean(days: Days) -> float | None:
    """The mean to one decimal, half away from zero; None of nothing."""
    cases = sum(days.values())
    if not cases:
        return None
    total = sum(length * count for length, count in days.items())
    return float((Decimal(total) / cases).quantize(Decimal("0.1"), ROUND_HALF_UP))


def at(days: Days, percent: int) -> int | None:
    """The smallest length that at least ``percent`` in a hundred cases do not exceed; None of nothing."""
    cases, reached = sum(days.values()), 0
    for length in sorted(days):
        reached += days[length]
        if reached * 100 >= cases * percent:
            return length
    return None
