"""A simulated year of ten caisses, of which one may refuse more than its files explain: the monitor is tried on it."""

from __future__ import annotations

import random

from services.reporting.domain.equal_treatment import Group, funnel, signals

CAISSES = [f"{n:03}" for n in range(1, 11)]
STRATA = {"first 1 caisse ordinary": 0.32, "first 3 tiers ordinary": 0.24, "renewal 1 caisse ordinary": 0.08}
"""The true share of refusals of files alike."""
STRICTER = "004"


def quarter(chance: random.Random, stricter: str = "", factor: float = 2.0) -> list[Group]:
    """A quarter of ten caisses of different sizes and mixes, refusing by the true shares but for one."""
    groups = []
    for at, caisse in enumerate(CAISSES):
        for n, (stratum, share) in enumerate(STRATA.items()):
            decisions = 60 + 25 * ((at * 3 + n * 5) % 7)
            rate = share * (factor if caisse == stricter else 1)
            refused = sum(chance.random() < rate for _ in range(decisions))
            groups.append(Group(caisse, stratum, decisions, {"refused": refused}))
    return groups


def year(seed: int, stricter: str = "", factor: float = 2.0) -> list[set[str]]:
    """The signals of each quarter of a year, from the first on."""
    chance = random.Random(seed)
    funnels = [funnel(quarter(chance, stricter, factor), "refused") for _ in range(4)]
    return [signals(funnels[: n + 1]) for n in range(4)]
