"""What another caisse may see of a household whose place is protected: everything but where it is (PURE).

Its caisse, whoever read or judged there, and where a file was sent are left out; a supervisor makes the contact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Reader(Protocol):
    """Whoever asks: what is asked of it is whether the place of a caisse's household may be shown."""

    def sees_place_of(self, caisse: str) -> bool:
        """Whether it may see where a protected household of this caisse is."""


CONTACT = "supervisor"
MOVES = frozenset({"transferred"})


def is_hidden(reader: Reader, protected: bool | None, caisse: str) -> bool:
    """Whether the place of this file is not for the eyes of the token."""
    return bool(protected) and not reader.sees_place_of(caisse)


def without_place(reader: Reader, shown: Mapping[str, Any], protected: bool | None) -> dict[str, Any]:
    """One file as the token may see it: ``protected`` says why a caisse is missing, ``contact`` through whom to ask."""
    if not is_hidden(reader, protected, shown["caisse"]):
        return {**shown, "protected": bool(protected), "contact": None}
    hidden = {**shown, "caisse": None, "protected": True, "contact": CONTACT}
    if shown.get("what") in MOVES:
        hidden["codes"] = []
    return hidden
