"""One command learns everything again, from labelled files, and keeps nothing that points at a person."""

import csv
import gzip
import json
import random
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.generator import cases, people, variant
from services.dedup.domain.matching.features import FEATURES
from services.dedup.domain.matching.model import Model
from services.dedup.domain.matching.normalisation import name_tokens, normalise
from services.dedup.index.index import Index
from services.dedup.training import learn
from services.dedup.training.scorecard import FOR, average_precision, fit, recall_at


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labelled files in the form of the development data, from invented people."""
    where = tmp_path_factory.mktemp("labelled")
    base = list(people(2_500, seed=31))
    drawn = list(cases(base, 1_500, seed=32, match_share=0.5))
    rng = random.Random(33)
    lines = {
        "base": [{"record_id": f"B{n}", **asdict(p)} for n, p in enumerate(base)],
        "queries": [{"record_id": f"Q{n}", **asdict(c.identity)} for n, c in enumerate(drawn)],
        "pairs": [],
    }
    for n in range(600):
        one, two = rng.choice(base), rng.choice(base)
        same = n % 2 == 0
        for level, a, b in (
            ("token", one.family_name, two.family_name),
            ("full", f"{one.given_names} {one.family_name}", f"{two.given_names} {one.family_name}"),
        ):
            second = variant(a, rng) if same else b
            lines["pairs"].append(
                {"name1": a, "name2": second, "label": int(same), "level": level, "lang": "x", "source": "s"}
            )
    for name, records in lines.items():
        with gzip.open(where / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(record) + "\n" for record in records)
    with gzip.open(where / "truth.csv.gz", "wt", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("query_id", "is_match", "matches", "kind", "ops", "decoy", "difficulty"))
        for n, c in enumerate(drawn):
            matched = c.match is not None
            kind = "match_lexicon" if matched else f"nonmatch_{c.kind}"
            out.writerow(
                (f"Q{n}", int(matched), f"B{c.match}" if matched else "", kind, "|".join(c.operations), "", "easy")
            )
    return where


@pytest.fixture(scope="module")
def learned(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("model") / "v9.json"
    assert learn.main(["--data", str(folder), "--out", str(out), "--sizes", "2500,10000"]) == 0
    made: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return made


def test_the_file_says_what_it_is_and_what_was_measured(learned: dict[str, Any]) -> None:
    assert learned["version"] == "v9"
    assert set(learned["features"]) == set(FEATURES)
    assert [record["size"] for record in learned["measured"]["records"]] == [2500, 10000]
    assert learned["measured"]["records"][0]["recall_at_precision_0.99"] > 0.6
    assert len(learned["scorecards"]) == 2


def test_rare_names_are_not_kept(learned: dict[str, Any], folder: Path) -> None:
    bearers: Counter[str] = Counter()
    with gzip.open(folder / "base.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            bearers.update(
                {w for name in ("family_name", "given_names", "usage_name") for w in name_tokens(record[name])}
            )
    assert learned["tokens"]
    assert all(bearers[token] >= learn.FEWEST_BEARERS for token in learned["tokens"])


def test_the_learned_model_serves(learned: dict[str, Any]) -> None:
    index = Index(Model("v9", learned), reserve=100)
    row = normalise(next(people(1, seed=3)))
    index.insert(1, row)
    assert index.search(row)[0].seq == 1


def test_signs_follow_the_meaning_of_the_features(learned: dict[str, Any]) -> None:
    for card in learned["scorecards"]:
        assert all(card["weights"][name] >= 0 for name in FOR)
        assert card["weights"]["twin"] <= 0
        assert card["weights"]["sex_differs"] <= 0


def test_two_explanations_are_told_apart() -> None:
    """Evidence against strangers and evidence against relatives are learned by different scorecards."""
    rng = np.random.default_rng(1)
    x = np.zeros((6_000, len(FEATURES)))
    same = rng.random(6_000) < 0.3
    relative = ~same & (rng.random(6_000) < 0.5)
    x[:, FEATURES.index("family_exact")] = np.where(same | relative, 8.0, 1.0) + rng.normal(0, 1, 6_000)
    x[:, FEATURES.index("given_exact")] = np.where(same, 8.0, 1.0) + rng.normal(0, 1, 6_000)
    log_size = np.zeros(6_000)
    cards = fit(x, same.astype(float), log_size, epochs=30)
    assert average_precision(cards.score(x, log_size), same) > 0.99


def test_recall_at_precision() -> None:
    scores = np.array([9.0, 8.0, 7.0, 6.0])
    right = np.array([True, True, False, True])
    assert recall_at(scores, right, positives=4, precision=0.99) == (0.5, 8.0)
    assert recall_at(scores, right, positives=4, precision=0.7) == (0.75, 6.0)
    assert recall_at(scores, ~right, positives=4, precision=0.99)[0] == 0.0
