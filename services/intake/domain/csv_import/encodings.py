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

from services.intake.domain.csv_import.written_twice import written_once, written_twice

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
    WINDOWS_1250 = "cp1250"
    WINDOWS_1251 = "cp1251"
    WINDOWS_1253 = "cp1253"
    WINDOWS_1254 = "cp1254"
    WINDOWS_1256 = "cp1256"


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


# Signs that no name has within a word; in DOS and Macintosh files these bytes are accented letters.
_LOW_QUOTES = "\u201a\u0192\u201e\u2020\u2021\u02c6\u2030\u2039\u2022\u02dc\u2122\u203a"
_LATIN_9 = "\u00bc\u00bd\u00be"  # where ISO 8859-15 has its ligatures
_LATIN_2 = "\u00a3\u00a5\u00af\u00b1\u00b3\u00b9\u00bf"  # where Windows-1250 and ISO 8859-2 have letters
_EDGE = "\u20ac\u0080-\u009f" + _LOW_QUOTES + _LATIN_9 + _LATIN_2
_WITHIN = (
    _EDGE + "\u00a6\u00a8\u00a9\u00ab\u00bb\u00aa\u00b4\u00b8\u00ba\u2026\u201c\u201d\u00a4\u00a2\u00a7\u00ac\u00b6"
)


def _signs(within: str, edge: str) -> re.Pattern[str]:
    return re.compile(
        f'(?<=[A-Za-z])[{within}]+(?=[^\\W\\d_])|(?<=[A-Za-z])[{edge}]+(?=[;,|\\t" -]|$)|(?<!\\w)[{edge}]+(?=[A-Za-z])'
    )


_SIGN_IN_WORD = _signs(_WITHIN, _EDGE)
_LOW_QUOTE_IN_WORD = _signs(_LOW_QUOTES, _LOW_QUOTES)
_CAPITAL_IN_WORD = re.compile(
    "(?<=[a-z])[\u0160\u017d\u0152\u0178](?=[a-z]|\\b)|(?<=[A-Z])[\u0160\u017d\u0178](?=[a-z])"
)
# Letters of Windows-1252 that stand where the Turkish, Polish and Serbian alphabets have theirs.
_RARE_LETTER = re.compile(
    "[\u00de\u00fe\u00d0\u00f0\u00dd\u00fd]|(?<!\\w)\u00aa(?=[a-z]{2})|(?<=i)\u00e6\\b|(?<=I)\u00c6\\b"
)
# A word of accents alone is Cyrillic, Greek, Arabic or Hebrew.
_ACCENTS_ALONE = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]{3}")
_SPELLED = re.compile("[\u00e0-\u00f6\u00f8-\u00ff\u00c0-\u00d6\u00d8-\u00de\u0152\u0153]")
_FRENCH = re.compile("[éèêëàâçïîôûùüÉÈÀÇ]")
_CENTRAL = re.compile("[ŁłŚśŻżĄąĘęĆćŃńČčŘřŠšŽžŐőŰűȘșŢţĂăĐđ]")
_TURKISH = re.compile("[ŞşĞğİı]")
_OTHER_SCRIPT = re.compile("[\u0400-\u045f]{3,}|[\u0386-\u03ce]{3,}|[\u0621-\u0652]{3,}")
_COMMON_LETTER = re.compile("[оаеинвртОАЕИНВРТ]|[αοιεςσντΑΟΙΕΣΝΤ]|[اميلحدةنر]")
_SCRIPTS_IN_WORD = re.compile(
    "[A-Za-z\u00c0-\u00ff][\u0370-\u06ff]|[\u0370-\u06ff][A-Za-z\u00c0-\u00ff]|[\u0430-\u045f][\u0401-\u042f]"
)
_SMALL_AMONG_CAPITALS = re.compile("(?<=[A-Z])[\u00e0-\u00ff](?![a-z])")
_DOUBTED = frozenset({"cp1252", "latin-1", "iso8859-15"})
_CANDIDATES = (
    Encoding.DOS,
    Encoding.MACINTOSH,
    Encoding.LATIN_9,
    Encoding.WINDOWS_1254,
    Encoding.WINDOWS_1250,
    Encoding.WINDOWS_1251,
    Encoding.WINDOWS_1253,
    Encoding.WINDOWS_1256,
)


def suspicion(lines: Iterable[str], encoding: str) -> Suspicion | None:
    """What the sender should confirm before anything is taken; None when the file reads as names do.

    ``lines`` are read in ``encoding``. Nothing is doubted of a file whose accents read as letters.
    """
    if encoding in _DOUBTED:
        return _other_codepage(lines, encoding)
    found = _first(line for line in lines if _spoilt_before(line))
    twice = [line for line in found if written_twice(line)]
    if twice:
        return Suspicion("utf-8 twice", tuple(written_once(line) for line in twice))
    return _best_reading([line.encode("cp1252", "replace") for line in found]) if found else None


def _spoilt_before(line: str) -> bool:
    """Whether a line well written in UTF-8 holds what another program had already read in a wrong code page."""
    if line.isascii():
        return False
    return written_twice(line) or bool(_LOW_QUOTE_IN_WORD.search(line))


def _other_codepage(lines: Iterable[str], encoding: str) -> Suspicion | None:
    # A capital from the extra rows of Windows-1252 counts only where the word around it is in small letters.
    signs = (_SIGN_IN_WORD, _CAPITAL_IN_WORD, _RARE_LETTER, _ACCENTS_ALONE)
    shown = _first(line for line in lines if not line.isascii() and any(sign.search(line) for sign in signs))
    return _best_reading([line.encode(encoding, "surrogateescape") for line in shown]) if shown else None


def _best_reading(raw: list[bytes]) -> Suspicion:
    """The encoding in which some lines read best."""
    read = {candidate: [line.decode(candidate, "replace") for line in raw] for candidate in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda candidate: sum(_letters(line) for line in read[candidate]))
    return Suspicion(best.value, tuple(read[best]))


def _letters(line: str) -> int:
    """How well a line reads: accented letters within words and words of one script, less what is no letter there."""
    good = 3 * len(_FRENCH.findall(line)) + len(_SPELLED.findall(line))
    good += 3 * len(_TURKISH.findall(line)) + 2 * len(_CENTRAL.findall(line))
    good += sum(len(word) + 4 * len(_COMMON_LETTER.findall(word)) for word in _OTHER_SCRIPT.findall(line))
    strange = (_SIGN_IN_WORD, _SMALL_AMONG_CAPITALS, _CAPITAL_IN_WORD, _SCRIPTS_IN_WORD, _RARE_LETTER, _ACCENTS_ALONE)
    return good - 4 * sum(len(each.findall(line)) for each in strange) - 4 * line.count("\ufffd")


def _first(lines: Iterator[str]) -> list[str]:
    return [line for line, _ in zip(lines, range(SHOWN_LINES), strict=False)]
