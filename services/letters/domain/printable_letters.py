"""Which characters the vendored fonts draw, and Latin letters for those they do not. PURE.

Liberation Sans draws what French is written with; Noto Sans draws the rest of Latin (all blocks up to Unicode 13),
Greek and Cyrillic. Names and addresses are written in Latin letters all the same: the post reads no others.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Any

from services.letters.domain.latin_spelling import is_shown, latin_word

_NOT_DRAWN = re.compile(
    "[^\u0020-\u007e\u00a0-\u00ac\u00ae-\u052f\u1c80-\u1c88\u1d00-\u1df9\u1dfb-\u200a\u2010-\u2027\u202f-\u205f"
    "\u2070-\u20bf\u2c60-\u2c7f\u2de0-\u2e52\ua640-\ua69f\ua700-\ua7bf\ua7c2-\ua7ca\ua7f5-\ua7ff\uab30-\uab6b"
    "\ufb00-\ufb06\ufe20-\ufe2f]+"
)
"""Whole blocks; what is not assigned in them is refused at the door. A test draws each of their characters."""
_NOT_LATIN = re.compile(
    f"(?:{_NOT_DRAWN.pattern[:-1]}|[\u0370-\u052f\u1c80-\u1c88\u1f00-\u1fff\u2de0-\u2dff\ua640-\ua69f])+"
)
"""In a name or an address, Greek and Cyrillic too."""


class RenderFailure(StrEnum):
    """Why a letter was not drawn; the typesetter's own words are never kept, since they quote the letter."""

    CHARACTER_NOT_DRAWN = "character_not_drawn"
    TYPESETTING_REFUSED = "typesetting_refused"
    LAYOUT_MISSING = "layout_missing"
    NO_ANSWER = "no_answer"
    PROCESS_DIED = "process_died"


def printable(text: str) -> str:
    """A name or an address in Latin letters: composed accents kept, other scripts transliterated."""
    return " ".join(_NOT_LATIN.sub(lambda found: latin_word(found[0]), _composed(text)).split())


def is_transliterated(text: str) -> bool:
    """Whether ``printable`` writes other letters than the text has."""
    return any(is_shown(character) for run in _NOT_LATIN.findall(_composed(text)) for character in run)


def printable_letter(content: dict[str, Any]) -> dict[str, Any]:
    """A frozen letter with every text of it in characters the fonts draw. Its leaflet has fonts of its own."""
    return {name: value if name == "leaflet" else _printable(value) for name, value in content.items()}


def _printable(content: Any) -> Any:
    if isinstance(content, str):
        return _NOT_DRAWN.sub(lambda found: latin_word(found[0]), content)
    if isinstance(content, dict):
        return {name: _printable(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return type(content)(_printable(value) for value in content)
    return content


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
