"""Invented persons, and the ways counters write them down. Everything comes from the generator's own random source."""

from __future__ import annotations

import calendar
import datetime as dt
import random
import unicodedata
from dataclasses import dataclass, field, replace

from deploy.demo.origins import ORIGINS, Origin, Spellings

PARTICLES = ("el ", "ben ", "da ", "dos ", "de ", "ould ", "mint ", "dela ")


@dataclass(frozen=True)
class Person:
    """Who somebody really is. ``family`` and ``given`` hold all spellings, the first is the passport's."""

    person_id: str
    origin: str
    family: Spellings
    given: Spellings
    sex: str
    born: dt.date
    town: Spellings
    second_given: Spellings | None = None

    def age(self, day: dt.date) -> int:
        """Age on this day, in whole years."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


@dataclass(frozen=True)
class Written:
    """How one paper or counter writes a person. ``born`` may be partial (1984-00-00) or wrong."""

    family_name: str
    given_names: str
    sex: str
    born: str
    town: str
    country: str
    usage_name: str = ""
    operations: tuple[str, ...] = field(default=())


class People:
    """The source of persons: numbered, from one random source, so that a seed always gives the same people."""

    def __init__(self, source: random.Random) -> None:
        self.source = source
        self.count = 0
        self._seen: set[tuple[str, str, str]] = set()

    def _number(self) -> str:
        self.count += 1
        return f"P{self.count:04d}"

    def _birthday(self, low: int, high: int, on: dt.date) -> dt.date:
        """A birth date for an age of ``low`` to ``high`` years completed on a day."""
        latest = on.replace(year=on.year - low, day=min(on.day, 28)) - dt.timedelta(days=1)
        earliest = on.replace(year=on.year - high - 1, day=min(on.day, 28)) + dt.timedelta(days=2)
        return earliest + dt.timedelta(days=self.source.randrange((latest - earliest).days + 1))

    def invent(
        self,
        origin: str,
        on: dt.date,
        ages: tuple[int, int] = (19, 63),
        sex: str = "",
        family: Spellings | None = None,
        town: Spellings | None = None,
        born: dt.date | None = None,
    ) -> Person:
        """A new person of an origin; never the same names and birth date as another."""
        parts: Origin = ORIGINS[origin]
        while True:
            chosen_sex = sex or self.source.choice("FM")
            given = self.source.choice(parts.female if chosen_sex == "F" else parts.male)
            second = None
            if self.source.random() < 0.16:
                second = self.source.choice(parts.female if chosen_sex == "F" else parts.male)
            person = Person(
                "",
                origin,
                family or self.source.choice(parts.families),
                given,
                chosen_sex,
                born or self._birthday(*ages, on),
                town or self.source.choice(parts.towns),
                second if second != given else None,
            )
            key = (person.family[0], person.given[0], person.born.isoformat())
            if key not in self._seen:
                self._seen.add(key)
                return replace(person, person_id=self._number())

    def twin_of(self, person: Person) -> Person:
        """Same family, day and town of birth, another given name (often of the other sex)."""
        sex = person.sex if self.source.random() < 0.6 else {"F": "M", "M": "F"}[person.sex]
        while True:
            twin = self.invent(
                person.origin, person.born, sex=sex, family=person.family, town=person.town, born=person.born
            )
            if not {twin.given, twin.second_given} & {person.given, person.second_given} - {None}:
                return twin

    def sibling_of(self, person: Person) -> Person:
        """Same family and town of birth, one to six years between them."""
        days = self.source.choice((-1, 1)) * self.source.randrange(380, 2200)
        return self.invent(
            person.origin,
            person.born,
            family=person.family,
            town=person.town,
            born=person.born + dt.timedelta(days=days),
        )

    def namesake_of(self, person: Person) -> Person:
        """Same names, somebody else: born in another year, usually elsewhere; or, harder, within the same weeks."""
        if self.source.random() < 0.45:
            born = person.born + dt.timedelta(days=self.source.choice((-31, -10, -1, 1, 9, 20, 30)))
            return replace(person, person_id=self._number(), born=born, second_given=None)
        years = self.source.choice((-14, -11, -9, -6, -4, 3, 5, 8, 12))
        month = self.source.randrange(1, 13)
        born = dt.date(person.born.year + years, month, self.source.randrange(1, 29))
        town = self.source.choice(ORIGINS[person.origin].towns)
        return replace(person, person_id=self._number(), born=born, town=town, second_given=None)


def plain(text: str) -> str:
    """Upper case without accents, as old terminals write."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).upper()


def as_on_paper(person: Person, source: random.Random) -> Written:
    """The first writing: passport spelling, sometimes in capitals; some births known by their year only."""
    given = person.given[0] + (f" {person.second_given[0]}" if person.second_given else "")
    family = person.family[0]
    if source.random() < 0.45:
        family = plain(family)
        given = plain(given) if source.random() < 0.5 else given
    born = person.born.isoformat()
    roll = source.random()
    if roll < 0.025:
        born = f"{person.born.year}-00-00"
    elif roll < 0.06:
        born = f"{person.born.year}-01-01"
    return Written(family, given, person.sex, born, person.town[0], person.origin)


def _other(spellings: Spellings, source: random.Random) -> str:
    return source.choice(spellings[1:] or spellings)


def _joined(text: str) -> str:
    return text.replace(" ", "").replace("-", "").capitalize()


def _altered_date(born: dt.date, source: random.Random) -> tuple[str, str]:
    """What becomes of a birth date from one counter to the next, with the name of what happened."""
    swap = born.day <= 12 and born.day != born.month
    roll = source.random()
    if roll < 0.52:
        return born.isoformat(), "date_same"
    if roll < 0.72 and swap:
        return f"{born.year}-{born.day:02d}-{born.month:02d}", "date_swapped"
    if roll < 0.78:
        return f"{born.year}-{born.month:02d}-00", "day_unknown"
    if roll < 0.83:
        return f"{born.year}-01-01", "date_default"
    if roll < 0.92:
        last = calendar.monthrange(born.year, born.month)[1]
        day = born.day + 10 if born.day + 10 <= last else max(1, born.day - 10)
        return f"{born.year}-{born.month:02d}-{day:02d}", "day_digit"
    year = born.year + source.choice((-1, 1))
    return f"{year}-{born.month:02d}-{min(born.day, 28):02d}", "year_digit"


def written_again(person: Person, first: Written, source: random.Random) -> Written:
    """The same person at another counter: respelled, exchanged, joined, dropped, with a date that may have moved."""
    operations: list[str] = []
    family = _other(person.family, source) if source.random() < 0.55 else person.family[0]
    given = _other(person.given, source) if source.random() < 0.5 or family == person.family[0] else person.given[0]
    if family != person.family[0]:
        operations.append("family_respelled")
    if given != person.given[0]:
        operations.append("given_respelled")
    if person.second_given and source.random() < 0.5:
        given = f"{given} {_other(person.second_given, source)}"
    elif person.second_given:
        operations.append("second_given_dropped")
    roll = source.random()
    if roll < 0.16:
        family, given = given, family
        operations.append("exchanged")
    elif roll < 0.28 and (" " in given or "-" in given):
        given = _joined(given)
        operations.append("joined")
    elif roll < 0.36 and (particle := next((p for p in PARTICLES if family.lower().startswith(p)), "")):
        family = family[len(particle) :]
        operations.append("particle_dropped")
    usage = ""
    if person.sex == "F" and source.random() < 0.12:
        usage = source.choice(ORIGINS[person.origin].families)[0]
        operations.append("usage_name_added")
    if source.random() < 0.5:
        family, given = plain(family), plain(given)
    born, date_operation = _altered_date(person.born, source)
    if first.born != person.born.isoformat():
        born, date_operation = first.born, "date_same"  # the passport itself says no more
    operations.append(date_operation)
    town = _other(person.town, source) if source.random() < 0.3 else first.town
    return Written(family, given, person.sex, born, town, person.origin, usage, tuple(operations))
