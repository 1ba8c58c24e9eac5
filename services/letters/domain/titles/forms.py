"""Which title a caisse gives on a day, by dated data, and who of a household has one of his own. PURE."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class TitleForm(StrEnum):
    """The object that proves an admission."""

    PAPER_ATTESTATION = "paper_attestation"
    PHOTO_ATTESTATION = "photo_attestation"
    PHOTO_CARD = "photo_card"
    PLASTIC_CARD = "plastic_card"


class FormVersion(BaseModel):
    """A form of title, from a day to a day. ``own_from_age``: who is as old has a title of his own; None: one title a
    household. ``caisses``: where; empty: everywhere."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: TitleForm = Field(alias="name")
    starts_on: dt.date = Field(alias="from")
    ends_on: dt.date | None = Field(default=None, alias="until")
    caisses: frozenset[str] = frozenset()
    made: Literal["here", "card_maker"]
    photograph: bool
    own_from_age: int | None = None
    reference: str
    confidence: Literal["V", "S", "M", "C"]


class PhotographRules(BaseModel):
    """The limits of a photograph: pixels of the cropped picture, and what the checks accept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int
    height: int
    ratio_tolerance: float
    least_sharpness: float
    least_background: float
    most_background: float
    largest_bytes: int
    largest_pixels: int


class NoTitleForDay(ValueError):
    """No form of title is known for this day."""

    code = "no_title_for_day"


@dataclass(frozen=True)
class TitleRules:
    """The dated data of ``titles.yaml``."""

    forms: tuple[FormVersion, ...]
    photograph: PhotographRules

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> TitleRules:
        """Raises pydantic.ValidationError when the data is wrong."""
        forms = tuple(FormVersion.model_validate(one) for one in data["forms"])
        return cls(forms, PhotographRules.model_validate(data["photograph"]))

    def on(self, day: dt.date, caisse: str) -> FormVersion:
        """The form that this caisse gives on this day: its own trial before what everybody gives. Raises
        NoTitleForDay."""
        found = [one for one in self.forms if one.starts_on <= day and (one.ends_on is None or day <= one.ends_on)]
        here = [one for one in found if caisse in one.caisses] or [one for one in found if not one.caisses]
        if not here:
            raise NoTitleForDay(day.isoformat())
        return here[0]

    def version(self, form: TitleForm) -> FormVersion:
        """What is known of a form."""
        return next(one for one in self.forms if one.form is form)


@dataclass(frozen=True)
class PersonWithRight:
    """A member of the household whose right is open, and its period."""

    member_id: UUID
    rank: int
    birth_date: str | None
    starts_on: dt.date
    ends_on: dt.date


@dataclass(frozen=True)
class PlannedTitle:
    """Whose title, and the ranks of those who are listed on it."""

    person: PersonWithRight
    listed: tuple[int, ...]


def age_on(birth_date: str | None, day: dt.date) -> int | None:
    """Full years on a day; a month or day that is not known is taken for the first. None: the year is not known."""
    year, month, date = (int(part) for part in (birth_date or "0-0-0").split("-"))
    if not year:
        return None
    return day.year - year - ((day.month, day.day) < (max(month, 1), max(date, 1)))


def planned(persons: Sequence[PersonWithRight], form: FormVersion) -> list[PlannedTitle]:
    """Who has a title, in the order of ranks. Who is younger than the age of an own title at the opening of the right
    is listed on the first one, to its end: growing older during the right changes nothing. Of whom the age is not known
    has one of his own. Whose right was ended before the end of the first title is listed on none."""
    found = sorted(persons, key=lambda person: person.rank)
    if not found:
        return []
    own = found[:1]
    if form.own_from_age is not None:
        least = form.own_from_age
        own = [one for one in found if (age := age_on(one.birth_date, one.starts_on)) is None or age >= least] or own
    listed = tuple(one.rank for one in found if one not in own and one.ends_on >= own[0].ends_on)
    return [PlannedTitle(person, listed if person is own[0] else ()) for person in own]
