"""Which characters the vendored fonts draw, and Latin letters for those they do not. PURE.

Liberation Sans draws what French is written with; Noto Sans draws the rest of Latin (all blocks up to Unicode 13),
Greek and Cyrillic. Civil status in France is written in Latin letters anyway.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Any

from anyascii import anyascii

_NOT_DRAWN = re.compile(
    "[^\u0020-\u007e\u00a0-\u00ac\u00ae-\u052f\u1c80-\u1c88\u1d00-\u1df9\u1dfb-\u200a\u2010-\u2027\u202f-\u205f"
    "\u2070-\u20bf\u2c60-\u2c7f\u2de0-\u2e52\ua640-\ua69f\ua700-\ua7bf\ua7c2-\ua7ca\ua7f5-\ua7ff\uab30-\uab6b"
    "\ufb00-\ufb06\ufe20-\ufe2f]+"
)
"""Whole blocks; what is not assigned in them is refused at the door. A test draws each of their characters."""
NO_TRANSLITERATION = "?"
"""For a whole word of a script of which no Latin spelling is known."""


class RenderFailure(StrEnum):
    """Why a letter was not drawn; the typesetter's own words are never kept, since they quote the letter."""

    CHARACTER_NOT_DRAWN = "character_not_drawn"
    TYPESETTING_REFUSED = "typesetting_refused"
    LAYOUT_MISSING = "layout_missing"
    NO_ANSWER = "no_answer"
    PROCESS_DIED = "process_died"


def printable(text: str) -> str:
    """The text in characters the fonts draw: composed accents kept, other scripts transliterated to Latin letters."""
    return " ".join(_NOT_DRAWN.sub(lambda found: _latin(found[0]), _composed(text)).split())


def is_transliterated(text: str) -> bool:
    """Whether ``printable`` writes other letters than the text has."""
    return any(_is_shown(character) for run in _NOT_DRAWN.findall(_composed(text)) for character in run)


def drawn_letter(content: dict[str, Any]) -> dict[str, Any]:
    """A frozen letter with every text of it in characters the fonts draw. Its leaflet has fonts of its own."""
    return {name: value if name == "leaflet" else _drawn(value) for name, value in content.items()}


def _drawn(content: Any) -> Any:
    if isinstance(content, str):
        return _NOT_DRAWN.sub(lambda found: _latin(found[0]), content)
    if isinstance(content, dict):
        return {name: _drawn(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return type(content)(_drawn(value) for value in content)
    return content


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _latin(run: str) -> str:
    """Latin letters for a run of characters; some letters of a word have none (the alef of Arabic)."""
    written = "".join(" " if character.isspace() else anyascii(character) for character in run)
    return written or (NO_TRANSLITERATION if any(map(_is_shown, run)) else "")


def _is_shown(character: str) -> bool:
    """Whether a reader sees it: marks of format and of length alone are not."""
    return unicodedata.category(character)[0] in "LNSP"
