"""Learn to compare names alone, from labelled pairs of names in any script."""

from __future__ import annotations

import random
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.dedup.domain.matching.features import NAME_CARDS, NAME_FEATURES
from services.dedup.domain.matching.model import GROUPS, Model
from services.dedup.domain.matching.names_only import compare_names, name_rows
from services.dedup.domain.matching.normalisation import name_tokens, script_flags
from services.dedup.domain.matching.record import MAX_TOKENS
from services.dedup.index.record_files import json_lines
from services.dedup.training import spelling
from services.dedup.training.scorecard import Floats, average_precision, bounded_logistic

HELD_SHARE: Final = 15
"""Names in a hundred kept out of the learning."""
FOLDS: Final = 5
TOKEN_WEIGHT: Final = 0.2
"""What a pair of first or last names of several words counts for beside a pair of full names."""
THEMSELVES: Final = 10
AGAINST: Final = frozenset(
    [
        "spelling_gap",
        "words_spelling_gap",
        "conflict",
        "extra",
        "worst_spelling",
        "both_unmatched",
        "unmatched",
        "other_consonants",
        "other_first_letter",
        "letters_more",
        "out_of_order",
        "word_letters_more",
    ]
)
"""Features of names that may only speak against; the others may only speak for."""

NameLine = tuple[str, str, bool, str, str]
"""(first name, second name, same, level: token or full, source and language)."""


def read_names(folder: Path) -> list[NameLine]:
    """The labelled pairs of names."""
    return [
        (p["name1"], p["name2"], p["label"] == 1, p["level"], p["source"] + p["lang"])
        for p in json_lines(folder / "pairs.jsonl.gz")
    ]


def is_held_out(name: str) -> bool:
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


def themselves(lines: Sequence[NameLine], rng: random.Random) -> list[NameLine]:
    """One full name in THEMSELVES with itself, its words in any order: the labelled pairs hold almost none of these."""
    out = []
    for _, second, same, level, source in lines:
        if level == "full" and same and rng.random() * THEMSELVES < 1:
            words = name_tokens(second, MAX_TOKENS)
            out.append((second, " ".join(rng.sample(words, len(words))), True, "full", source))
    return out


def _alike(a: str, b: str) -> float:
    """Share of common letter pairs."""
    mine, theirs = ({s[n : n + 2] for n in range(len(s) - 1)} for s in (a.lower(), b.lower()))
    return len(mine & theirs) / max(1, len(mine | theirs))


def no_cards() -> dict[str, Any]:
    """The ``names_only`` part of a model before anything is learned."""
    return {card: {"weights": dict.fromkeys(NAME_FEATURES, 0.0), "intercept": 0.0} for card in NAME_CARDS}


def unweighted(model: Model) -> Model:
    """The same model before ``learn_names``: it gives the features of names and no score."""
    return Model(model.version, model.document | {"names_only": no_cards()})


def learn_names(model: Model, lines: Sequence[NameLine], seed: int) -> dict[str, Any]:
    """The ``names_only`` part of the model: a logistic regression on NAME_FEATURES for each of the NAME_CARDS.

    Names that are not the same: those labelled so, which weigh as much together as the names that are; near misses;
    strangers. Names that are: those labelled so, and some with themselves.
    """
    rng = random.Random(seed)
    tokens = [line for line in lines if line[3] == "token"]
    strangers: list[NameLine] = []
    pool = sorted((second, source) for _, second, same, _, source in tokens if same)
    for n, (first, _, same, _, source) in enumerate(tokens):
        if same:
            other, _ = pool[(n + rng.choice((3, 5, 9))) % len(pool)] if rng.random() < 0.3 else rng.choice(pool)
            strangers.append((first, other, False, "token", source))
    material = [*lines, *strangers, *near_misses(lines, rng), *themselves(lines, rng)]
    x, cards, _ = compare_names(unweighted(model), name_rows(m[0] for m in material), name_rows(m[1] for m in material))
    one_name = np.array([m[2] for m in material])
    full = np.array([m[3] == "full" for m in material])
    labelled = np.arange(len(material)) < len(lines)
    out = no_cards()
    for number, card in enumerate(NAME_CARDS):
        mine = cards == number
        if not mine.any():
            continue
        importance = np.where(full, 1.0, TOKEN_WEIGHT) if card != "one_word" else np.ones(len(material))
        hard = mine & labelled & ~one_name & (full if card != "one_word" else True)
        if hard.any():
            alike = mine & one_name & (full if card != "one_word" else True)
            importance[hard] = max(1.0, importance[alike].sum() / hard.sum())
        out[card] = _logistic_card(x[mine], one_name[mine].astype(float), importance[mine])
    return out


def _logistic_card(x: Floats, y: Floats, importance: Floats) -> dict[str, Any]:
    """Weights whose signs follow the meaning of the features, and intercept."""
    spread = np.append(x.std(0) + 1e-9, 1.0)
    ridge = np.append(np.where(spread[:-1] > 1e-6, 1.0, 1e9), 1e-6)
    lower = np.array([-np.inf if name in AGAINST else 0.0 for name in NAME_FEATURES] + [-np.inf])
    upper = np.array([0.0 if name in AGAINST else np.inf for name in NAME_FEATURES] + [np.inf])
    w = bounded_logistic(np.hstack([x, np.ones((len(x), 1))]) / spread, y, importance, ridge, lower, upper) / spread
    weights = {name: round(float(v), 5) for name, v in zip(NAME_FEATURES, w[:-1], strict=True)}
    return {"weights": weights, "intercept": round(float(w[-1]), 5)}


def folds(lines: Sequence[NameLine]) -> Any:
    """Number of the fold of each line: names that a chain of pairs links to one another are in one fold."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    keys = [tuple(" ".join(sorted(name_tokens(name, MAX_TOKENS))) for name in line[:2]) for line in lines]
    for first, second in keys:
        parent[root(first)] = root(second)
    return np.array([zlib.crc32(root(first).encode()) % FOLDS for first, _ in keys])


def measure_names(model: Model, kept_out: Sequence[NameLine], lines: Sequence[NameLine], seed: int) -> dict[str, Any]:
    """PR-AUC of names alone.  Single names: the spellings kept out.  Full names: each fold by cards learned without it.

    As labelled, in the Latin alphabet, both answers weighing the same; and against strangers and near misses, any
    script.
    """
    rng = random.Random(seed)
    out: dict[str, float] = {}
    tokens = [line for line in kept_out if line[3] == "token" and spelling.joined(line[0]) != spelling.joined(line[1])]
    same, other = [line for line in tokens if line[2]], [line for line in tokens if not line[2]]
    latin = [line for line in same if line[0].isascii() and line[1].isascii()]
    out["token_labelled"] = _precision(latin + other, score_names(model, latin + other))
    strangers = [(a[0], b[1], False, "token", a[4]) for a, b in zip(same, rng.sample(same, len(same)), strict=True)]
    out["token_strangers_any_script"] = _precision(same + strangers, score_names(model, same + strangers))

    fold = folds(lines)
    full: list[NameLine] = []
    near: list[NameLine] = []
    full_scores: list[Any] = []
    near_scores: list[Any] = []
    for number in range(FOLDS):
        rest = [line for line, f in zip(lines, fold, strict=True) if f != number]
        mine = [
            line
            for line, f in zip(lines, fold, strict=True)
            if f == number and line[3] == "full" and spelling.joined(line[0]) != spelling.joined(line[1])
        ]
        learned = Model("fold", model.document | {"names_only": learn_names(model, rest, seed)})
        misses = [line for line in mine if line[2]] + near_misses(mine, rng)
        labelled = [line for line in mine if not (line[2] and script_flags(line[0] + line[1]))]
        full += labelled
        near += misses
        full_scores.append(score_names(learned, labelled))
        near_scores.append(score_names(learned, misses))
    out["full_labelled"] = _precision(full, np.concatenate(full_scores))
    out["full_near_misses"] = _precision(near, np.concatenate(near_scores))
    return {name: round(value, 4) for name, value in out.items()}


def score_names(model: Model, lines: Sequence[NameLine]) -> Floats:
    """Log-odds of each pair."""
    return compare_names(model, name_rows(m[0] for m in lines), name_rows(m[1] for m in lines))[2]


def _precision(lines: Sequence[NameLine], scores: Floats) -> float:
    return average_precision(scores, np.array([m[2] for m in lines], bool), balanced=True)
