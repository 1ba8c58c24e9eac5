"""From what was written on the paper to the normalised row (PURE).

The original is kept elsewhere, untouched; this form exists only to be compared.  Every step forgives: accents, case,
script, apostrophes, hyphens, particles, titles, placeholders for a missing name, partial dates.  No input may raise:
a form filled by a hostile or broken client gives an odd row, never an error.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Final

from anyascii import anyascii

from services.dedup.domain.matching.calendars import our_date
from services.dedup.domain.matching.name_words import GLUE_PREVIOUS, PARTICLES, SERVANT, SHORT_FORMS, TITLES
from services.dedup.domain.matching.record import (
    FLAG_SINGLE_NAME,
    FLAG_SYLLABIC,
    FLAG_TRUNCATED,
    FLAG_VOWELLESS,
    LETTER_MASK,
    MAX_FAMILY,
    MAX_GIVEN,
    MAX_TOKEN,
    MAX_USAGE,
    NAME_BYTES,
    OFF_PLACE,
    PLACE_BYTES,
    ROLE_FAMILY,
    ROLE_GIVEN,
    ROLE_SHIFT,
    ROLE_USAGE,
    ROW_BYTES,
    TOKEN_START,
)
from shared.contract.placeholders import are_placeholder, is_placeholder_of

MAX_INPUT: Final = 200
"""Characters read of one field: beyond, nobody's name; a bound keeps hostile input cheap."""

_ARABIC: Final = str.maketrans(
    {"ا": "a", "أ": "a", "إ": "i", "آ": "a", "ع": "a", "ة": "a", "ى": "a", "ء": "", "ئ": "y", "ؤ": "w"}
    | {"و": "w", "ي": "y", "ی": "y", "ہ": "h", "ه": "h", "ھ": "h", "ں": "n", "ے": "y", "ך": "k", "א": "a", "ע": "a"}
    | {
        "ו": "v",
        "י": "y",
        "ב": "b",
        "ן": "n",
        "ם": "m",
        "ף": "f",
        "ץ": "ts",
        "ش": "sh",
        "خ": "kh",
        "غ": "gh",
        "ذ": "dh",
    }
    | {"ث": "th", "ق": "q", "ج": "j", "چ": "ch", "ژ": "zh", "گ": "g", "ک": "k", "ك": "k", "ח": "h", "ט": "t", "כ": "k"}
    | {"צ": "ts", "ק": "k", "ת": "t", "ש": "sh", "ז": "z", "פ": "p", "ס": "s", "ג": "g", "ד": "d", "ה": "h", "ל": "l"}
)
_POINTS: Final = re.compile("[\u064b-\u0655\u0640\u0591-\u05c7]")
"""Vowel points and the stretching sign."""
_ARTICLE: Final = re.compile(r"(?<![\u0600-\u06ff])ال(?=[\u0600-\u06ff]{2})")
_APOSTROPHES: Final = re.compile(r"['`´‘’ʼʻʾʿ′\"]+")
_NOT_LETTER: Final = re.compile(r"[^a-z]+")
_VOWELLESS: Final = re.compile(
    "[\u0590-\u074f\u0780-\u07bf\u0900-\u0dff\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\ufb1d-\ufdff\ufe70-\ufefc]"
)
_SYLLABIC: Final = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_MERGED_CASE: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Identity:
    """One person as an application states them; every field may be empty, none is trusted.

    ``birth_date`` is ISO and may be partial (``1984-00-00``, ``1984-05-00``); countries are ISO 3166 alpha-2.
    """

    family_name: str = ""
    given_names: str = ""
    usage_name: str = ""
    sex: str = ""
    birth_date: str = ""
    birth_place: str = ""
    birth_country: str = ""
    nationality: str = ""
    caisse: str = ""
    address_postcode: str = ""

    @classmethod
    def of(cls, facts: Mapping[str, object]) -> Identity:
        """Read the fields by name from ``facts``, ignore the others; None and missing are empty."""
        return cls(**{name: _text(facts.get(name)) for name in _FIELDS})


_FIELDS: Final = tuple(field.name for field in fields(Identity))
_NUMBERS: Final = struct.Struct("<HBBBBHHHI")

_FOLDED: Final = {"S": " ", "Z": " ", "C": " "}
"""Symbols (emoji) and spaces separate words; anyascii would otherwise spell their names out."""


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def latin(text: str) -> str:
    """``text`` in lower-case ASCII letters and single spaces; any script, accents and controls folded away."""
    text = text[:MAX_INPUT]
    if text.isascii():
        return _NOT_LETTER.sub(" ", _APOSTROPHES.sub("", text.lower())).strip()
    text = _foreign(text) if _VOWELLESS.search(text) else unicodedata.normalize("NFKD", text)
    text = "".join(_FOLDED.get(unicodedata.category(char)[0], char) for char in text if not _invisible(char))
    text = anyascii(_APOSTROPHES.sub("", text))
    return _NOT_LETTER.sub(" ", _APOSTROPHES.sub("", text).lower()).strip()


def _invisible(char: str) -> bool:
    """Combining accents, format marks (right-to-left, joiners), controls and lone surrogates."""
    return unicodedata.category(char) in {"Mn", "Cf", "Cc", "Cs", "Cn", "Co"} and not _VOWELLESS.match(char)


def _foreign(text: str) -> str:
    text = "".join(char for char in unicodedata.normalize("NFC", text) if not _POINTS.match(char))
    return _ARTICLE.sub(lambda _: "al ", text).translate(_ARABIC)


def script_flags(text: str) -> int:
    """Which scripts ``text`` uses that change how spellings compare: FLAG_VOWELLESS, FLAG_SYLLABIC."""
    if text.isascii():
        return 0
    text = text[:MAX_INPUT]
    return (FLAG_VOWELLESS if _VOWELLESS.search(text) else 0) | (FLAG_SYLLABIC if _SYLLABIC.search(text) else 0)


def name_tokens(text: str, most: int = MAX_FAMILY) -> list[str]:
    """The significant words of one name field, in order: particles and titles dropped, ``abd el`` words joined.

    A field that holds a placeholder for a missing name gives an empty list.
    """
    folded = latin(text)
    if is_placeholder_of(text, folded):
        return []
    words: list[str] = []
    glue = ""
    for word in folded.split():
        word = SHORT_FORMS.get(word, word)
        if word in TITLES or (glue and word in PARTICLES):
            continue
        if glue:
            words[-1] = glue + word
            glue = ""
        elif word in GLUE_PREVIOUS and words and words[-1] not in PARTICLES:
            words[-1] += word
            glue = words[-1] if word in {"ud", "ed", "ur"} else ""
        else:
            words.append(word)
            glue = "abdel" if word in SERVANT else ""
    kept = [word for word in words if word not in PARTICLES] or words
    if len(kept) > most:
        kept = [*kept[: most - 1], "".join(kept[most - 1 :])]
    return [word[:MAX_TOKEN] for word in kept]


@lru_cache(maxsize=400_000)
def _packed(text: str, role: int, most: int) -> bytes:
    out = bytearray()
    for word in name_tokens(text, most):
        bits = role << ROLE_SHIFT
        codes = [(ord(char) - 96) | bits for char in word]
        codes[0] |= TOKEN_START
        out.extend(codes)
    return bytes(out)


@lru_cache(maxsize=200_000)
def _place(text: str) -> bytes:
    letters = latin(text).replace(" ", "")[:PLACE_BYTES]
    return bytes(ord(char) - 96 for char in letters).ljust(PLACE_BYTES, b"\0")


@lru_cache(maxsize=4096)
def _country(code: str) -> int:
    code = code.strip().upper()
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        return 0
    return (ord(code[0]) - 65) * 26 + ord(code[1]) - 64


@lru_cache(maxsize=4096)
def _caisse(code: str) -> int:
    code = code.strip().upper()[:3]
    return int(code, 36) + 1 if code and code.isascii() and code.isalnum() else 0


@lru_cache(maxsize=65_536)
def _postcode(code: str) -> int:
    figures = "".join(char for char in code[:12] if "0" <= char <= "9")[:9]
    return int(figures) + 1 if figures else 0


@lru_cache(maxsize=131_072)
def birth_date(text: str, country: str = "") -> tuple[int, int, int]:
    """(year, month, day) of an ISO date, zero for each part that is unknown or impossible.

    A year of another calendar is the year of ours that it is compared by (``calendars``), by the ``country`` of birth.
    """
    parts = text.strip()[:10].split("-")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts[0]) != 4:
        return 0, 0, 0
    year, month, day = (*(int(part) for part in parts), 0, 0)[:3]
    year, month, day = our_date(year, month, day, country)
    if not 1850 <= year <= 2150:
        return 0, 0, 0
    if not 1 <= month <= 12:
        month, day = 0, 0
    if not 1 <= day <= 31:
        day = 0
    return year, month, day


def normalise(identity: Identity) -> bytes:
    """The 96-byte row (``layout``) of ``identity``; never raises on any text."""
    return normalise_fields(
        identity.family_name,
        identity.given_names,
        identity.usage_name,
        identity.sex,
        identity.birth_date,
        identity.birth_place,
        identity.birth_country,
        identity.nationality,
        identity.caisse,
        identity.address_postcode,
    )


def normalise_fields(
    family: str,
    given: str,
    usage: str,
    sex: str,
    born: str,
    place: str,
    country: str,
    nationality: str,
    caisse: str,
    postcode: str,
) -> bytes:
    """``normalise`` without the Identity, for bulk loads of millions of rows."""
    if family and given and are_placeholder(latin(family), latin(given)):
        family = given = ""
    first = _packed(family[:MAX_INPUT], ROLE_FAMILY, MAX_FAMILY)
    second = _packed(given[:MAX_INPUT], ROLE_GIVEN, MAX_GIVEN)
    third = _packed(usage[:MAX_INPUT], ROLE_USAGE, MAX_USAGE) if usage else b""
    if third and third == bytes((code & ~(3 << ROLE_SHIFT)) | (ROLE_USAGE << ROLE_SHIFT) for code in first):
        third = b""
    flags = 0
    if not family.isascii() or not given.isascii():
        flags = script_flags(family) | script_flags(given)
    if not first or not second:
        flags |= FLAG_SINGLE_NAME
    names = first + second + third
    if len(names) > NAME_BYTES:
        flags |= FLAG_TRUNCATED
        names = _fitted(first, second, third)
    year, month, day = birth_date(born, country)
    sex_code = 1 if sex in {"M", "m"} else 2 if sex in {"F", "f"} else 0
    numbers = _NUMBERS.pack(
        year,
        month,
        day,
        sex_code,
        flags,
        _country(country),
        _country(nationality),
        _caisse(caisse),
        _postcode(postcode),
    )
    return names.ljust(NAME_BYTES, b"\0") + numbers + _place(place)


def _fitted(first: bytes, second: bytes, third: bytes) -> bytes:
    """Both birth names share the room before the usage name; the tail of each is cut."""
    half = NAME_BYTES // 2
    room_second = max(half, NAME_BYTES - len(first))
    second = second[:room_second]
    first = first[: NAME_BYTES - len(second)]
    return first + second + third[: NAME_BYTES - len(first) - len(second)]


def normalise_many(identities: Iterable[Identity]) -> bytes:
    """The rows of ``identities`` one after the other (``numpy.frombuffer(..., 'u1').reshape(-1, 96)``)."""
    return b"".join(map(normalise, identities))


@dataclass(frozen=True, slots=True)
class UnpackedRecord:
    """A row read back: what comparison sees of a person."""

    family: tuple[str, ...]
    given: tuple[str, ...]
    usage: tuple[str, ...]
    year: int
    month: int
    day: int
    sex: int
    flags: int
    country: int
    nationality: int
    caisse: int
    postcode: int
    place: str


def unpack(row: bytes) -> UnpackedRecord:
    """Read a 96-byte row back.  Raises ValueError on any other length."""
    if len(row) != ROW_BYTES:
        raise ValueError(f"a normalised row has {ROW_BYTES} bytes, not {len(row)}")
    words: tuple[list[str], list[str], list[str]] = ([], [], [])
    for code in row[:NAME_BYTES]:
        if not code:
            break
        role = (code >> ROLE_SHIFT) & 3
        letter = chr((code & LETTER_MASK) + 96)
        if code & TOKEN_START or not words[role]:
            words[role].append(letter)
        else:
            words[role][-1] += letter
    year, month, day, sex, flags, country, nationality, caisse, postcode = _NUMBERS.unpack(row[NAME_BYTES:OFF_PLACE])
    place = "".join(chr(code + 96) for code in row[OFF_PLACE:] if code)
    return UnpackedRecord(
        tuple(words[0]),
        tuple(words[1]),
        tuple(words[2]),
        year,
        month,
        day,
        sex,
        flags,
        country,
        nationality,
        caisse,
        postcode,
        place,
    )
