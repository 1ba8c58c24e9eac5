"""Equal treatment, measured: each caisse beside what its files would have brought at the national rates. PURE.

A ratio of 1 is what the country does with files alike (indirect standardisation over strata). Around it lie exact
Poisson limits of 95 and 99.8 %, widened where caisses differ more among each other than chance does. A point outside is
a reason to look at files, never a verdict; there is no ranking. Nothing here knows nationality or birthplace.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.reporting.domain.poisson import exact_limits

LEAST_DECISIONS = 100
"""Below so many decisions of a quarter no point is drawn: chance would be all there is to see. Ours."""
QUARTERS_BEFORE_A_SIGNAL = 2
WINSORISED = 0.1
Z = {95: 1.959964, 99.8: 3.090232}
Verdict = Literal["too_few", "inside", "watch", "outside"]

MEASURES: Mapping[str, str] = {
    "refused": "Refus explicites",
    "lapsed": "Demandes closes par le silence",
    "requests": "Demandes de pièces",
    "outside_texts": "Pièces demandées hors des textes",
    "slow": "Décisions en plus de 60 jours",
    "uncollected": "Titres non retirés depuis plus de 30 jours",
    "overturned": "Recours donnant raison à la personne",
}
"""What is compared, each per decision of the same stratum. Refusals by motive come beside them, by their code."""


@dataclass(frozen=True)
class Group:
    """Decisions of one caisse alike in everything that may explain a difference: first or renewal, size of the
    household, channel, route. ``counts``: by measure."""

    caisse: str
    stratum: str
    decisions: int
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Point:
    """One caisse in one quarter: what it did, and what was to be expected of its files."""

    caisse: str
    decisions: int
    observed: int
    expected: float
    limits95: tuple[float, float]
    limits998: tuple[float, float]

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.observed / self.expected if self.expected else 1.0

    @property
    def drawn(self) -> bool:
        """Whether there are decisions enough to say anything."""
        return self.decisions >= LEAST_DECISIONS and self.expected > 0

    @property
    def verdict(self) -> Verdict:
        """Where the point lies. ``outside``: of the limits of 99.8 %."""
        if not self.drawn:
            return "too_few"
        if not self.limits998[0] <= self.ratio <= self.limits998[1]:
            return "outside"
        return "inside" if self.limits95[0] <= self.ratio <= self.limits95[1] else "watch"


@dataclass(frozen=True)
class Funnel:
    """One measure of one quarter. ``phi``: how much more the caisses differ than by chance, 1: not more."""

    measure: str
    points: tuple[Point, ...]
    phi: float
    tau2: float

    def point(self, caisse: str) -> Point | None:
        """The point of one caisse, if it decided anything."""
        return next((one for one in self.points if one.caisse == caisse), None)


def expected_of(groups: Sequence[Group], measure: str) -> dict[str, float]:
    """What each caisse would have had at the national rate of each stratum."""
    decisions: dict[str, int] = defaultdict(int)
    counts: dict[str, int] = defaultdict(int)
    for group in groups:
        decisions[group.stratum] += group.decisions
        counts[group.stratum] += group.counts.get(measure, 0)
    found: dict[str, float] = defaultdict(float)
    for group in groups:
        found[group.caisse] += group.decisions * counts[group.stratum] / decisions[group.stratum]
    return dict(found)


def funnel(groups: Sequence[Group], measure: str) -> Funnel:
    """The points of all caisses, in the order of their codes."""
    expected = expected_of(groups, measure)
    decisions: dict[str, int] = defaultdict(int)
    observed: dict[str, int] = defaultdict(int)
    for group in groups:
        decisions[group.caisse] += group.decisions
        observed[group.caisse] += group.counts.get(measure, 0)
    enough = [
        (observed[caisse], expected[caisse])
        for caisse in sorted(expected)
        if decisions[caisse] >= LEAST_DECISIONS and expected[caisse] > 0
    ]
    phi, tau2 = dispersion(enough)
    points = tuple(
        Point(caisse, decisions[caisse], observed[caisse], expected[caisse], *limits(expected[caisse], tau2))
        for caisse in sorted(expected)
    )
    return Funnel(measure, points, phi, tau2)


def limits(expected: float, tau2: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """The limits of 95 and of 99.8 % around a ratio of 1."""
    if expected <= 0:
        return (1.0, 1.0), (1.0, 1.0)
    if tau2 <= 0:
        return exact_limits(expected, 0.05), exact_limits(expected, 0.002)
    wide = math.sqrt(1 / expected + tau2)
    (inner, outer) = ((math.exp(-z * wide), math.exp(z * wide)) for z in Z.values())
    return inner, outer


def dispersion(counts: Iterable[tuple[float, float]], winsorised: float = WINSORISED) -> tuple[float, float]:
    """How far caisses differ beyond chance: the dispersion ratio of winsorised scores, and the variance between
    caisses that it means (Spiegelhalter 2005, additive). Winsorising keeps one caisse far off from hiding itself."""
    pairs = [(observed or 0.5, expected) for observed, expected in counts]
    if len(pairs) < 2:
        return 1.0, 0.0
    scores = [math.sqrt(expected) * math.log(observed / expected) for observed, expected in pairs]
    low, high = _quantile(scores, winsorised), _quantile(scores, 1 - winsorised)
    phi = sum(min(max(score, low), high) ** 2 for score in scores) / len(scores)
    n, weights = len(pairs), [expected for _, expected in pairs]
    if n * phi < n - 1:
        return phi, 0.0
    spread = sum(weights) - sum(weight**2 for weight in weights) / sum(weights)
    return phi, max(0.0, (n * phi - (n - 1)) / spread)


def _quantile(values: Sequence[float], share: float) -> float:
    ordered, at = sorted(values), (len(values) - 1) * share
    below = math.floor(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])


def signals(quarters: Sequence[Funnel], running: int = QUARTERS_BEFORE_A_SIGNAL) -> set[str]:
    """The caisses that lie outside, on the same side, in each of the last ``running`` quarters (the oldest first)."""
    last = quarters[-running:]
    if len(last) < running:
        return set()
    sides: list[set[tuple[str, bool]]] = [
        {(point.caisse, point.ratio > 1) for point in one.points if point.verdict == "outside"} for one in last
    ]
    return {caisse for caisse, _ in set.intersection(*sides)}
