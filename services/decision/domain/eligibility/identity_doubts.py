"""What names and numbers of the members leave in doubt, as codes: decision keeps the code, and neither name nor
number. PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from shared.contract.birth_years import of_other_calendar
from shared.contract.facts import Member, Sex

Doubt = Literal["number_of_other_sex", "number_of_other_birth", "number_shared", "not_told_apart"]
SEX_OF_NUMBER = {"1": Sex.MALE, "2": Sex.FEMALE}
LONGEST_MONTH = 12
"""Months above it stand for births whose month was not known: 20 to 42 and 50 to 99."""


def identity_doubts(members: Sequence[Member]) -> Mapping[int, tuple[Doubt, ...]]:
    """What the names and numbers of the members leave in doubt, by rank; members without a doubt are left out."""
    found = {member.rank: tuple(_of_member(member, members)) for member in members}
    return {rank: doubts for rank, doubts in found.items() if doubts}


def _of_member(member: Member, members: Sequence[Member]) -> Iterator[Doubt]:
    yield from _number(member)
    others = [other for other in members if other is not member]
    if member.social_number and any(other.social_number[:13] == member.social_number[:13] for other in others):
        yield "number_shared"
    if member.birth_date and any(_written_alike(member, other) for other in others):
        yield "not_told_apart"


def _number(member: Member) -> Iterator[Doubt]:
    """A number of social security begins with the sex, the year and the month of the birth; provisional ones (3, 4, 7,
    8) are left alone, and so is a part of the birth that is not known."""
    sex, born = SEX_OF_NUMBER.get(member.social_number[:1]), member.birth_date
    if sex is None:
        return
    if member.sex is not Sex.UNKNOWN and member.sex is not sex:
        yield "number_of_other_sex"
    if born is None or of_other_calendar(born):
        return
    year, month = member.social_number[1:3], member.social_number[3:5]
    known_month = month.isdigit() and 1 <= int(month) <= LONGEST_MONTH and born[5:7] != "00"
    if year != born[2:4] or (known_month and month != born[5:7]):
        yield "number_of_other_birth"


def _written_alike(one: Member, other: Member) -> bool:
    """Whether two members bear the same names and the same date of birth, as newborn twins without given names do."""
    names = [tuple(text.casefold().split()) for text in (one.family_name, one.given_names)]
    return one.birth_date == other.birth_date and names == [
        tuple(text.casefold().split()) for text in (other.family_name, other.given_names)
    ]
