"""Text that was written in UTF-8, read in another code page, and written again: ``TraorÃ©``, ``Traor√©``. PURE."""

from __future__ import annotations

import re
from typing import Final

_LATIN, _CONTINUED = range(0xC3, 0xC6), range(0x80, 0xC0)
"""First bytes of the accented letters of Latin alphabets in UTF-8, and the bytes that may follow."""
_READERS: Final = ("cp1252", "latin-1", "mac_roman", "cp850", "cp437", "cp1250")


def _characters(codec: str, codes: range) -> str:
    return bytes(codes).decode(codec, "ignore")


def _pairs(codec: str) -> str:
    """What one accented letter became in a code page whose first characters of such a pair are no letters."""
    first = "".join(each for each in _characters(codec, _LATIN) if not each.isalpha() or each == "\u0192")
    return f"[{re.escape(first)}][{re.escape(_characters(codec, _CONTINUED))}]"


def _windows() -> str:
    """The same of Windows-1252 and Latin-1: every letter of two bytes, and of three, as Vietnamese has them."""
    second = re.escape("".join(dict.fromkeys(_characters("cp1252", _CONTINUED))))
    second = f"[\u0080-\u00bf{second}]"
    return f"[\u00c2-\u00df]{second}|[\u00e0-\u00ef]{second}{{2}}"


def _central() -> str:
    """The same of Windows-1250, whose first characters are letters: only where no letter follows."""
    signs = "".join(each for each in _characters("cp1250", _CONTINUED) if not each.isalnum())
    return f"[\u0102\u0139][{re.escape(signs)}]"


_TWICE: Final = re.compile("|".join([_windows(), _central(), *map(_pairs, ("mac_roman", "cp850", "cp437"))]))


def written_twice(text: str) -> bool:
    """Whether the text holds a letter that was written in UTF-8, read in another code page and written again."""
    return any(_once(match) is not None for match in _TWICE.finditer(text))


def written_once(text: str) -> str:
    """The text as it was written first, where that can be told."""
    return _TWICE.sub(lambda match: _once(match) or match[0], text)


def _once(match: re.Match[str]) -> str | None:
    for codec in _READERS:
        try:
            return match[0].encode(codec).decode("utf-8")
        except UnicodeError:
            continue
    return None
