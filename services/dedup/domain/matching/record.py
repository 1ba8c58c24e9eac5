"""The 96-byte normalised record: one fixed-width row that is stored, copied and scored without ever being an object.

A row is what the column ``identities.normalised`` holds and what the index keeps in memory, byte for byte.

===========  =====  =====================================================================================
bytes        type   meaning
===========  =====  =====================================================================================
0 .. 63      u1     the name tokens, one byte a letter: low 5 bits letter (a = 1 .. z = 26), bits 5-6 role of
                    the token, bit 7 set on its first letter; zero bytes after the last token
64, 65       u2     year of birth, 0 when unknown
66, 67       u1     month and day of birth, 0 when unknown
68           u1     sex: 0 unknown, 1 M, 2 F
69           u1     flags, see ``FLAG_*``
70 .. 75     u2     country of birth, nationality (letters in base 26, plus one; 0 unknown), caisse (base 36, plus one)
76 .. 79     u4     postcode of the address: its figures, plus one; 0 unknown
80 .. 95     u1     the first 16 letters of the place of birth (1 .. 26), zero padded
===========  =====  =====================================================================================

All integers are little endian.  Changing anything here changes ``LAYOUT_VERSION``: stored rows must then be rebuilt.
"""

from __future__ import annotations

import hashlib
from typing import Final

LAYOUT_VERSION: Final = 1
ROW_BYTES: Final = 96
NAME_BYTES: Final = 64
OFF_YEAR: Final = 64
OFF_MONTH: Final = 66
OFF_DAY: Final = 67
OFF_SEX: Final = 68
OFF_FLAGS: Final = 69
OFF_COUNTRY: Final = 70
OFF_NATIONALITY: Final = 72
OFF_CAISSE: Final = 74
OFF_POSTCODE: Final = 76
OFF_PLACE: Final = 80
PLACE_BYTES: Final = 16

TOKEN_START: Final = 0x80
ROLE_SHIFT: Final = 5
LETTER_MASK: Final = 0x1F
ROLE_FAMILY: Final = 0
ROLE_GIVEN: Final = 1
ROLE_USAGE: Final = 2

MAX_TOKEN: Final = 18
MAX_FAMILY: Final = 4
MAX_GIVEN: Final = 4
MAX_USAGE: Final = 2
MAX_TOKENS: Final = MAX_FAMILY + MAX_GIVEN + MAX_USAGE

FLAG_VOWELLESS: Final = 1
"""The names were written in a script that leaves vowels out (Arabic, Hebrew, Indic): vowels then weigh nothing."""
FLAG_SYLLABIC: Final = 2
"""The names were written in Chinese, Japanese or Korean characters."""
FLAG_SINGLE_NAME: Final = 4
"""One of the two name fields was a placeholder (SNP, XXX, SANS NOM) or empty: a one-name person."""
FLAG_TRUNCATED: Final = 8
"""Something did not fit in the row."""

SPELLING_SCALE: Final = 1024
"""Learned spelling weights are whole numbers of 1/1024: exact in any arithmetic, so that ties fall alike everywhere."""


def identity_fingerprint(normalised: bytes) -> str:
    """What "different" is remembered against: changes only when the identity data change, not when the person moves."""
    if len(normalised) != ROW_BYTES:
        raise ValueError(f"a normalised row has {ROW_BYTES} bytes, not {len(normalised)}")
    return hashlib.sha256(normalised[:OFF_CAISSE] + normalised[OFF_PLACE:]).hexdigest()[:32]
