"""Learn what each edit between two spellings of a name is worth, from labelled pairs of names.

Alternate: find the best path of every pair under the present weights; refit the weights of the operations by logistic
regression against names that are not variants of one another (labelled ones, neighbours in the alphabet, strangers).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.model import ABSENT, code
from services.dedup.domain.matching.normalisation import name_tokens, script_flags
from services.dedup.domain.matching.phonetics import LETTERS
from services.dedup.domain.matching.record import MAX_TOKEN
from services.dedup.training.kernels import edit_paths as k

PREFIXES: Final = ("el", "al", "l", "ben", "bel", "bou", "ould", "bin", "abu", "abou")
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
VOWELS: Final = frozenset("aeiouy")
WIDTH: Final = 2 * MAX_TOKEN


@dataclass(frozen=True, slots=True)
class Spelling:
    """Two spellings, joined letters only, and whether they are one name."""

    first: str
    second: str
    same: bool
    group: int
    source: str


def joined(name: str) -> str:
    """The letters of a name without spaces, at most two tokens' worth."""
    return "".join(name_tokens(name))[: WIDTH - 1]


def group_of(*names: str) -> int:
    """0 alphabetic, 1 vowel-less, 2 syllabic source script."""
    flags = 0
    for name in names:
        flags |= script_flags(name)
    return 2 if flags & 2 else 1 if flags & 1 else 0


def with_strangers(pairs: Sequence[Spelling], rng: random.Random) -> list[Spelling]:
    """The pairs plus as many that are not variants: alphabet neighbours of the same source, and strangers."""
    known = {(p.first, p.second) for p in pairs} | {(p.second, p.first) for p in pairs}
    out = list(pairs)
    for source in sorted({p.source for p in pairs}):
        mine = [p for p in pairs if p.source == source and p.same]
        pool = sorted({p.second for p in mine})
        if len(pool) < 20:
            continue
        place = {name: n for n, name in enumerate(pool)}
        for p in mine:
            at = place[p.second]
            near = pool[max(0, min(len(pool) - 1, at + rng.choice((-4, -3, -2, -1, 1, 2, 3, 4))))]
            far = pool[rng.randrange(len(pool))]
            for other in (near, far) if rng.random() < 0.7 else (near,):
                if other != p.first and other != p.second and (p.first, other) not in known:
                    out.append(Spelling(p.first, other, False, p.group, source))
    return out


def _letters(words: Iterable[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    words = list(words)
    table = np.zeros((len(words), WIDTH), np.int64)
    for n, word in enumerate(words):
        table[n, : len(word)] = [code(c) for c in word]
    return table, np.array([len(word) for word in words], np.int64)


def first_guess() -> npt.NDArray[np.float64]:
    """Weights before learning: letters agree or not, vowels cheaper than consonants."""
    w = np.full(k.OPS, ABSENT)
    for a in ALPHABET:
        for b in ALPHABET:
            vowels = a in VOWELS and b in VOWELS
            w[k.substitution(code(a), code(b))] = 0.8 if a == b else -0.6 if vowels else -2.2
        w[k.OP_GAP + code(a)] = -0.8 if a in VOWELS else -1.6
        w[k.OP_DOUBLE + code(a)] = -0.1
        w[k.OP_LAST + code(a)] = -0.6 if a in VOWELS or a == "h" else -1.6
    w[k.OP_FIRST] = -0.5
    w[k.OP_BIAS] = -1.5
    w[k.OP_PREFIX : k.OP_PREFIX + len(PREFIXES)] = -0.7
    return w


def prefix_table() -> npt.NDArray[np.int64]:
    """The prefixes for the kernels, one a row: length, then letters."""
    table = np.zeros((len(PREFIXES), 8), np.int64)
    for n, prefix in enumerate(PREFIXES):
        table[n, 0] = len(prefix)
        table[n, 1 : 1 + len(prefix)] = [code(c) for c in prefix]
    return table


class Paths:
    """The pairs of one group as letter arrays, and their best paths under given weights."""

    def __init__(self, pairs: Sequence[Spelling]) -> None:
        self.left, self.left_size = _letters(p.first for p in pairs)
        self.right, self.right_size = _letters(p.second for p in pairs)
        self.labels = np.array([p.same for p in pairs], np.float64)
        self.ops = np.zeros((len(pairs), 2 * WIDTH + 4), np.int64)
        self.sizes = np.zeros(len(pairs), np.int64)
        self.scores = np.zeros(len(pairs))

    def find(self, w: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Fill ops and sizes; returns the scores."""
        k.all_paths(
            self.left, self.left_size, self.right, self.right_size, w, prefix_table(), self.ops, self.sizes, self.scores
        )
        return self.scores


def learn_group(
    pairs: Sequence[Spelling],
    start: npt.NDArray[np.float64],
    rng: random.Random,
    say: Callable[[str], None],
    rounds: int = 5,
) -> npt.NDArray[np.float64]:
    """Weights of one script group."""
    w = start.copy()
    prior = start.copy()
    paths = Paths(pairs)
    weight = np.ones(len(pairs))
    shuffler = np.random.default_rng(rng.randrange(1 << 30))
    for turn in range(rounds):
        paths.find(w)
        if turn in {1, 2, 3}:
            _propose_digraphs(paths, w, prior)
            paths.find(w)
        memory = np.zeros(k.OPS)
        loss = 0.0
        for _ in range(8):
            order = shuffler.permutation(len(pairs))
            loss = k.descend(paths.ops, paths.sizes, paths.labels, weight, order, w, prior, memory, 0.15, 2e-5)
        say(f"  round {turn + 1}: loss {loss:.4f}, digraphs {int((w[k.OP_TWO :] > ABSENT + 1).sum())}")
    return w


def _propose_digraphs(paths: Paths, w: npt.NDArray[np.float64], prior: npt.NDArray[np.float64]) -> None:
    """Open the two-to-one operations that variants use much more often than strangers do."""
    seen = np.zeros((2, k.OPS - k.OP_TWO))
    for label in (0, 1):
        which = np.flatnonzero(paths.labels == label)
        for letters, size, other, other_size in (
            (paths.left, paths.left_size, paths.right, paths.right_size),
            (paths.right, paths.right_size, paths.left, paths.left_size),
        ):
            _count_neighbourhoods(letters, size, other, other_size, which, seen[label])
    share = seen / np.maximum(seen.sum(1, keepdims=True), 1.0)
    gain = np.log((share[1] + 1e-7) / (share[0] + 1e-7))
    for n in np.flatnonzero((seen[1] >= 40) & (gain > 0.7)):
        op = k.OP_TWO + int(n)
        if w[op] > ABSENT + 1:
            continue
        a, b, c = n // 1024, (n // 32) % 32, n % 32
        plain = max(
            w[k.OP_GAP + a] + w[k.substitution(b, c)],
            w[k.OP_GAP + b] + w[k.substitution(a, c)],
        )
        w[op] = prior[op] = min(plain + 0.3, 1.2)


def _count_neighbourhoods(letters: Any, size: Any, other: Any, other_size: Any, which: Any, out: Any) -> None:
    """Count (two letters here, one letter at the like place there) over pairs: what digraphs could explain."""
    for shift in (-1, 0, 1):
        for at in range(WIDTH - 2):
            there = at + shift
            if there < 0:
                continue
            keep = which[(size[which] > at + 1) & (other_size[which] > there) & (size[which] > other_size[which])]
            if len(keep):
                a, b, c = letters[keep, at], letters[keep, at + 1], other[keep, there]
                np.add.at(out, a * 1024 + b * 32 + c, 1.0)


def exact(weight: float) -> float:
    """To the nearest 1/1024: sums of such weights are exact in any float, so ties fall alike everywhere."""
    return round(float(weight) * 1024) / 1024


def as_document(weights: Sequence[npt.NDArray[np.float64]]) -> dict[str, Any]:
    """The ``spelling`` part of the model file."""
    groups = []
    for w in weights:
        digraphs = {}
        for n in np.flatnonzero(w[k.OP_TWO :] > ABSENT + 1):
            a, b, c = int(n) // 1024, (int(n) // 32) % LETTERS, int(n) % LETTERS
            if a and b and c:
                digraphs["".join(chr(x + 96) for x in (a, b, c))] = exact(w[k.OP_TWO + n])
        groups.append(
            {
                "bias": exact(w[k.OP_BIAS]),
                "first": exact(w[k.OP_FIRST]),
                "substitute": {
                    a + b: exact(w[k.substitution(code(a), code(b))]) for a in ALPHABET for b in ALPHABET if a <= b
                },
                "gap": {a: exact(w[k.OP_GAP + code(a)]) for a in ALPHABET},
                "double": {a: exact(w[k.OP_DOUBLE + code(a)]) for a in ALPHABET},
                "last": {a: exact(w[k.OP_LAST + code(a)]) for a in ALPHABET},
                "digraph": digraphs,
                "prefix": [exact(w[k.OP_PREFIX + n]) for n in range(len(PREFIXES))],
            }
        )
    return {"prefixes": list(PREFIXES), "groups": groups}
