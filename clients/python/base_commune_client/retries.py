"""When a call is tried again, and how long is waited before."""

from __future__ import annotations

import random
from dataclasses import dataclass

import httpx

PASSING = frozenset({429, 502, 503, 504})
"""Answers that say: not now. The service has done nothing, or will give the same answer to the same key."""

NOTHING_DONE = frozenset({429, 503})
"""Those among them that the service itself says: what was asked has not been done."""


@dataclass(frozen=True)
class Patience:
    """How often a call is tried, and how long one pause may be, in seconds.

    Pauses double from ``first`` and are drawn, so that many clients do not come back at once. What the service asks for
    (``Retry-After``) counts where it is longer.
    """

    tries: int = 6
    first: float = 0.25
    longest: float = 30.0

    def pause(self, attempt: int, asked: float = 0.0) -> float:
        """Seconds before the next attempt; ``attempt`` counts from 1."""
        drawn: float = random.uniform(0.5, 1.0) * min(self.first * 2 ** (attempt - 1), self.longest)
        return min(max(drawn, asked), self.longest)


def asked_pause(response: httpx.Response) -> float:
    """The seconds of ``Retry-After``; 0 where it says none."""
    try:
        return max(float(response.headers.get("Retry-After", "0")), 0.0)
    except ValueError:
        return 0.0
