"""Learn the weight of each feature: a logistic scorecard whose signs are fixed by what the features mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from services.dedup.scoring import FEATURES

Floats = npt.NDArray[np.float64]

FOR: Final = frozenset(
    "family_exact family_variant given_exact given_variant fields_exchanged_exact fields_exchanged_variant usage_name "
    "names_joined initial country_same sex_same place_same place_near postcode_same caisse_same date_exact".split()
)
"""Features that may only speak for the same person."""
AGAINST: Final = frozenset(
    "spelling_gap family_conflict family_extra family_none given_conflict given_extra given_none worst_spelling twin sibling "
    "namesake names_without_date sex_differs country_differs nationality_differs place_differs conflict_despite_date "
    "date_far".split()
)
"""Features that may only speak against."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Weights by feature, the intercept at the reference size, and the slope of ln(size)."""

    weights: Floats
    intercept: float
    size_slope: float


def fit(x: Floats, y: Floats, log_size: Floats, importance: Floats, penalty: float = 1e-4, rounds: int = 400) -> Scorecard:
    """Penalised logistic regression with sign constraints, by projected Newton steps on a diagonal-damped Hessian.

    ``log_size``: ln(size of the base / reference size) of each pair; its slope is learned and is not positive.
    """
    count = x.shape[1]
    table = np.hstack([x, np.ones((len(x), 1)), -log_size[:, None]])
    lower = np.full(count + 2, -np.inf)
    upper = np.full(count + 2, np.inf)
    for n, name in enumerate(FEATURES):
        if name in FOR:
            lower[n] = 0.0
        if name in AGAINST:
            upper[n] = 0.0
    lower[-1] = 0.0
    w = np.zeros(count + 2)
    ridge = np.full(count + 2, penalty * importance.sum())
    ridge[-2:] = 1e-9
    for _ in range(rounds):
        p = 1.0 / (1.0 + np.exp(-np.clip(table @ w, -40, 40)))
        gradient = table.T @ (importance * (p - y)) + ridge * w
        curvature = importance * np.maximum(p * (1 - p), 1e-6)
        hessian = (table * curvature[:, None]).T @ table + np.diag(ridge + 1e-6)
        free = ~(((w <= lower) & (gradient > 0)) | ((w >= upper) & (gradient < 0)))
        step = np.zeros_like(w)
        step[free] = np.linalg.solve(hessian[np.ix_(free, free)], gradient[free])
        moved = np.clip(w - step, lower, upper)
        if np.abs(moved - w).max() < 1e-6:
            w = moved
            break
        w = moved
    return Scorecard(w[:count], float(w[count]), float(w[count + 1]))


@dataclass(frozen=True, slots=True)
class Quality:
    """One line of the report, by the rule of best candidate per query."""

    recall: float
    threshold: float
    recall_best: float
    calibration: tuple[tuple[float, float, int], ...]


def recall_at(scores: Floats, right: npt.NDArray[np.bool_], positives: int, precision: float = 0.99) -> tuple[float, float]:
    """(recall, threshold) at the lowest threshold whose precision holds, over the best candidate of each query."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    holds = np.flatnonzero(hits / np.arange(1, len(order) + 1) >= precision)
    if not len(holds):
        return 0.0, float("inf")
    return float(hits[holds[-1]] / max(positives, 1)), float(scores[order][holds[-1]])


def average_precision(scores: Floats, same: npt.NDArray[np.bool_]) -> float:
    """Area under the precision-recall curve."""
    order = np.argsort(-scores, kind="stable")
    found = same[order].astype(float)
    precision = np.cumsum(found) / np.arange(1, len(found) + 1)
    return float((precision * found).sum() / max(found.sum(), 1.0))
