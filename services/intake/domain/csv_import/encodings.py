"""The encoding of an import: found from its bytes, and doubted when the names read badly. PURE.

Bytes that the encoding does not have become lone surrogates, which refuse their row and no other. A file that reads
without an error in the wrong encoding is worse: every accent is another letter, and letters go out so addressed. So
the signs of the usual mistakes (a DOS or Macintosh export, UTF-8 written twice) are looked for before anything is
taken.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

UNDECODABLE = re.compile("[\udc80-\udcff\ufffd]")
SHOWN_LINES = 3


class Encoding(StrEnum):
    """What a sender may say of the encoding of a file, when what is found is doubted."""

    UTF_8 = "utf-8-sig"
    UTF_16 = "utf-16"
    WINDOWS_1252 = "cp1252"
    LATIN_1 = "latin-1"
    LATIN_9 = "iso8859-15"
    DOS = "cp850"
    MACINTOSH = "mac_roman"


def errors_of(encoding: str) -> str:
    """How undecodable bytes are marked: as lone surrogates, or U+FFFD where the codec has no other way."""
    return "replace" if encoding.startswith("utf-16") else "surrogateescape"


class EncodingFinder:
    """Reads the bytes of a file chunk by chunk and says the encoding at the end.

    A BOM decides. A file with more letters well written in UTF-8 than bytes that are not is UTF-8 with some spoilt
    rows; else it is Windows-1252, or Latin-1 where it has bytes that Windows-1252 lacks. Any bytes have an answer.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
        self._first = b""
        self._written = self._spoilt = 0
        self._undefined = False

    def take(self, chunk: bytes, final: bool = False) -> None:
        """Read the next bytes of the file."""
        if len(self._first) < 4:
            self._first += chunk[:4]
        if not chunk.isascii() or final or self._decoder.getstate()[0]:
            text = self._decoder.decode(chunk, final)
            if not text.isascii():
                spoilt = len(UNDECODABLE.findall(text))
                self._spoilt += spoilt
                self._written += len(re.findall(r"[^\x00-\x7f\ufeff]", text)) - spoilt
        self._undefined = self._undefined or any(byte in chunk for byte in b"\x81\x8d\x8f\x90\x9d")

    def close(self) -> str:
        """The encoding, as the codec is called."""
        self.take(b"", final=True)
        if self._first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if self._first.startswith(codecs.BOM_UTF8) or not self._spoilt or self._written >= self._spoilt:
            return "utf-8-sig"
        return "latin-1" if self._undefined else "cp1252"


def encoding_of(chunks: Iterable[bytes]) -> str:
    """The encoding of a file read in chunks; see ``EncodingFinder``."""
    finder = EncodingFinder()
    for chunk in chunks:
        finder.take(chunk)
    return finder.close()


@dataclass(frozen=True)
class Suspicion:
    """What a file seems to be written in, and some of its lines as they would read then."""

    encoding: str
    lines: tuple[str, ...]


_HIGH_1252 = (
    "\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d\u2018\u2019\u201c\u201d\u2022"
    "\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178"
)
# UTF-8 read as Windows-1252 and written again: every accented letter became two characters.
_TWICE = re.compile(f"[\u00c2-\u00df\u00e0-\u00ef][\u0080-\u00bf{_HIGH_1252}]")
# Signs that no name has within a word; in DOS and Macintosh files these bytes are accented letters.
_EDGE = "\u20ac\u201a\u0192\u201e\u2020\u2021\u02c6\u2030\u2039\u2022\u02dc\u2122\u203a\u0080-\u009f"
_LATIN_9 = "\u00bc\u00bd\u00be"  # where ISO 8859-15 has its ligatures
_EDGE += _LATIN_9
_WITHIN = _EDGE + "\u00a6\u00a8\u00b4\u00b8\u2026\u201c\u201d\u00a4\u00a2\u00a3\u00a5\u00a7\u00ac\u00b6"
_SIGN_IN_WORD = re.compile(
    f'(?<=[A-Za-z])[{_WITHIN}]+(?=[A-Za-z])|(?<=[A-Za-z])[{_EDGE}]+(?=[;,|\t" -]|$)|(?<!\\w)[{_EDGE}]+(?=[A-Za-z])'
)
_CAPITAL_IN_WORD = re.compile(
    "(?<=[a-z])[\u0160\u017d\u0152\u0178](?=[a-z]|\\b)|(?<=[A-Z])[\u0160\u017d\u0178](?=[a-z])"
)
_SPELLED = re.compile("[\u00e0-\u00f6\u00f8-\u00ff\u00c0-\u00d6\u00d8-\u00de\u0152\u0153]")
_FRENCH = re.compile("[éèêëàâçïîôûùüÉÈÀÇ]")
_SMALL_AMONG_CAPITALS = re.compile("(?<=[A-Z])[\u00e0-\u00ff](?![a-z])")
_DOUBTED = frozenset({"cp1252", "latin-1", "iso8859-15"})
_CANDIDATES = (Encoding.DOS, Encoding.MACINTOSH, Encoding.LATIN_9)


def written_twice(text: str) -> bool:
    """Whether the text holds a letter that was written in UTF-8, read as Windows-1252 and written again."""
    return any(_once(match) is not None for match in _TWICE.finditer(text))


def _once(match: re.Match[str]) -> str | None:
    for codec in ("cp1252", "latin-1"):
        try:
            return match[0].encode(codec).decode("utf-8")
        except UnicodeError:
            continue
    return None


def suspicion(lines: Iterable[str], encoding: str) -> Suspicion | None:
    """What the sender should confirm before anything is taken; None when the file reads as names do.

    ``lines`` are read in ``encoding``. Nothing is doubted of a file whose accents read as letters.
    """
    if encoding in _DOUBTED:
        return _other_codepage(lines, encoding)
    if encoding.startswith("utf-16"):
        return None
    shown = _first(line for line in lines if written_twice(line))
    if not shown:
        return None
    return Suspicion("utf-8 twice", tuple(_TWICE.sub(lambda match: _once(match) or match[0], line) for line in shown))


def _other_codepage(lines: Iterable[str], encoding: str) -> Suspicion | None:
    # A capital from the extra rows of Windows-1252 counts only where the word around it is in small letters.
    shown = _first(
        line for line in lines if not line.isascii() and (_SIGN_IN_WORD.search(line) or _CAPITAL_IN_WORD.search(line))
    )
    if not shown:
        return None
    raw = [line.encode(encoding, "surrogateescape") for line in shown]
    read = {candidate: [line.decode(candidate, "replace") for line in raw] for candidate in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda candidate: sum(_letters(line) for line in read[candidate]))
    return Suspicion(best.value, tuple(read[best]))


def _letters(line: str) -> int:
    """How well a line reads: accented letters of French within words, less what is no letter there."""
    good = 3 * len(_FRENCH.findall(line)) + len(_SPELLED.findall(line))
    return good - 4 * len(_SIGN_IN_WORD.findall(line)) - 4 * len(_SMALL_AMONG_CAPITALS.findall(line))


def _first(lines: Iterator[str]) -> list[str]:
    return [line for line, _ in zip(lines, range(SHOWN_LINES), strict=False)]
