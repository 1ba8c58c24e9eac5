"""Persons whom one caisse refused and another admitted: the counts, and what of them one of the two is shown. PURE.

Each line speaks of what another caisse did with a few persons. Whoever reads one caisse is outside of that other one,
so the rule of outward figures holds (``domain/outside.py``): zero stays, from 1 to 10 a count is masked, a larger one
is rounded. A part of the persons also tells how many are not in it: it is shown where neither is small.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.reporting.domain.outside import SECRECY, Secrecy


@dataclass(frozen=True)
class Repeats:
    """Persons refused at the first caisse and admitted at the second within a year. None: masked."""

    first_caisse: str
    second_caisse: str
    persons: int | None
    same_household: int | None
    first_overturned: int | None
    second_withdrawn: int | None


PARTS = ("same_household", "first_overturned", "second_withdrawn")


def as_one_caisse_sees(true: Repeats, secrecy: Secrecy = SECRECY) -> Repeats:
    """The same line without what would point at a few persons."""
    persons = true.persons or 0
    same, first, second = (_part(getattr(true, name), persons, secrecy) for name in PARTS)
    return Repeats(true.first_caisse, true.second_caisse, secrecy.published(persons), same, first, second)


def _part(count: int, persons: int, secrecy: Secrecy) -> int | None:
    hidden = any(secrecy.published(one) is None for one in (persons, count, persons - count))
    return None if hidden else secrecy.published(count)
