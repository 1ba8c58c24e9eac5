"""Learn to compare names alone, from labelled pairs of names in any script."""

from __future__ import annotations

import random
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.dedup import training_spelling as spelling
from services.dedup.cleaning import name_tokens
from services.dedup.comparing import compare_names, name_rows
from services.dedup.scoring import GROUPS, NAME_FEATURES, Model
from services.dedup.training_data import json_lines
from services.dedup.training_scorecard import average_precision

HELD_SHARE: Final = 15
"""Names in a hundred kept out of the learning."""

NameLine = tuple[str, str, bool, str, str]
"""(first name, second name, same, level: token or full, source and language)."""


def read_names(folder: Path) -> list[NameLine]:
    """The labelled pairs of names."""
    return [
        (p["name1"], p["name2"], p["label"] == 1, p["level"], p["source"] + p["lang"])
        for p in json_lines(folder / "pairs.jsonl.gz")
    ]


def held(name: str) -> bool:
    """Whether this spelling is kept for measurement (by a hash of its letters)."""
    return zlib.crc32(spelling.joined(name).encode()) % 100 < HELD_SHARE


def learn_spelling(lines: Sequence[NameLine], say: Callable[[str], None], seed: int) -> dict[str, Any]:
    """The ``spelling`` part of the model, from the pairs of single names."""
    rng = random.Random(seed)
    pairs = []
    for first, second, same, level, source in lines:
        if level != "token":
            continue
        a, b = spelling.joined(first), spelling.joined(second)
        if a and b and a != b:
            pairs.append(spelling.Spelling(a, b, same, spelling.group_of(first, second), source))
    pairs = spelling.with_strangers(pairs, rng)
    weights = []
    for group in range(GROUPS):
        mine = [p for p in pairs if p.group == group]
        say(f"spelling, script group {group}: {len(mine)} pairs")
        weights.append(spelling.learn_group(mine, spelling.first_guess(), rng, say))
    return spelling.as_document(weights)


def near_misses(lines: Sequence[NameLine], rng: random.Random) -> list[NameLine]:
    """Full names that share a word but are not the same: what a namesake or a brother looks like on paper."""
    by_word: dict[str, list[str]] = defaultdict(list)
    known = {(a, b) for a, b, same, *_ in lines if same}
    for _, second, same, level, _ in lines:
        if level == "full" and same:
            for word in name_tokens(second):
                by_word[word].append(second)
    out = []
    for first, second, same, level, source in lines:
        if level != "full" or not same:
            continue
        words = name_tokens(second)
        if not words:
            continue
        drawn = [rng.choice(by_word[rng.choice(words)]) for _ in range(8)]
        other = max((name for name in drawn if name != second), key=lambda name: _alike(name, second), default=second)
        theirs = name_tokens(other)
        if other == second or (first, other) in known or set(words) <= set(theirs) or set(theirs) <= set(words):
            continue
        out.append((first, other, False, "full", source))
    return out


def _alike(a: str, b: str) -> float:
    """Share of common letter pairs."""
    mine, theirs = ({s[n : n + 2] for n in range(len(s) - 1)} for s in (a.lower(), b.lower()))
    return len(mine & theirs) / max(1, len(mine | theirs))


def learn_names(model: Model, lines: Sequence[NameLine], seed: int) -> dict[str, Any]:
    """The ``names_only`` part of the model: a logistic regression on NAME_FEATURES."""
    rng = random.Random(seed)
    tokens = [line for line in lines if line[3] == "token"]
    strangers: list[NameLine] = []
    pool = sorted((second, source) for _, second, same, _, source in tokens if same)
    for n, (first, _, same, _, source) in enumerate(tokens):
        if same:
            other, _ = pool[(n + rng.choice((3, 5, 9))) % len(pool)] if rng.random() < 0.3 else rng.choice(pool)
            strangers.append((first, other, False, "token", source))
    material = [*lines, *strangers, *near_misses(lines, rng)]
    x, _ = compare_names(model, name_rows(m[0] for m in material), name_rows(m[1] for m in material))
    y = np.array([m[2] for m in material], float)
    full = np.array([m[3] == "full" for m in material])
    hard = np.array([not m[2] and n < len(lines) for n, m in enumerate(material)])
    importance = np.where(hard & full, 25.0, np.where(hard, 3.0, 1.0))
    w = np.zeros(x.shape[1] + 1)
    table = np.hstack([x, np.ones((len(x), 1))])
    for _ in range(40):
        p = 1 / (1 + np.exp(-np.clip(table @ w, -40, 40)))
        hessian = (table * (importance * np.maximum(p * (1 - p), 1e-6))[:, None]).T @ table + 1e-2 * np.eye(len(w))
        step = np.linalg.solve(hessian, table.T @ (importance * (p - y)) + 1e-2 * w)
        w -= step
        if np.abs(step).max() < 1e-7:
            break
    weights = {name: round(float(v), 5) for name, v in zip(NAME_FEATURES, w[:-1], strict=True)}
    return {"weights": weights, "intercept": round(float(w[-1]), 5)}


def measure_names(model: Model, lines: Sequence[NameLine], seed: int) -> dict[str, float]:
    """PR-AUC on these pairs: as labelled with as many of each kind, and against strangers and near misses."""
    rng = random.Random(seed)
    out: dict[str, float] = {}
    for level in ("token", "full"):
        mine = [line for line in lines if line[3] == level and spelling.joined(line[0]) != spelling.joined(line[1])]
        same = [line for line in mine if line[2]]
        other = [line for line in mine if not line[2]]
        latin = [line for line in same if line[0].isascii() and line[1].isascii()]
        drawn = rng.sample(latin, min(len(latin), len(other)))
        out[f"{level}_labelled"] = _precision(model, drawn + other)
        if level == "full":
            out["full_near_misses"] = _precision(model, same + near_misses(lines, rng))
        else:
            shuffled = [
                (a[0], b[1], False, level, a[4]) for a, b in zip(same, rng.sample(same, len(same)), strict=True)
            ]
            out["token_strangers_any_script"] = _precision(model, same + shuffled)
    return {name: round(value, 4) for name, value in out.items()}


def _precision(model: Model, lines: Iterable[NameLine]) -> float:
    chosen = list(lines)
    _, scores = compare_names(model, name_rows(m[0] for m in chosen), name_rows(m[1] for m in chosen))
    return average_precision(scores, np.array([m[2] for m in chosen], bool))
