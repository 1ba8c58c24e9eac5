"""Years of birth as papers of other calendars write them. PURE.

A year such as 2523 (Buddhist) or 1402 (Hijri, Persian) is kept as written. Nothing is computed from it: a person looks.
"""

from __future__ import annotations

from typing import Final

OTHER_CALENDARS: Final = ((1300, 1499), (2400, 2699))
"""(first, last) year of the Hijri and Persian calendars, and of the Buddhist one."""


def of_other_calendar(birth_date: str) -> bool:
    """Whether the year of a birth, as written, is one of another calendar."""
    year = int(birth_date[:4]) if birth_date[:4].isdigit() else 0
    return any(first <= year <= last for first, last in OTHER_CALENDARS)
