"""Quality of the common base beside the targets: recall, blocking, calibration, decoys, countries, kernel against
reference.

    python -m bench.report_dedup [--sizes 100000,1000000,10000000] [--queries 6000] [--pairs 1000000] [--data DIR]

Progress goes to the error output.  Without ``--data`` the people are invented by ``bench.generator``; with it, they are
the
labelled files of that folder, of which only the persons kept out of the learning count.  What was measured when the
model was
learned is printed first.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bench.dedup_agreement import agreement
from bench.generator import DECOYS, base_rows, cases, decoy, people, typo, variant
from services.dedup.domain.matching.model import load_model
from services.dedup.domain.matching.normalisation import normalise_many
from services.dedup.index.index import Index
from services.dedup.index.results import CANDIDATES
from services.dedup.training.data import Rows, as_rows, read_material, strangers
from services.dedup.training.scorecard import logistic, recall_at

SEED: Final = 77
REAL: Final = 100_000
OTHERS: Final = 10_000
"""Invented people of each kind of decoy: of 700, as a sample of cases holds, half a percent are three or four."""
RECALL: Final = {100_000: (0.93, 0.995), 1_000_000: (0.90, 0.992), 10_000_000: (0.85, 0.988)}
"""Targets by size: recall at precision 0.99, blocking recall."""
RESPELT: Final = 2_000
"""People each of whose names is misspelt twice, to hold the misspelt beside the right."""
PAIRS_AT_ONCE: Final = 50_000
"""Pairs on which one process compares kernel and reference, before it says so."""
BEST_PUBLIC: Final = {100_000: (0.62, 0.94), 1_000_000: (None, 0.87), 10_000_000: (None, None)}


@dataclass(slots=True)
class Sample:
    """Queries, what is true of them, and a base they come from that can be enlarged to any size."""

    queries: Rows
    truth: list[frozenset[int]]
    kinds: list[str]
    countries: list[str]

    def base(self, size: int) -> Rows:
        raise NotImplementedError

    def others(self) -> dict[str, Rows]:
        """People who are not in the base but resemble somebody who is, by kind."""
        kinds = np.array(self.kinds)
        return {kind: self.queries[kinds == kind] for kind in sorted(set(self.kinds)) if not kind.startswith("match")}


class Invented(Sample):
    """People of the generator."""

    def __init__(self, count: int) -> None:
        self.real = list(people(REAL, SEED))
        drawn = list(cases(self.real, count, SEED + 1))
        super().__init__(
            as_rows(normalise_many(c.identity for c in drawn)),
            [frozenset() if c.match is None else frozenset({c.match}) for c in drawn],
            [c.kind for c in drawn],
            [c.identity.birth_country for c in drawn],
        )

    def base(self, size: int) -> Rows:
        return base_rows(size, SEED, REAL)

    def others(self) -> dict[str, Rows]:
        """Invented anew, ``OTHERS`` of each kind."""
        rng = random.Random(SEED + 2)
        return {
            kind: as_rows(normalise_many(decoy(rng.choice(self.real), kind, rng) for _ in range(OTHERS)))
            for kind in DECOYS
        }


class Labelled(Sample):
    """Labelled files, the persons kept out of the learning."""

    def __init__(self, folder: Path) -> None:
        self.material = read_material(folder)
        kept = np.flatnonzero(self.material.held_out)
        super().__init__(
            self.material.queries[kept],
            [self.material.truth[n] for n in kept],
            [self.material.kinds[n].removeprefix("nonmatch_") for n in kept],
            [self.material.countries[n] for n in kept],
        )

    def base(self, size: int) -> Rows:
        extra = size - len(self.material.base)
        return (
            np.vstack([self.material.base, strangers(self.material.base, extra, SEED)])
            if extra > 0
            else self.material.base
        )


_START: Final = time.perf_counter()


def say(text: str) -> None:
    """Progress, for the person who waits."""
    print(f"[{time.perf_counter() - _START:6.1f} s] {text}", file=sys.stderr, flush=True)


def line(what: str, value: float, target: float | None, at_most: bool = False, note: str = "") -> None:
    """One figure beside its target."""
    if target is None:
        print(f"  {what:<46} {value:>8.4f} {note}")
        return
    verdict = "ok" if (value <= target if at_most else value >= target) else "SHORT"
    print(f"  {what:<46} {value:>8.4f}  target {'<=' if at_most else '>='} {target:<6g} {verdict} {note}", flush=True)


def measured(document: dict[str, Any]) -> None:
    """What the model file says of itself."""
    print(f"Model {document['version']}, measured on {document['measured']['on']}:")
    names = document["measured"]["names"]
    line("names alone, PR-AUC, unseen spellings of a word", names["token_labelled"], 0.95, note="(best public 0.79)")
    line("names alone, PR-AUC, labelled full names", names["full_labelled"], 0.95, note="(best public 0.83)")
    line("names alone, PR-AUC, full names, near misses", names["full_near_misses"], None)
    for record in document["measured"]["records"]:
        size = min(RECALL, key=lambda s: abs(s - record["size"]))
        print(f"  base of {record['size']:,}, {record['matches']} returning persons among {record['queries']} queries")
        line("recall at precision 0.99", record["recall_at_precision_0.99"], RECALL[size][0])
        line("blocking recall", record["blocking_recall"], RECALL[size][1])
        line("right among those said p >= 0.9", record["said_0.9_right"], 0.9)
        for kind, share in record["called_same_person"].items():
            line(f"called same person: {kind}", share, 0.005, at_most=True)


def report(sample: Sample, others: Mapping[str, Rows], size: int) -> None:
    """Search every query in a base of ``size`` and print the table."""
    say(f"base of {size:,}: making the rows")
    base = sample.base(size)
    say(f"base of {size:,}: indexing")
    index = Index(reserve=16)
    index.adopt(base, np.arange(len(base)))
    say(f"base of {size:,}: searching {len(sample.queries):,} queries")
    found = index.search_many(sample.queries, limit=1, blocked=CANDIDATES)
    say(f"base of {size:,}: done")
    scores = found.scores[:, 0]
    right = np.array([seq in truth for seq, truth in zip(found.seqs[:, 0], sample.truth, strict=True)])
    positive = np.array([bool(truth) for truth in sample.truth])
    recall, threshold = recall_at(np.where(np.isfinite(scores), scores, -1e9), right, int(positive.sum()))
    reached = np.array([bool(t & set(b)) for t, b in zip(sample.truth, found.blocked.tolist(), strict=True)])
    p = logistic(scores)
    target = RECALL[min(RECALL, key=lambda s: abs(s - size))]
    public = BEST_PUBLIC[min(RECALL, key=lambda s: abs(s - size))]
    print(f"\nBase of {len(base):,}, {positive.sum()} returning persons among {len(positive)} queries:")
    line("recall at precision 0.99", recall, target[0], note=f"(best public {public[0]})" if public[0] else "")
    line(
        "blocking recall",
        float(reached[positive].mean()),
        target[1],
        note=f"(best public {public[1]})" if public[1] else "",
    )
    line("candidates scored per query", float((found.blocked >= 0).sum(1).mean()), None)
    said = p >= 0.99
    line("recall of the level 'same person'", float((right & said).sum() / positive.sum()), None)
    line("precision of the level 'same person'", float(right[said].mean()), None)
    print("  calibration, said -> right:")
    for low, high in ((0.5, 0.7), (0.7, 0.9), (0.9, 0.99), (0.99, 1.01)):
        within = (p >= low) & (p < high)
        if within.any():
            print(
                f"    {low:.2f} to {min(high, 1.0):.2f}   said {p[within].mean():.3f}   right "
                f"{right[within].mean():.3f}   "
                f"({within.sum()})"
            )
    line("right among those said p >= 0.9", float(right[p >= 0.9].mean()), 0.9)
    for kind, rows in others.items():
        if len(rows) >= 50:
            scored = index.search_many(rows, limit=1).scores[:, 0]
            said_same = float((logistic(scored) >= 0.99).mean())
            line(f"called same person: {kind} ({len(rows):,})", said_same, 0.005, at_most=True)
    order(index)
    fairness(sample, right & (scores >= threshold), positive, recall)
    short = shortest_names(sample.queries)
    if (positive & short).sum() >= 20:
        recall = float((right & (scores >= threshold))[positive & short].mean())
        line("recall, short names (8 letters or fewer in all)", recall, None)


def order(index: Index) -> None:
    """Whether a person written alike twice is ever less probable than the same person with a name misspelt."""
    rng, right, misspelt = random.Random(SEED + 4), [], []
    for who in people(RESPELT, SEED + 4):
        moved = replace(who, caisse="971", address_postcode="97100")
        for field in ("family_name", "given_names"):
            for change in (typo, variant):
                right.append((who, moved))
                misspelt.append((who, replace(moved, **{field: change(getattr(who, field), rng)})))
    scored = []
    for pairs in (right, misspelt):
        first, second = (as_rows(normalise_many(side)) for side in zip(*pairs, strict=True))
        scored.append(index.evidence(first, second)[2])
    p = logistic(np.array(scored))
    higher = ((p[1] >= 0.99) & (p[0] < 0.99)) | ((p[1] >= 0.5) & (p[0] < 0.5))
    line("misspelt, and more probable than written alike", float((scored[1] > scored[0] + 1e-9).mean()), None)
    line("misspelt, and at a higher level for it", float(higher.mean()), None)


def fairness(sample: Sample, found: npt.NDArray[np.bool_], positive: npt.NDArray[np.bool_], mean: float) -> None:
    """Recall at the operating threshold by country of birth."""
    countries = np.array(sample.countries)
    print("  recall by country of birth (cases):")
    for country, number in Counter(countries[positive].tolist()).most_common():
        if number < 50:
            continue
        recall = float(found[positive & (countries == country)].mean())
        mark = (
            ""
            if recall >= mean - 0.05
            else "MORE THAN 5 POINTS BELOW" + ("" if number >= 200 else " (fewer than 200 cases)")
        )
        print(f"    {country or 'missing':<8} {recall:.3f}  ({number}) {mark}")


def largest_difference(pairs: int, seed: int) -> float:
    """Between kernel and plain reference, over ``pairs`` pairs of people invented anew for each share of them."""
    shares = [min(PAIRS_AT_ONCE, pairs - at) for at in range(0, pairs, PAIRS_AT_ONCE)]
    worst = 0.0
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        for n, value in enumerate(pool.map(agreement, shares, range(seed, seed + len(shares)))):
            worst = max(worst, value)
            say(f"kernel against reference: {sum(shares[: n + 1]):,} pairs, largest difference {worst:.1e}")
    return worst


def shortest_names(rows: Rows) -> npt.NDArray[np.bool_]:
    """Whether the names of each row have eight letters or fewer."""
    short: npt.NDArray[np.bool_] = np.count_nonzero(rows[:, :64], axis=1) <= 8
    return short


def main(argv: Sequence[str] | None = None) -> int:
    """Print the report; 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.report_dedup", description=__doc__)
    parser.add_argument("--sizes", default="100000,1000000,10000000", help="sizes of the base")
    parser.add_argument("--queries", type=int, default=6_000)
    parser.add_argument(
        "--pairs", type=int, default=1_000_000, help="pairs on which kernel and plain reference are compared"
    )
    parser.add_argument("--data", type=Path, help="folder of labelled files")
    options = parser.parse_args(argv)
    document = load_model().document
    measured(document)
    sample: Sample = Labelled(options.data) if options.data else Invented(options.queries)
    print(
        f"\nNow, on "
        f"{'labelled files, persons kept out' if options.data else 'invented people, decoys: ' + ', '.join(DECOYS)}:"
    )
    others = sample.others()
    for size in options.sizes.split(","):
        report(sample, others, int(size))
    print(f"\nKernel against plain reference on {options.pairs:,} pairs:")
    line("largest difference", largest_difference(options.pairs, SEED), 1e-6, at_most=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
