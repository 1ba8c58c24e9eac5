"""Learn the weight of each feature: a logistic scorecard whose signs are fixed by what the features mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.features import FEATURES

Floats = npt.NDArray[np.float64]

FOR: Final = frozenset(
    [
        "family_exact",
        "family_variant",
        "given_exact",
        "given_variant",
        "fields_exchanged_exact",
        "fields_exchanged_variant",
        "usage_name",
        "names_joined",
        "initial",
        "country_same",
        "sex_same",
        "place_same",
        "place_near",
        "postcode_same",
        "caisse_same",
        "date_exact",
    ]
)
"""Features that may only speak for the same person."""
AGAINST: Final = frozenset(
    [
        "spelling_gap",
        "family_conflict",
        "family_extra",
        "family_none",
        "given_conflict",
        "given_extra",
        "given_none",
        "worst_spelling",
        "twin",
        "sibling",
        "namesake",
        "names_without_date",
        "sex_differs",
        "country_differs",
        "nationality_differs",
        "place_differs",
        "conflict_despite_date",
        "date_far",
    ]
)
"""Features that may only speak against."""
RULES: Final = frozenset(["drift_agrees", "other_family_name"])
"""Features that a rule of the model uses, and no weight."""


@dataclass(slots=True)
class Scorecards:
    """One line of weights per innocent explanation, with its constant and its slope of ln(size)."""

    weights: Floats
    constants: Floats
    slopes: Floats

    def score(self, x: Floats, log_size: Floats) -> Floats:
        """Log-odds of each line of ``x`` at ln(size / reference size)."""
        return self._parts(x, log_size)[0]

    def _parts(self, x: Floats, log_size: Floats) -> tuple[Floats, Floats]:
        """(log-odds, share of each explanation)."""
        against = x @ self.weights.T + self.constants - log_size[:, None] * self.slopes
        lowest = against.min(1, keepdims=True)
        chance = np.exp(lowest - against)
        share = chance.sum(1, keepdims=True)
        return (lowest - np.log(share))[:, 0], chance / share


def bounds() -> tuple[Floats, Floats]:
    """Lowest and highest weight each feature may take."""
    lower = np.array([0.0 if name in FOR | RULES else -np.inf for name in FEATURES])
    upper = np.array([0.0 if name in AGAINST | RULES else np.inf for name in FEATURES])
    return lower, upper


def fit_one(x: Floats, y: Floats, log_size: Floats, importance: Floats, penalty: float = 1e-6) -> Scorecards:
    """A single scorecard by logistic regression with sign constraints (projected Newton)."""
    count = x.shape[1]
    table = np.hstack([x, np.ones((len(x), 1)), -log_size[:, None]])
    lower, upper = bounds()
    lower, upper = np.append(lower, [-np.inf, 0.0]), np.append(upper, [np.inf, np.inf])
    ridge = np.full(count + 2, penalty * importance.sum())
    ridge[-2:] = 1e-9
    w = bounded_logistic(table, y, importance, ridge, lower, upper)
    return Scorecards(w[None, :count], w[count : count + 1], w[count + 1 :])


def bounded_logistic(
    table: Floats, y: Floats, importance: Floats, ridge: Floats, lower: Floats, upper: Floats
) -> Floats:
    """Weights of a logistic regression that stay between ``lower`` and ``upper`` (projected Newton)."""

    def loss(w: Floats) -> float:
        score = np.clip(table @ w, -40, 40)
        return float((importance * (np.logaddexp(0.0, score) - y * score)).sum() + 0.5 * (ridge * w * w).sum())

    w = np.clip(np.zeros(table.shape[1]), lower, upper)
    now = loss(w)
    for _ in range(200):
        p = logistic(table @ w)
        gradient = table.T @ (importance * (p - y)) + ridge * w
        curvature = importance * np.maximum(p * (1 - p), 1e-6)
        hessian = (table * curvature[:, None]).T @ table + np.diag(ridge + 1e-6)
        free = ~(((w <= lower) & (gradient > 0)) | ((w >= upper) & (gradient < 0)))
        step = np.zeros_like(w)
        step[free] = np.linalg.solve(hessian[np.ix_(free, free)], gradient[free])
        share = 1.0
        while (later := loss(moved := np.clip(w - share * step, lower, upper))) > now and share > 1e-6:
            share /= 2
        done = now - later < 1e-9 * abs(now)
        if later < now:
            w, now = moved, later
        if done:
            break
    return w


def fit(
    x: Floats,
    y: Floats,
    log_size: Floats,
    explanations: int = 2,
    penalty: float = 1e-6,
    epochs: int = 60,
    seed: int = 1,
) -> Scorecards:
    """The scorecards of ``explanations`` innocent explanations together, by stochastic gradient (Adam) from a single
    one.

    ``log_size``: ln(size of the base / reference size) of each pair.  Nothing tells which explanation is which: the one
    whose slope ends near 1 is the stranger.
    """
    rng = np.random.default_rng(seed)
    single = fit_one(x, y, log_size, np.ones(len(y)))
    kept = (y > 0) | (single.score(x, log_size) > -7) | (rng.random(len(y)) < 0.1)
    importance = np.where((y > 0) | (single.score(x, log_size) > -7), 1.0, 10.0)[kept]
    x, y, log_size = x[kept], y[kept], log_size[kept]
    spread = x.std(0) + 1e-3
    pace = np.minimum(1 / spread, 3) * 0.5
    lower, upper = bounds()
    shape = (explanations, x.shape[1])
    weights = single.weights * (1 + 0.3 * rng.standard_normal(shape)) + 0.05 * rng.standard_normal(shape)
    constants = np.full(explanations, single.constants[0] + np.log(explanations))
    cards = Scorecards(np.clip(weights, lower, upper), constants, np.linspace(0, 1, explanations))
    memory = [(np.zeros_like(v), np.zeros_like(v)) for v in (cards.weights, cards.constants, cards.slopes)]
    batch, step = 8192, 0
    for epoch in range(epochs):
        rate = 0.05 * 0.1 ** (epoch / epochs)
        order = rng.permutation(len(y))
        for at in range(0, len(y), batch):
            some = order[at : at + batch]
            step += 1
            score, share = cards._parts(x[some], log_size[some])
            error = (importance[some] * (logistic(score) - y[some]))[:, None] * share
            slopes_gradient = -(error * log_size[some][:, None]).mean(0)
            gradients = (
                error.T @ x[some] / len(some) + penalty * cards.weights * spread**2,
                error.mean(0),
                slopes_gradient,
            )
            moves = []
            for (first, second), gradient in zip(memory, gradients, strict=True):
                first += 0.1 * (gradient - first)
                second += 0.01 * (gradient**2 - second)
                moves.append(rate * first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8))
            cards.weights = np.clip(cards.weights - moves[0] * pace, lower, upper)
            cards.constants = cards.constants - moves[1]
            cards.slopes = np.clip(cards.slopes - moves[2], 0.0, 1.2)
    return cards


def logistic(score: Floats) -> Floats:
    """Probabilities of log-odds; of minus infinity (no candidate at all), none to speak of."""
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(score, -40, 40)))
    return result


def recall_at(
    scores: Floats, right: npt.NDArray[np.bool_], positives: int, precision: float = 0.99
) -> tuple[float, float]:
    """(recall, threshold) at the lowest threshold whose precision holds, over the best candidate of each query."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    holds = np.flatnonzero(hits / np.arange(1, len(order) + 1) >= precision)
    if not len(holds):
        return 0.0, float("inf")
    return float(hits[holds[-1]] / max(positives, 1)), float(scores[order][holds[-1]])


def average_precision(scores: Floats, same: npt.NDArray[np.bool_], balanced: bool = False) -> float:
    """Area under the precision-recall curve; ``balanced``: as if there were as many of either answer."""
    order = np.argsort(-scores, kind="stable")
    found = same[order].astype(float)
    wrong = 1.0 - found
    if balanced and wrong.any():
        wrong *= found.sum() / wrong.sum()
    precision = np.cumsum(found) / np.maximum(np.cumsum(found + wrong), 1e-12)
    return float((precision * found).sum() / max(found.sum(), 1.0))
