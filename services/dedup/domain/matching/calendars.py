"""Years of other calendars, as some papers bear them, as the years they are compared by (PURE).

What was written is kept as it is: nothing is computed from it but a comparison, and a person looks.
Buddhist years (Thailand, Laos, Cambodia) run 543 ahead, with our months. Solar Hijri years (Iran, Afghanistan) begin in
March, 621 behind; lunar Hijri years are 354 days long. For both of these only the year is compared, about one off.
Ethiopian years are seven or eight behind and look like ours: the score compares them both ways (``date_between``).
"""

from __future__ import annotations

from typing import Final

BUDDHIST: Final = range(2350, 2700)
HIJRI: Final = range(1250, 1500)
SOLAR_COUNTRIES: Final = frozenset({"AF", "IR"})

_BUDDHIST_AHEAD: Final = 543
_SOLAR_BEHIND: Final = 621
_LUNAR_YEAR: Final = 0.970224
"""A lunar year in solar years; the first began in July 622."""
_LUNAR_BEGINS: Final = 621.5774


def is_of_another_calendar(year: int) -> bool:
    """Whether a year can be none of ours for a person alive, and is one of another calendar."""
    return year in BUDDHIST or year in HIJRI


def our_date(year: int, month: int, day: int, country: str) -> tuple[int, int, int]:
    """The date to compare by; month and day are 0 where they cannot be told. ``country``: of birth, ISO alpha-2."""
    if year in BUDDHIST:
        return year - _BUDDHIST_AHEAD, month, day
    if year in HIJRI and country.strip().upper() in SOLAR_COUNTRIES:
        return year + _SOLAR_BEHIND, 0, 0
    if year in HIJRI:
        return int(year * _LUNAR_YEAR + _LUNAR_BEGINS), 0, 0
    return year, month, day
