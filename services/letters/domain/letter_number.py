"""The number of a letter: twenty digits printed on the sheet, in figures and as a Code 128 that a scanner reads.

It is made from the letter's id alone, so that what comes back is found by what is printed on it.
"""

from __future__ import annotations

import re
from uuid import UUID

DIGITS = 20
PATTERN = re.compile(r"[0-9]{20}")


def number_of(letter_id: UUID) -> str:
    """The first 64 bits of the id, as twenty decimal digits."""
    return f"{letter_id.int >> 64:0{DIGITS}d}"


def read_number(scanned: str) -> str | None:
    """The number in what a scanner typed, or in what a person copied with spaces; None where there is none."""
    digits = re.sub(r"[\s.-]", "", scanned)
    return digits if PATTERN.fullmatch(digits) else None


# Widths of bars and spaces of the 107 symbols of Code 128 (ISO/IEC 15417), three pairs each; the last is the stop.
_SYMBOLS: tuple[str, ...] = tuple(
    re.findall(
        r"\d+",
        "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 "
        "221312 231212 112232 122132 122231 113222 123122 123221 223211 221132 "
        "221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 "
        "212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 "
        "231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 "
        "231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
        "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 "
        "112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
        "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 "
        "214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 "
        "114131 311141 411131 211412 211214 211232 2331112",
    )
)
_START_C, _STOP = 105, 106


def bars(number: str) -> list[int]:
    """Widths in modules, a bar first and then a space in turn, of ``number`` in code set C (two digits a symbol)."""
    values = [_START_C, *(int(number[at : at + 2]) for at in range(0, len(number), 2))]
    check = (values[0] + sum(place * value for place, value in enumerate(values[1:], 1))) % 103
    return [int(width) for value in (*values, check, _STOP) for width in _SYMBOLS[value]]
