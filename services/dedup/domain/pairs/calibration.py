"""How right the probabilities are, from what reviewers judged, and which thresholds follow from it (PURE).

Nothing here changes a threshold: a report proposes, a person accepts (``store/model_versions.py``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from services.dedup.domain.pairs.levels import Thresholds

EDGES: Final = (0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)
"""Bounds of the bins of the reliability table; each holds its lower bound."""
SAME_PERSON_PRECISION: Final = 0.99
TO_EXAMINE_PRECISION: Final = 0.5
CONFIDENCE: Final = 1.959964
"""Standard deviations of a two-sided interval of 95 %."""
FEWEST: Final = 100
NEAR: Final = 20
"""Judged pairs above a threshold under which nothing is proposed: chance alone would move it."""
STEPS: Final = (
    0.3,
    0.4,
    0.5,
    0.55,
    0.6,
    0.65,
    0.7,
    0.75,
    0.8,
    0.85,
    0.9,
    0.92,
    0.94,
    0.95,
    0.96,
    0.97,
    0.98,
    0.985,
    0.99,
    0.9925,
    0.995,
    0.9975,
    0.999,
    0.9995,
    0.9999,
)
"""Thresholds that may be proposed."""


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """A settled pair: the probability it was shown with, what people found, and whether it came by the blind
    control."""

    probability: float
    same: bool
    blind: bool = False


def interval(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), (0, 1) of nothing."""
    if not total:
        return 0.0, 1.0
    share, z2 = hits / total, CONFIDENCE**2
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = CONFIDENCE * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def reliability(judged: Iterable[JudgedPair]) -> list[dict[str, Any]]:
    """For each bin of probability: how many pairs, their mean probability, the share that were one person, its
    interval."""
    rows = list(judged)
    table = []
    for low, high in pairwise(EDGES):
        inside = [one for one in rows if low <= one.probability < high or (high == 1.0 and one.probability == 1.0)]
        if not inside:
            continue
        same = sum(one.same for one in inside)
        least, most = interval(same, len(inside))
        mean = sum(one.probability for one in inside) / len(inside)
        table.append(
            {
                "from": low,
                "to": high,
                "pairs": len(inside),
                "mean_probability": round(mean, 6),
                "share_same": round(same / len(inside), 6),
                "least": round(least, 6),
                "most": round(most, 6),
                "in_agreement": least <= mean <= most,
            }
        )
    return table


def proposed(judged: Sequence[JudgedPair], present: Thresholds) -> dict[str, Any]:
    """The thresholds that the judgements bear out, or the present ones with the reason why nothing is proposed.

    ``same_person``: the lowest step from which at least 99 % of the pairs were one person, by the lower bound of the
    interval,
    and near which pairs were shown that were so too: nothing is proposed where nobody has looked, nor because sure
    pairs far
    above outweigh wrong ones. ``to_examine``: the lowest step whose neighbourhood up to the next was one person at
    least half
    of the time, so that below it a reviewer would mostly look in vain; it is not raised over pairs that nobody judged.
    The
    blind control is left out: it was not shown by the thresholds.
    """
    shown = [one for one in judged if not one.blind]
    steps = dict(zip(STEPS, (*STEPS[1:], 1.1), strict=True))
    borne_out = {t for t in STEPS if _borne_out([one.same for one in shown if t <= one.probability < steps[t]])}
    candidates = sorted(borne_out | {present.same_person})
    same_person, why_same = _lowest(
        shown, SAME_PERSON_PRECISION, candidates, lambda t: (one for one in shown if one.probability >= t)
    )
    to_examine, why_examine = _lowest(
        shown,
        TO_EXAMINE_PRECISION,
        STEPS,
        lambda t: (one for one in shown if t <= one.probability < max(steps[t], t + 0.1)),
    )
    between = sum(present.to_examine <= one.probability < (to_examine or 0) for one in shown)
    if to_examine is not None and to_examine > present.to_examine and between < FEWEST:
        why_examine = f"{between} paires jugées au-dessus du seuil en vigueur : il en faut {FEWEST} pour le relever"
        to_examine = None
    values = {"same_person": same_person or present.same_person, "to_examine": to_examine or present.to_examine}
    values["to_examine"] = min(values["to_examine"], values["same_person"])
    return {**values, "reasons": {"same_person": why_same, "to_examine": why_examine}}


def _borne_out(same: Sequence[bool]) -> bool:
    return len(same) >= NEAR and sum(same) >= SAME_PERSON_PRECISION * len(same)


def _lowest(
    shown: Sequence[JudgedPair],
    precision: float,
    steps: Iterable[float],
    above: Callable[[float], Iterable[JudgedPair]],
) -> tuple[float | None, str]:
    if len(shown) < FEWEST:
        return None, f"{len(shown)} paires jugées : il en faut {FEWEST}"
    for step in steps:
        pairs = list(above(step))
        same = sum(one.same for one in pairs)
        least, _ = interval(same, len(pairs))
        if len(pairs) >= FEWEST and least >= precision:
            return step, f"{same} sur {len(pairs)} étaient la même personne (au moins {least:.2%} à 95 %)"
    return None, f"aucun seuil n'atteint {precision:.0%} de façon sûre : le seuil en vigueur reste proposé"


def missed(judged: Iterable[JudgedPair], drawn: int) -> dict[str, Any]:
    """What the silent level hides: of the best candidates of silent applications that were drawn, how many were one
    person.

    ``drawn``: how many were sent to the queue, judged or not.
    """
    blind = [one for one in judged if one.blind]
    same = sum(one.same for one in blind)
    least, most = interval(same, len(blind))
    return {"drawn": drawn, "judged": len(blind), "same": same, "least": round(least, 6), "most": round(most, 6)}


def report(judged: Sequence[JudgedPair], drawn: int, present: Thresholds) -> dict[str, Any]:
    """All of it, for one model version: figures and thresholds only, nobody's pair."""
    shown = [one for one in judged if not one.blind]
    return {
        "judged": len(judged),
        "present": {"same_person": present.same_person, "to_examine": present.to_examine},
        "reliability": reliability(shown),
        "blind_control": missed(judged, drawn),
        "proposed": proposed(judged, present),
    }
