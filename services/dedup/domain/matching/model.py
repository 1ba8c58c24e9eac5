"""Features, points and probability: what the model file says and how a pair is scored with it.

Two records that agree may be one person, or there may be an innocent explanation: a *relative or look-alike* (twin,
brother,
parent), or a *stranger* who by chance bears a like name.  Each explanation has a scorecard: each feature (``FEATURES``)
times
a learned weight gives *points* (nats of log-odds) for "same person" against it, plus a constant, minus its slope times
ln(size of the base / reference size): a base ten times larger holds ten times more strangers but no more brothers of
the
applicant.  Both slopes are learned and come out near 0 and near 1.  The score is the log-odds against all the
explanations:

    total = -ln( sum over h of exp( -(points_h + constant_h - slope_h ln(size / reference)) ) )

so a probability always knows how many records it was weighed against.  The points shown are those against each
explanation
in proportion to its likelihood; what the constants and the size contribute is the *prior*; prior + points = total.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.features import DATE_CLASSES, FEATURES, NAME_CARDS, NAME_FEATURES
from services.dedup.domain.matching.phonetics import LETTERS, consonant_classes
from services.dedup.domain.matching.record import SPELLING_SCALE

MODEL_DIRECTORY: Final = Path(__file__).parents[2] / "model"
CURRENT_MODEL: Final = "v3"

"""Names of the features, in the order of the points of a ``Match``."""

"""Evidence of two names compared alone."""

"""Names alone are weighed by a card of their kind: one word each; several words in an alphabet that writes vowels;
others."""

GROUPS: Final = 3
KEY_WEIGHT: Final = 1.0
"""Points that one unit of shared-key weight is worth in the rough ranking."""
DATE_SHARE: Final = 0.45
"""What the dates of the scorecard count there: most shared keys hold a date, which must not speak twice."""
PLACE_START: Final = 1.5
PLACE_WHOLE: Final = 0.5

"""Pairs of tokens whose likeness a thread remembers."""

"""Counters of tokens, skeletons and places (powers of two): far more than there are, so that few share one."""
ABSENT: Final = -99.0
NO_RULE: Final = 1e9


@dataclass(frozen=True)
class Model:
    """One version of everything that was learned; immutable, read from ``model/<version>.json``."""

    version: str
    document: dict[str, Any]

    @cached_property
    def scorecard(self) -> tuple[npt.NDArray[np.float64], ...]:
        """(weights (hypotheses x features), constants, slopes of ln(size), (reference size, pseudo-records, *rules)).

        A feature that a version does not know weighs nothing in it.
        """
        cards = self.document["scorecards"]
        return (
            np.array([[card["weights"].get(name, 0.0) for name in FEATURES] for card in cards], np.float64),
            np.array([card["constant"] for card in cards], np.float64),
            np.array([card["size_slope"] for card in cards], np.float64),
            np.array([self.document["reference_size"], self.document["prior_records"], *self.rules], np.float64),
        )

    @cached_property
    def rules(self) -> tuple[float, float]:
        """Log-odds that two records of other family names do not exceed (``other_family_name``), and those that two
        records reach which differ by a year that drifts alone (``drift_agrees``); without effect in earlier versions.
        """
        rules = self.document.get("rules", {"other_family_name": None, "drift_agrees": None})
        most, least = rules["other_family_name"], rules["drift_agrees"]
        return (
            NO_RULE if most is None else math.log(most / (1.0 - most)),
            -NO_RULE if least is None else math.log(least / (1.0 - least)),
        )

    @cached_property
    def classes(self) -> npt.NDArray[np.uint8]:
        """Consonant class of a letter followed by a letter (32 x 32); +16 when the two letters count as one."""
        return consonant_classes()

    @cached_property
    def spelling_tables(self) -> tuple[npt.NDArray[Any], ...]:
        """(sub, ins, dbl, end, two, pairs, bias, prefixes, prefix_weights, most) by source script group.

        Weights are integers, in 1/SPELLING_SCALE.  ``pairs``: for two letters, the letters (one bit each) that may
        stand for
        both.  ``most``: the best that a letter can ever contribute, to give up early on hopeless pairs.
        """
        sub = np.zeros((GROUPS, LETTERS, LETTERS), np.float32)
        ins = np.zeros((GROUPS, LETTERS), np.float32)
        dbl, end = ins.copy(), ins.copy()
        two = np.full((GROUPS, LETTERS, LETTERS, LETTERS), ABSENT, np.float32)
        bias = np.zeros((GROUPS, 2), np.float32)
        spelling = self.document["spelling"]
        heads: list[str] = spelling["prefixes"]
        prefixes = np.zeros((len(heads), 8), np.int64)
        prefix_weights = np.full((GROUPS, len(heads)), ABSENT, np.float32)
        for p, head in enumerate(heads):
            prefixes[p, 0] = len(head)
            prefixes[p, 1 : 1 + len(head)] = [code(c) for c in head]
        for g, group in enumerate(spelling["groups"]):
            bias[g] = group["bias"], group["first"]
            for pair, weight in group["substitute"].items():
                a, b = map(code, pair)
                sub[g, a, b] = sub[g, b, a] = weight
            for name, table in (("gap", ins), ("double", dbl), ("last", end)):
                for letter, weight in group[name].items():
                    table[g, code(letter)] = weight
            for triple, weight in group["digraph"].items():
                a, b, c = map(code, triple)
                two[g, a, b, c] = weight
            for p, weight in enumerate(group["prefix"]):
                prefix_weights[g, p] = weight
        most = np.maximum.reduce([sub.max(2), ins, dbl, end, np.zeros_like(ins)])
        most = np.maximum(most, two.max((1, 2)))  # a letter that takes part in a digraph, at any of its three places
        most = np.maximum(most, two.max((1, 3)).clip(0))
        most = np.maximum(most, two.max((2, 3)).clip(0))
        bits = np.int64(1) << np.arange(LETTERS)
        pairs = ((two > ABSENT) * bits).sum(3)
        weights = (np.rint(t * SPELLING_SCALE).astype(np.int32) for t in (sub, ins, dbl, end, two))
        rest = (np.rint(t * SPELLING_SCALE).astype(np.int32) for t in (bias, prefix_weights, most))
        scaled_bias, scaled_prefixes, scaled_most = rest
        return *weights, pairs, scaled_bias, prefixes, scaled_prefixes, scaled_most

    @cached_property
    def names_only(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """(weights (NAME_CARDS x NAME_FEATURES), intercepts) of the comparison of names alone.

        Raises ValueError for a version that weighed other features (v1, kept for the signals it scored).
        """
        try:
            cards = [self.document["names_only"][card] for card in NAME_CARDS]
        except KeyError:
            raise ValueError(f"le modèle {self.version} ne sait pas comparer des noms seuls") from None
        return (
            np.array([[card["weights"][name] for name in NAME_FEATURES] for card in cards], np.float64),
            np.array([card["intercept"] for card in cards], np.float64),
        )

    def kernel(self) -> tuple[Any, ...]:
        """What the kernels take as ``model``."""
        return self.classes, self.spelling_tables, self.scorecard, self.rough

    @cached_property
    def rough(self) -> npt.NDArray[np.float64]:
        """Points of the rough ranking before scoring (``kernels_search.sift``), from the scorecard against strangers.

        Of one unit of key weight; of each date class; of another sex, another country, a place that begins alike and is
        the same to its end, the same caisse, the same postcode.
        """
        card = self.document["scorecards"][-1]["weights"]
        dates = [DATE_SHARE * card[name] for name in FEATURES[:DATE_CLASSES]]
        others = [card["sex_differs"], card["country_differs"], PLACE_START, PLACE_WHOLE]
        return np.array([KEY_WEIGHT, *dates, *others, card["caisse_same"], card["postcode_same"]], np.float64)


def code(letter: str) -> int:
    """a = 1 .. z = 26."""
    return ord(letter) - 96


@lru_cache(maxsize=4)
def load_model(version: str = CURRENT_MODEL) -> Model:
    """The model of that version.  Raises FileNotFoundError when there is none."""
    path = MODEL_DIRECTORY / f"{version}.json"
    return Model(version, json.loads(path.read_text("utf-8")))


def probability(log_odds: float) -> float:
    """Log-odds to a probability strictly between 0 and 1."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-min(log_odds, 36.0)))
    e = math.exp(max(log_odds, -700.0))
    return e / (1.0 + e)
