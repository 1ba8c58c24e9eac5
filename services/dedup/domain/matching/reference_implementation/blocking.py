"""The blocking keys in plain Python: what two records must share to be compared at all (PURE).

The index makes the same keys in compiled code (``kernels_keys.stored_keys``); a test holds the two to agree on which
records meet. A key is a tuple whose first item names its kind.
"""

from __future__ import annotations

from itertools import combinations

from services.dedup.domain.matching.normalisation import UnpackedRecord
from services.dedup.domain.matching.reference_implementation.scoring import is_default, skeleton

Key = tuple[str | int, ...]
KEY_TOKENS = 5
"""Tokens of a record that make keys."""


def head(code: int) -> int:
    """First two consonant classes of a skeleton."""
    while 256 <= code < 0x10000:
        code >>= 4
    return code


def first(code: int) -> int:
    """First consonant class of a skeleton."""
    while 16 <= code < 0x10000:
        code >>= 4
    return code


def tail(word: str) -> str:
    """Last two different consonants, roughly folded; empty when there are fewer."""
    out = ""
    previous = ""
    for letter in reversed(word):
        if letter in "aeiouywh" or letter == previous:
            continue
        previous = letter
        out += {"z": "s", "c": "s", "k": "g", "q": "g"}.get(letter, letter)
        if len(out) == 2:
            return out
    return ""


def key_words(person: UnpackedRecord) -> list[str]:
    """The words that make keys: no initials, one for each skeleton, at most KEY_TOKENS."""
    chosen: dict[int, str] = {}
    for word in person.family + person.given + person.usage:
        if len(word) > 1 and len(chosen) < KEY_TOKENS:
            chosen.setdefault(skeleton(word), word)
    return list(chosen.values())


def stored_keys(person: UnpackedRecord) -> set[Key]:
    """The keys under which a record can be found."""
    words = key_words(person)
    codes = [skeleton(word) for word in words]
    date = (person.year, person.month, person.day)
    weak = is_default(person.month, person.day)
    place = person.place[:3]
    keys: set[Key] = set()
    if all(date):
        for word, code in zip(words, codes, strict=True):
            keys.add(("date and head", *date, code if weak else head(code)))
            if not weak and tail(word):
                keys.add(("date and tail", *date, tail(word)))
        if place and not weak:
            keys.add(("date and place", *date, place))
    for code in codes:
        if place:
            keys.add(("year, skeleton and place", person.year, code, place))
        for other in codes:
            if other != code:
                keys.add(("year, skeleton and first", person.year, code, first(other)))
    for a, b in combinations(codes, 2):
        keys.add(("year and two skeletons", person.year, min(a, b), max(a, b)))
    if not weak:
        day = (min(person.month, person.day), max(person.month, person.day))
        for code in codes:
            keys.add(("day and skeleton", *day, code))
        for a, b in combinations(codes, 2):
            keys.add(("day and two skeletons", *day, min(a, b), max(a, b)))
    return keys
