"""Consonant classes across languages, behind every skeleton."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

LETTERS: Final = 32

SINGLE: Final = {
    "b": 1,
    "p": 1,
    "d": 2,
    "t": 2,
    "f": 3,
    "v": 3,
    "g": 4,
    "k": 4,
    "q": 4,
    "c": 4,
    "x": 4,
    "j": 5,
    "l": 6,
    "m": 7,
    "n": 8,
    "r": 9,
    "s": 10,
    "z": 10,
    "h": 11,
}
"""The class of a consonant that stands alone."""

DOUBLE: Final = {
    "ch": 12,
    "sh": 12,
    "kh": 11,
    "gh": 4,
    "dj": 5,
    "dz": 5,
    "th": 2,
    "dh": 2,
    "ph": 3,
    "zh": 5,
    "ts": 10,
    "ck": 4,
    "sc": 10,
    "cz": 12,
    "sz": 12,
    "rh": 9,
    "bh": 1,
    "lh": 6,
    "nh": 8,
}
"""The class of two letters that are one sound."""


@lru_cache(maxsize=1)
def consonant_classes() -> npt.NDArray[np.uint8]:
    """The folding of consonants across languages behind every skeleton (see ``Model.classes``)."""
    classes = np.zeros(LETTERS * LETTERS, np.uint8)
    for a in range(LETTERS):
        letter = chr(a + 96)
        for b in range(LETTERS):
            following = chr(b + 96)
            value = DOUBLE.get(letter + following, 0)
            if value:
                value += 16
            elif letter == "t" and following == "c":
                value = 12  # tch is ch: the t alone takes its class
            elif letter == "c" and following in "eiy":
                value = 10
            elif letter == "g" and following in "eiy":
                value = 5
            elif letter == "h" and following == "`":
                value = 0
            else:
                value = SINGLE.get(letter, 0)
            classes[a * LETTERS + b] = value
    return classes
