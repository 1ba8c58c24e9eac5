"""Exact limits of counts: quantiles of the gamma distribution, which are those of Poisson limits. PURE.

Written out in some forty lines rather than brought along with scipy (docs/decisions): held to published figures by
the tests.
"""

from __future__ import annotations

import math

_STEPS = 500
_SMALL = 1e-15


def gamma_share(shape: float, x: float) -> float:
    """How much of a gamma distribution of this shape, and scale 1, lies below ``x``."""
    if x <= 0:
        return 0.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:  # the series goes fast below the mean, the fraction above it
        term = total = 1 / shape
        for n in range(1, _STEPS):
            term *= x / (shape + n)
            total += term
            if term < total * _SMALL:
                break
        return front * total
    above, below, fraction = 1e300, 1 / (x + 1 - shape), 1 / (x + 1 - shape)
    for n in range(1, _STEPS):
        factor, step = -n * (n - shape), x + 2 * n + 1 - shape
        below = 1 / (factor * below + step)
        above = step + factor / above
        fraction *= above * below
        if abs(above * below - 1) < _SMALL:
            break
    return 1 - front * fraction


def gamma_quantile(shape: float, share: float) -> float:
    """Where ``share`` of a gamma distribution lies below, to twelve digits."""
    low, high = 0.0, shape + 10 * math.sqrt(shape) + 10
    while gamma_share(shape, high) < share:
        high *= 2
    for _ in range(60):  # each halves what is left, of some hundreds
        middle = (low + high) / 2
        low, high = (middle, high) if gamma_share(shape, middle) < share else (low, middle)
    return (low + high) / 2


def exact_limits(expected: float, outside: float) -> tuple[float, float]:
    """Between which ratios to ``expected`` a count stays but for ``outside`` of all cases, half on each side."""
    return (
        gamma_quantile(expected, outside / 2) / expected,
        gamma_quantile(expected + 1, 1 - outside / 2) / expected,
    )
