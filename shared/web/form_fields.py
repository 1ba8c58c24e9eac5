"""What a field of a form says, read without trust: a browser sends what our pages offer, anybody else what he likes."""

from __future__ import annotations

from typing import Final

NO_NUMBER: Final = -1
"""What no rank, version or count of ours can be: the model that takes it refuses it by its name."""
FIGURES: Final = 9


def number_in(field: object) -> int:
    """The whole number of a field, of nine figures at most; ``NO_NUMBER`` for anything else."""
    text = str(field or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= FIGURES else NO_NUMBER
