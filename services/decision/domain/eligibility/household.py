"""Who is in the household of an application, who counts for the ceiling, and who asks for a right."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Literal

from services.decision.domain.eligibility.facts import CaseFacts, CaseMember
from services.decision.domain.law.rulebook import Law
from services.decision.domain.law.value_types import ChildAge, Dependants
from shared.calendar import add_months
from shared.contract.birth_years import of_other_calendar
from shared.contract.consistency import earliest_birth, latest_birth
from shared.contract.facts import Relation

Standing = Literal["adult", "minor", "unknown"]


@dataclass(frozen=True)
class HouseholdMember:
    """One member's place: adult or minor, counted in the household or not, asking for a right or not.

    ``third_person``: in the household as the one person outside the family. ``doubt``: why a person must look.
    ``wavering``: counted or not, according to a fact or a law that is not sure.
    """

    member: CaseMember
    standing: Standing
    counted: bool
    claims: bool
    third_person: bool = False
    dependant: bool = True
    doubt: str = ""
    wavering: bool = False

    @property
    def rank(self) -> int:
        """The member's rank; 0 is the applicant."""
        return self.member.rank


@dataclass(frozen=True)
class Household:
    """The members with their place in the household."""

    places: tuple[HouseholdMember, ...]

    @property
    def size(self) -> int:
        """Number of persons who count for the ceiling."""
        return sum(place.counted for place in self.places)

    @property
    def counted_ranks(self) -> frozenset[int]:
        """Ranks of the members who count for the ceiling."""
        return frozenset(place.rank for place in self.places if place.counted)

    @property
    def readings(self) -> tuple[frozenset[int], ...]:
        """Who counts, the ordinary reading first; then the household without, and with, all who are not sure."""
        wavering = {place.rank for place in self.places if place.wavering}
        if not wavering:
            return (self.counted_ranks,)
        return tuple(dict.fromkeys([self.counted_ranks, self.counted_ranks - wavering, self.counted_ranks | wavering]))

    def halves(self, ranks: frozenset[int]) -> int:
        """How many of these persons are children who live with each parent in turn: each counts for half a share."""
        return sum(
            place.rank in ranks and place.member.relation is Relation.CHILD and bool(place.member.shared_custody)
            for place in self.places
        )

    @property
    def claimants(self) -> tuple[HouseholdMember, ...]:
        """The members who ask for a right."""
        return tuple(place for place in self.places if place.claims)

    @property
    def minors_alone(self) -> bool:
        """No adult stands behind the minors: isolated minors, or a minor who applies alone."""
        return all(place.standing == "minor" for place in self.places)


def age_on(born: dt.date, on: dt.date) -> int:
    """Completed years of life."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def age_bounds(birth_date: str | None, on: dt.date) -> tuple[int, int] | None:
    """The least and the greatest age a person may have on a day; None when no birth date is known, or it is of
    another calendar."""
    if birth_date is None or of_other_calendar(birth_date):
        return None
    earliest, latest = earliest_birth(birth_date), latest_birth(birth_date)
    return age_on(latest, on), age_on(earliest, on)


def standing_on(birth_date: str | None, on: dt.date, majority: int) -> Standing:
    """Adult or minor on a day; unknown where an incomplete date of birth leaves both possible."""
    bounds = age_bounds(birth_date, on)
    if bounds is None or bounds[0] < majority <= bounds[1]:
        return "unknown"
    return "adult" if bounds[0] >= majority else "minor"


def household(facts: CaseFacts, law: Law) -> Household:
    """Place every member by the law of the deposit date: CASF L. 251-1, circulaire DSS/2A/2011/351."""
    on = law.deposit
    majority = int(law.value("adult_age").value)
    relations: Dependants = law.value("dependants.relations").value
    ages: ChildAge = law.value("dependants.child_age").value
    relatives_left, third_persons_left = relations.relatives_at_most, relations.third_persons
    places: list[HouseholdMember] = []
    for member in sorted(facts.members, key=lambda one: one.rank):
        standing = standing_on(member.birth_date, on, majority)
        if standing == "unknown" and member.relation is Relation.ASCENDANT and places[0].standing == "adult":
            standing = "adult"  # whatever the day of birth: the parent of an adult is one
        place = HouseholdMember(member=member, standing=standing, counted=True, claims=True)
        if member.rank == 0:
            places.append(replace(place, doubt="regular_stay") if member.in_regular_stay else place)
        elif member.in_regular_stay:
            places.append(_regular(place, law))
        elif member.relation == Relation.CHILD:
            places.append(_child(place, ages, on))
        elif member.relation in relations.counted:
            places.append(place)
        elif member.relation in relations.relatives and relatives_left > 0:
            relatives_left -= 1
            places.append(place)
        elif third_persons_left > 0 and not _apart(member, law):
            third_persons_left -= 1
            places.append(replace(place, third_person=True))
        else:
            places.append(replace(place, counted=False, dependant=False))
    return Household(tuple(places))


def _regular(place: HouseholdMember, law: Law) -> HouseholdMember:
    """A member in regular stay: a spouse is left out (surely since September 2011), another is for a person to see."""
    left_out = law.value("dependants.regular_spouse_excluded")
    if place.member.relation == Relation.SPOUSE and left_out.value:
        return replace(place, counted=False, claims=False, wavering=left_out.confidence == "M")
    return replace(place, counted=False, doubt="regular_stay")


def _apart(member: CaseMember, law: Law) -> bool:
    """A third person who is known not to be in charge, or not to have lived here for the months of the day."""
    months = int(law.value("dependants.third_person_months").value)
    since = member.living_together_since
    return member.in_charge is False or (since is not None and add_months(since, months) > law.deposit)


def _child(place: HouseholdMember, ages: ChildAge, on: dt.date) -> HouseholdMember:
    """A child in charge; past the age, a minor keeps a right of his own and an adult must apply for himself."""
    bounds = age_bounds(place.member.birth_date, on)
    limit = ages.below_in_education if place.member.in_education else ages.below
    if place.member.infirm and ages.below_infirm is not None:
        limit = max(limit, ages.below_infirm)
    if bounds is None:
        return replace(place, wavering=True)
    if bounds[0] < limit <= bounds[1]:
        return replace(place, doubt="age", wavering=True)
    if bounds[1] < limit:
        return place
    return replace(place, counted=False, dependant=place.standing != "adult")
