"""Who is in the household of an application, who counts for the ceiling, and who asks for a right."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, replace
from typing import Literal

from services.decision.casefacts import CaseFacts, CaseMember
from services.decision.rulebook import Rulebook
from services.decision.shapes import ChildAge, Dependants
from shared.facts import Relation

Standing = Literal["adult", "minor", "unknown"]


@dataclass(frozen=True)
class Place:
    """One member's place: adult or minor, counted in the household or not, asking for a right or not.

    ``third_person``: in the household as the one person outside the family. ``doubt``: why a person must look.
    """

    member: CaseMember
    standing: Standing
    counted: bool
    claims: bool
    third_person: bool = False
    dependant: bool = True
    doubt: str = ""

    @property
    def rank(self) -> int:
        return self.member.rank


@dataclass(frozen=True)
class Household:
    places: tuple[Place, ...]

    @property
    def size(self) -> int:
        return sum(place.counted for place in self.places)

    @property
    def counted_ranks(self) -> frozenset[int]:
        return frozenset(place.rank for place in self.places if place.counted)

    @property
    def claimants(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.claims)

    @property
    def minors_alone(self) -> bool:
        """No adult stands behind the minors: isolated minors, or a minor who applies alone."""
        return all(place.standing == "minor" for place in self.places)


def birth_bounds(birth_date: str) -> tuple[dt.date, dt.date]:
    """The earliest and the latest day a partial birth date (00 for an unknown month or day) may mean."""
    year, month, day = (int(part) for part in birth_date.split("-"))
    if month == 0:
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    if day == 0:
        return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])
    return dt.date(year, month, day), dt.date(year, month, day)


def age_on(born: dt.date, on: dt.date) -> int:
    """Completed years of life."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def age_bounds(birth_date: str | None, on: dt.date) -> tuple[int, int] | None:
    """The least and the greatest age a person may have on a day; None when no birth date is known."""
    if birth_date is None:
        return None
    earliest, latest = birth_bounds(birth_date)
    return age_on(latest, on), age_on(earliest, on)


def standing_on(birth_date: str | None, on: dt.date, majority: int) -> Standing:
    bounds = age_bounds(birth_date, on)
    if bounds is None or bounds[0] < majority <= bounds[1]:
        return "unknown"
    return "adult" if bounds[0] >= majority else "minor"


def household(facts: CaseFacts, book: Rulebook, on: dt.date) -> Household:
    """Place every member by the law of ``on`` (the deposit date): CASF L. 251-1, circulaire DSS/2A/2011/351."""
    majority = int(book.value("adult_age", on).value)
    relations: Dependants = book.value("dependants.relations", on).value
    ages: ChildAge = book.value("dependants.child_age", on).value
    spouse_excluded = bool(book.value("dependants.regular_spouse_excluded", on).value)
    third_persons_left = relations.third_persons
    places = []
    for member in sorted(facts.members, key=lambda one: one.rank):
        standing = standing_on(member.birth_date, on, majority)
        place = Place(member=member, standing=standing, counted=True, claims=True)
        if member.rank == 0:
            places.append(replace(place, doubt="regular_stay") if member.in_regular_stay else place)
            continue
        if member.in_regular_stay:
            regular_spouse = member.relation == Relation.SPOUSE and spouse_excluded
            doubt = "" if regular_spouse else "regular_stay"
            places.append(Place(member, standing, counted=False, claims=not regular_spouse, doubt=doubt))
        elif member.relation == Relation.CHILD:
            places.append(_child(member, standing, ages, on))
        elif member.relation in relations.counted:
            places.append(place)
        elif third_persons_left > 0:
            third_persons_left -= 1
            places.append(Place(member, standing, counted=True, claims=True, third_person=True))
        else:
            places.append(Place(member, standing, counted=False, claims=True, dependant=False))
    return Household(tuple(places))


def _child(member: CaseMember, standing: Standing, ages: ChildAge, on: dt.date) -> Place:
    """A child in charge; past the age, a minor keeps a right of his own and an adult must apply for himself."""
    bounds = age_bounds(member.birth_date, on)
    limit = ages.below_in_education if member.in_education else ages.below
    if bounds is None or bounds[0] < limit <= bounds[1]:
        return Place(member, standing, counted=True, claims=True, doubt="" if bounds is None else "age")
    if bounds[1] < limit:
        return Place(member, standing, counted=True, claims=True)
    return Place(member, standing, counted=False, claims=True, dependant=standing != "adult")
