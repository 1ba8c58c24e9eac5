"""Learn everything again with one command and write one model file.

    python -m services.dedup.training --data DIR --out services/dedup/model/vN.json

DIR holds base, queries, truth and pairs (see the README).  A third of the persons and 15 % of the spellings are kept
out
and measured on; the figures go into the file; then the tables are learned once more from everything.  Nothing of DIR
is written but tables: edit weights, shares of names borne by many people, feature weights.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.explanation import FEATURE_WORDING
from services.dedup.domain.matching.features import FEATURES
from services.dedup.domain.matching.model import Model, probability
from services.dedup.domain.matching.normalisation import unpack
from services.dedup.index.index import Index
from services.dedup.training import names
from services.dedup.training.data import Material, Rows, read_material, strangers
from services.dedup.training.scorecard import Scorecards, fit, recall_at

REFERENCE_SIZE: Final = 100_000
PRIOR_RECORDS: Final = 20_000
OTHER_FAMILY_CEILING: Final = 0.98
"""Probability that records of other family names do not exceed: two men, or a date that is a default (``RULES``)."""
DRIFT_FLOOR: Final = 0.5
"""Probability that records reach which differ by a year alone, where an age is declared or a day is a default."""
FEWEST_BEARERS: Final = 15
"""Names and places borne by fewer people are not kept: they could point at someone."""
CANDIDATES_LEARNED: Final = 20
SEED: Final = 20_260_101


def say(text: str) -> None:
    """Progress, for the person who waits."""
    print(f"[{time.perf_counter() - _START:6.1f} s] {text}", file=sys.stderr, flush=True)


_START: Final = time.perf_counter()


@dataclass(slots=True)
class Candidates:
    """Scored pairs of one base size: query number, row number, features, whether one person; blocking recall."""

    size: int
    query: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    x: npt.NDArray[np.float64]
    same: npt.NDArray[np.bool_]
    reached: npt.NDArray[np.bool_]

    @property
    def log_size(self) -> npt.NDArray[np.float64]:
        """For each pair, the log of the base's size over the reference size."""
        return np.full(len(self.query), np.log(self.size / REFERENCE_SIZE))


def logit(share: float) -> float:
    """Log-odds of a probability."""
    return math.log(share / (1.0 - share))


def shares(base: Rows) -> tuple[dict[str, float], dict[str, float]]:
    """Share of the people who bear a name, or were born in a place, for those borne by FEWEST_BEARERS people or
    more."""
    tokens: Counter[str] = Counter()
    places: Counter[str] = Counter()
    seen = set()
    for row in base:
        person = unpack(row.tobytes())
        key = (person.family, person.given, person.year, person.month, person.day)
        if key in seen:
            continue
        seen.add(key)
        tokens.update(set(person.family + person.given + person.usage))
        if person.place:
            places[person.place] += 1
    return tuple(  # type: ignore[return-value]
        {text: round(n / len(seen), 7) for text, n in sorted(counts.items()) if n >= FEWEST_BEARERS}
        for counts in (tokens, places)
    )


def name_lists(base: Rows) -> dict[str, Any]:
    """Frequent family names, given names by sex and places of each country, with their shares: what bench/ generates
    from."""
    counts: dict[str, dict[str, Counter[str]]] = {}
    people: Counter[str] = Counter()
    seen = set()
    for row in base:
        person = unpack(row.tobytes())
        key = (person.family, person.given, person.year, person.month, person.day)
        if key in seen or not person.country:
            continue
        seen.add(key)
        letters = person.country - 1
        country = chr(65 + letters // 26) + chr(65 + letters % 26)
        people[country] += 1
        lists = counts.setdefault(country, {name: Counter() for name in ("family", "M", "F", "place")})
        lists["family"].update(set(person.family))
        if person.sex:
            lists["M" if person.sex == 1 else "F"].update(set(person.given))
        if person.place:
            lists["place"][person.place] += 1
    out: dict[str, Any] = {}
    for country, number in people.most_common():
        kept = {
            name: {
                text: round(n / number, 5) for text, n in sorted(tally.items()) if n >= FEWEST_BEARERS and len(text) > 1
            }
            for name, tally in counts[country].items()
        }
        if number >= 300 and all(len(tally) >= 3 for tally in kept.values()):
            out[country] = {"share": round(number / len(seen), 5), **kept}
    return out


def gather(model: Model, material: Material, size: int, seed: int) -> Candidates:
    """Search every query in the base enlarged to ``size`` with strangers, and describe its best candidates."""
    extra = size - len(material.base)
    base = np.vstack([material.base, strangers(material.base, extra, seed)]) if extra > 0 else material.base
    index = Index(model, reserve=16)
    index.build(base, np.arange(len(base)))
    found = index.search_many(material.queries, limit=CANDIDATES_LEARNED, blocked=96)
    query, place = np.nonzero(found.seqs >= 0)
    row = found.seqs[query, place]
    x, _, _ = index.evidence(material.queries[query], base[row])
    reached = np.array(
        [not truth or bool(truth & set(b)) for truth, b in zip(material.truth, found.blocked, strict=True)]
    )
    same = np.array([r in material.truth[q] for q, r in zip(query, row, strict=True)])
    positives = np.array([bool(truth) for truth in material.truth])
    say(f"base of {len(base)}: blocking recall {reached[positives].mean():.4f}, {len(query)} pairs")
    return Candidates(len(base), query, row, x, same, reached)


def learn_scorecards(groups: Sequence[Candidates], chosen: npt.NDArray[np.bool_]) -> Scorecards:
    """Fit on the pairs of the chosen queries at all sizes."""
    keep = [chosen[g.query] for g in groups]
    x = np.vstack([g.x[m] for g, m in zip(groups, keep, strict=True)])
    y = np.concatenate([g.same[m] for g, m in zip(groups, keep, strict=True)]).astype(float)
    log_size = np.concatenate([g.log_size[m] for g, m in zip(groups, keep, strict=True)])
    return fit(x, y, log_size)


def measure(cards: Scorecards, group: Candidates, material: Material, chosen: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """The report of one size on the chosen queries, by the rule of the best candidate of each."""
    scores = np.full(len(material.queries), -np.inf)
    right = np.zeros(len(material.queries), bool)
    ceiling = np.where(group.x[:, FEATURES.index("other_family_name")] > 0, logit(OTHER_FAMILY_CEILING), np.inf)
    floor = np.where(group.x[:, FEATURES.index("drift_agrees")] > 0, logit(DRIFT_FLOOR), -np.inf)
    found = np.minimum(np.maximum(cards.score(group.x, group.log_size), floor), ceiling)
    for q, s, same in zip(group.query, found, group.same, strict=True):
        if s > scores[q]:
            scores[q], right[q] = s, same
    positive = np.array([bool(t) for t in material.truth]) & chosen
    mine = np.flatnonzero(chosen & np.isfinite(scores))
    recall, threshold = recall_at(scores[mine], right[mine], int(positive.sum()))
    p = np.array([probability(s) if np.isfinite(s) else 0.0 for s in scores])
    sure = chosen & (p >= 0.9)
    said = p >= 0.99
    kinds = np.array(material.kinds)
    out: dict[str, Any] = {
        "size": group.size,
        "queries": int(chosen.sum()),
        "matches": int(positive.sum()),
        "blocking_recall": round(float(group.reached[positive].mean()), 4),
        "recall_at_precision_0.99": round(recall, 4),
        "threshold": round(probability(threshold), 4),
        "said_0.9_right": round(float(right[sure].mean()), 4),
        "same_person_recall": round(float((right & said & chosen).sum() / positive.sum()), 4),
        "same_person_precision": round(float(right[said & chosen].mean()), 4),
        "called_same_person": {
            kind.removeprefix("nonmatch_"): round(float(said[chosen & (kinds == kind)].mean()), 5)
            for kind in sorted(set(material.kinds))
            if kind.startswith("nonmatch_")
        },
    }
    seen = p >= 0.5
    out["signal_recall"] = round(float((right & seen & chosen).sum() / positive.sum()), 4)
    out["signal_precision"] = round(float(right[seen & chosen].mean()), 4)
    out["called_a_signal"] = {
        kind.removeprefix("nonmatch_"): round(float(seen[chosen & (kinds == kind)].mean()), 5)
        for kind in sorted(set(material.kinds))
        if kind.startswith("nonmatch_")
    }
    countries = np.array(material.countries)
    # Returning persons, how many of them were found as "same person", and as a signal.
    out["found_by_country"] = {
        country: [
            int(cases),
            *(int((right & level)[positive & (countries == country)].sum()) for level in (said, seen)),
        ]
        for country, cases in Counter(countries[positive]).most_common()
        if cases >= 20 and country
    }
    out["recall_by_country"] = {
        country: [
            int(cases),
            round(float((right & (scores >= threshold))[positive & (countries == country)].mean()), 4),
        ]
        for country, cases in Counter(countries[positive]).most_common()
        if cases >= 50 and country
    }
    return out


def card_documents(cards: Scorecards) -> list[dict[str, Any]]:
    """The ``scorecards`` part of the model: the explanation whose slope is lowest first."""
    labels = ["relative or look-alike", "stranger of like name"]
    out = []
    for n, h in enumerate(np.argsort(cards.slopes)):
        weights = {name: round(float(v), 5) for name, v in zip(FEATURES, cards.weights[h], strict=True)}
        out.append(
            {
                "against": labels[min(n, 1)],
                "constant": round(float(cards.constants[h]), 5),
                "size_slope": round(float(cards.slopes[h]), 5),
                "weights": weights,
            }
        )
    return out


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the command; returns 0."""
    parser = argparse.ArgumentParser(prog="python -m services.dedup.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled files")
    parser.add_argument("--out", type=Path, required=True, help="model file to write")
    parser.add_argument("--sizes", default="100000,1000000", help="sizes of the bases learned from")
    parser.add_argument("--measure-only", default="", help="further sizes to measure on, e.g. 10000000")
    parser.add_argument(
        "--names-out", type=Path, help="also write the lists of frequent names that bench/ generates from"
    )
    options = parser.parse_args(argv)
    sizes = [int(s) for s in options.sizes.split(",")]

    material = read_material(options.data)
    lines = names.read_names(options.data)
    learning = [line for line in lines if not names.is_held_out(line[0]) and not names.is_held_out(line[1])]
    kept_out = [line for line in lines if names.is_held_out(line[1])]
    say(f"{len(material.base)} base rows, {len(material.queries)} queries, {len(lines)} pairs of names")
    tokens, places = shares(material.base)
    if options.names_out:
        lists = json.dumps(name_lists(material.base), ensure_ascii=False, indent=0, sort_keys=True)
        options.names_out.write_text(lists + "\n", "utf-8")
    zero = dict.fromkeys(FEATURES, 0.0)
    document: dict[str, Any] = {
        "version": options.out.stem,
        "description": __doc__,
        "features": FEATURE_WORDING,
        "thresholds": {"same_person": 0.99, "to_examine": 0.5},
        "rules": {"other_family_name": OTHER_FAMILY_CEILING, "drift_agrees": DRIFT_FLOOR},
        "reference_size": REFERENCE_SIZE,
        "prior_records": PRIOR_RECORDS,
        "tokens": tokens,
        "places": places,
        "scorecards": [{"against": "", "constant": 0.0, "size_slope": 0.0, "weights": _first_weights(zero)}],
        "names_only": names.no_cards(),
    }

    document["spelling"] = names.learn_spelling(learning, say, SEED)
    document["names_only"] = names.learn_names(Model("trial", document), learning, SEED)
    names_measured = names.measure_names(Model("trial", document), kept_out, lines, SEED)
    say(f"names alone, spellings kept out: {names_measured}")
    document["spelling"] = names.learn_spelling(lines, say, SEED)
    document["names_only"] = names.learn_names(Model("trial", document), lines, SEED)

    everyone = np.ones(len(material.queries), bool)
    for turn in range(2):
        model = Model(f"trial{turn}", document)
        groups = [gather(model, material, size, SEED + turn) for size in sizes]
        cards = learn_scorecards(groups, ~material.held_out)
        measured = [measure(cards, group, material, material.held_out) for group in groups]
        for line in measured:
            say(json.dumps({k: v for k, v in line.items() if k != "recall_by_country"}))
        document["scorecards"] = card_documents(cards)
    for size in filter(None, options.measure_only.split(",")):
        group = gather(Model("trial", document), material, int(size), SEED + 9)
        measured.append(measure(cards, group, material, material.held_out))
        say(json.dumps({k: v for k, v in measured[-1].items() if k != "recall_by_country"}))
    document["scorecards"] = card_documents(learn_scorecards(groups, everyone))
    document["measured"] = {
        "on": "persons and spellings kept out of the learning",
        "names": names_measured,
        "records": measured,
    }
    options.out.write_text(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    say(f"wrote {options.out}")
    return 0


def _first_weights(zero: dict[str, float]) -> dict[str, float]:
    """Rough weights, only to rank candidates before anything is learned."""
    rough = {
        "date_exact": 5.0,
        "date_exact_default": 3.0,
        "date_swapped": 4.0,
        "date_unknown_day": 1.0,
        "date_year_digit": 2.0,
        "date_year_next": 2.0,
        "date_day_differs": 1.0,
        "date_month_differs": 1.0,
        "date_far": -4.0,
        "date_near_year": -4.0,
        "date_same_year": -3.0,
        "family_exact": 0.4,
        "family_variant": 0.4,
        "given_exact": 0.4,
        "given_variant": 0.4,
        "fields_exchanged_exact": 0.4,
        "fields_exchanged_variant": 0.4,
        "usage_name": 0.3,
        "names_joined": 0.3,
        "given_conflict": -0.4,
        "family_conflict": -0.4,
        "place_near": 1.0,
        "place_same": 0.3,
        "place_differs": -1.0,
        "sex_differs": -1.5,
        "twin": -2.0,
    }
    return zero | rough
