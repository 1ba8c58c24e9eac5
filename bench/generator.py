"""Invented people in any number, always the same for a seed: bases, returning applicants, and decoys.

Frequent names and places have the shares learned from open data (``names.json``: only those borne by many people); the
long tail of rare family names is put together from pieces of the frequent ones, so that rarities span six orders of
magnitude.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import JaroWinkler

from services.dedup.domain.matching.normalisation import Identity, normalise_many
from services.dedup.domain.matching.record import ROW_BYTES
from services.dedup.training.data import as_rows, strangers

CAISSES: Final = [
    "93",
    "75",
    "94",
    "92",
    "95",
    "91",
    "77",
    "78",
    "13",
    "69",
    "59",
    "31",
    "34",
    "67",
    "06",
    "38",
    "44",
    "33",
    "35",
    "76",
    "973",
    "974",
]
FIRST_BIRTH: Final = date(1940, 1, 1)
DAYS: Final = 28_000
RESPELT: Final = 0.9
"""Likeness (Jaro-Winkler) from which two given names are one name spelt twice."""
DECOYS: Final = ("twin", "sibling", "same_date", "namesake", "parent_child", "stranger")


class Draw:
    """Weighted choice from a table of shares; what the shares leave uncovered goes to ``rare``."""

    def __init__(self, shares: dict[str, float], rare: Callable[[random.Random], str]) -> None:
        self.names = list(shares)
        self.sums = list(accumulate(shares.values()))
        self.rare = rare
        self.covered = max(self.sums[-1], 1.0) if self.sums[-1] > 0.9 else 1.0

    def __call__(self, rng: random.Random) -> str:
        if rng.random() * self.covered >= self.sums[-1]:
            return self.rare(rng)
        return rng.choices(self.names, cum_weights=self.sums)[0]


class Country:
    """Names and places of one country."""

    def __init__(self, code: str, lists: dict[str, Any]) -> None:
        self.code = code
        self.share: float = lists["share"]
        frequent = sorted({*lists["family"], *lists["M"]})
        heads = sorted({name[:cut] for name in frequent for cut in (2, 3, 4) if len(name) > cut + 1})
        tails = sorted({name[cut:] for name in frequent for cut in (2, 3, 4) if len(name) > cut + 1})
        middles = sorted({name[2:4] for name in frequent if len(name) > 5}) or ["ra"]

        def rare(rng: random.Random) -> str:
            middle = rng.choice(middles) if rng.random() < 0.3 else ""
            return f"{rng.choice(heads)}{middle}{rng.choice(tails)}"[:14]

        self.family = Draw(lists["family"], rare)
        self.given = {sex: Draw(lists[sex], rare) for sex in "MF"}
        self.place = Draw(lists["place"], rare)


@lru_cache(maxsize=1)
def countries() -> tuple[Country, ...]:
    """All countries of ``names.json``."""
    lists = json.loads((Path(__file__).parent / "names.json").read_text("utf-8"))
    return tuple(Country(code, entry) for code, entry in lists.items())


@dataclass(frozen=True, slots=True)
class Case:
    """A new application and what is true of it: the number of the earlier record, or None, and what was done."""

    identity: Identity
    match: int | None
    kind: str
    operations: tuple[str, ...]


def birth_date(rng: random.Random) -> str:
    """An ISO date; one in fourteen is an administrative default or partial."""
    day = FIRST_BIRTH + timedelta(rng.randrange(DAYS))
    roll = rng.random()
    if roll < 0.055:
        return f"{day.year}-01-01"
    if roll < 0.062:
        return f"{day.year}-12-31"
    return f"{day.year}-00-00" if roll < 0.075 else day.isoformat()


def person(rng: random.Random) -> Identity:
    """A person of a country drawn by share."""
    country = rng.choices(countries(), weights=[c.share for c in countries()])[0]
    sex = rng.choice("MMMFF")
    given = country.given[sex](rng)
    if rng.random() < 0.25:
        given += " " + country.given[sex](rng)
    caisse = rng.choice(CAISSES)
    family = country.family(rng)
    usage = country.family(rng) if sex == "F" and rng.random() < 0.3 else ""
    record = Identity(
        family,
        given,
        usage,
        sex,
        birth_date(rng),
        country.place(rng),
        country.code,
        country.code,
        caisse,
        f"{caisse[:2]}{rng.randrange(40):02}0",
    )
    return _written(record, rng)


def _written(record: Identity, rng: random.Random) -> Identity:
    style = str.upper if rng.random() < 0.5 else str.title
    return replace(
        record,
        family_name=style(record.family_name),
        given_names=style(record.given_names),
        usage_name=style(record.usage_name),
        birth_place=style(record.birth_place),
    )


def people(count: int, seed: int) -> Iterator[Identity]:
    """``count`` people, the same for a seed."""
    rng = random.Random(seed)
    return (person(rng) for _ in range(count))


def base_rows(count: int, seed: int, kernel_share: int = 200_000) -> npt.NDArray[np.uint8]:
    """Normalised rows of a base of any size: the first ``kernel_share`` are ``people``, the rest recombine them."""
    real = as_rows(normalise_many(people(min(count, kernel_share), seed)))
    if count <= len(real):
        return real
    out = np.empty((count, ROW_BYTES), np.uint8)
    out[: len(real)] = real
    out[len(real) :] = strangers(real, count - len(real), seed + 1)
    return out


# ---- what happens between two applications -----------------------------------------------------------------------

_RULES: Final = (
    ("ou", "u"),
    ("u", "ou"),
    ("ou", "w"),
    ("dj", "j"),
    ("j", "dj"),
    ("ch", "sh"),
    ("kh", "h"),
    ("h", "kh"),
    ("i", "y"),
    ("y", "i"),
    ("ss", "s"),
    ("s", "ss"),
    ("mm", "m"),
    ("m", "mm"),
    ("a", "e"),
    ("e", "a"),
    ("ai", "ei"),
    ("ah", "a"),
    ("k", "c"),
    ("q", "k"),
    ("th", "t"),
    ("dd", "d"),
    ("o", "ou"),
    ("ee", "i"),
    ("gh", "g"),
    ("z", "s"),
    ("oue", "we"),
)


def variant(name: str, rng: random.Random) -> str:
    """Another usual spelling: one or two rules of transcription applied somewhere."""
    low = name.lower()
    for _ in range(rng.choice((1, 1, 2))):
        usable = [(old, new) for old, new in _RULES if old in low]
        if not usable:
            break
        old, new = rng.choice(usable)
        at = rng.choice([n for n in range(len(low)) if low.startswith(old, n)])
        low = low[:at] + new + low[at + len(old) :]
    return low.upper() if name.isupper() else low.title()


def typo(name: str, rng: random.Random) -> str:
    """A letter doubled, lost, exchanged with its neighbour or replaced."""
    if len(name) < 3:
        return name
    at = rng.randrange(1, len(name) - 1)
    changes = (
        name[:at] + name[at + 1 :],
        name[:at] + name[at] + name[at:],
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        name[:at] + rng.choice("aeinorst") + name[at + 1 :],
    )
    return rng.choice(changes)


def _exchange(r: Identity, rng: random.Random) -> Identity:
    return replace(r, family_name=r.given_names, given_names=r.family_name)


def _drop_given(r: Identity, rng: random.Random) -> Identity:
    return replace(r, given_names=r.given_names.split()[0]) if r.given_names else r


def _add_given(r: Identity, rng: random.Random) -> Identity:
    country = next(c for c in countries() if c.code == r.nationality)
    return replace(r, given_names=f"{r.given_names} {country.given[r.sex or 'M'](rng)}")


def _join(r: Identity, rng: random.Random) -> Identity:
    return replace(r, given_names=r.given_names.replace(" ", ""))


def _particle(r: Identity, rng: random.Random) -> Identity:
    return replace(r, family_name=f"{rng.choice(('El', 'Ben', 'Al', 'Ould'))} {r.family_name}")


def _usage(r: Identity, rng: random.Random) -> Identity:
    return replace(r, family_name=r.usage_name, usage_name=r.family_name) if r.usage_name else r


def _single(r: Identity, rng: random.Random) -> Identity:
    return replace(r, family_name=rng.choice(("SNP", "XXX", "SANS NOM")))


def _swap_date(r: Identity, rng: random.Random) -> Identity:
    year, month, day = r.birth_date.split("-")
    return replace(r, birth_date=f"{year}-{day}-{month}") if 0 < int(day) <= 12 else r


def _year_digit(r: Identity, rng: random.Random) -> Identity:
    year = int(r.birth_date[:4])
    return replace(r, birth_date=f"{year + rng.choice((-10, -3, -1, 1, 2, 10))}{r.birth_date[4:]}")


def _default_date(r: Identity, rng: random.Random) -> Identity:
    drift = rng.choice((-2, -1, 0, 0, 0, 1, 2))
    return replace(r, birth_date=f"{int(r.birth_date[:4]) + drift}-{rng.choice(('01-01', '01-01', '12-31', '00-00'))}")


OPERATIONS: Final[tuple[tuple[str, float, Callable[[Identity, random.Random], Identity]], ...]] = (
    ("family_variant", 0.22, lambda r, g: replace(r, family_name=variant(r.family_name, g))),
    ("given_variant", 0.30, lambda r, g: replace(r, given_names=variant(r.given_names, g))),
    ("typo", 0.12, lambda r, g: replace(r, family_name=typo(r.family_name, g))),
    ("exchanged", 0.10, _exchange),
    ("dropped", 0.05, _drop_given),
    ("added", 0.06, _add_given),
    ("joined", 0.04, _join),
    ("particle", 0.03, _particle),
    ("usage_as_birth_name", 0.03, _usage),
    ("single_name", 0.01, _single),
    ("date_swapped", 0.02, _swap_date),
    ("year_digit", 0.10, _year_digit),
    ("date_default", 0.10, _default_date),
    ("date_missing", 0.01, lambda r, g: replace(r, birth_date="")),
    ("place_missing", 0.18, lambda r, g: replace(r, birth_place="")),
    ("place_typo", 0.12, lambda r, g: replace(r, birth_place=typo(r.birth_place, g))),
    ("sex_missing", 0.04, lambda r, g: replace(r, sex="")),
    ("sex_wrong", 0.02, lambda r, g: replace(r, sex="F" if r.sex == "M" else "M")),
    ("country_missing", 0.04, lambda r, g: replace(r, birth_country="")),
)


def returning(record: Identity, rng: random.Random) -> tuple[Identity, tuple[str, ...]]:
    """The same person applying again: moved, and written with the usual mistakes."""
    done = []
    for name, chance, change in OPERATIONS:
        if rng.random() < chance:
            record = change(record, rng)
            done.append(name)
    if rng.random() < 0.6:
        caisse = rng.choice(CAISSES)
        record = replace(record, caisse=caisse, address_postcode=f"{caisse[:2]}{rng.randrange(40):02}0")
    return _written(record, rng), tuple(done)


def _respelt(given: str, names: str) -> bool:
    """Whether a word of ``given`` is one of ``names`` or hardly differs from one: it would name the same person."""
    return any(JaroWinkler.similarity(a, b) >= RESPELT for a in given.lower().split() for b in names.lower().split())


def decoy(record: Identity, kind: str, rng: random.Random) -> Identity:
    """Somebody else who resembles ``record``: one of DECOYS.

    Relatives live with the person; who was only born the same day, half of the time with the same family name, was born
    and lives elsewhere.
    """
    other = person(rng)
    if kind == "stranger":
        return other
    if kind == "namesake":
        return replace(
            other,
            family_name=record.family_name,
            given_names=record.given_names,
            sex=record.sex,
            birth_country=record.birth_country,
            nationality=record.nationality,
        )
    country = next(c for c in countries() if c.code == record.nationality)
    sex = rng.choice("MF")
    given = country.given[sex](rng)
    while _respelt(given, record.given_names):
        given = country.given[sex](rng)
    if kind == "same_date":
        family = record.family_name if rng.random() < 0.5 else country.family(rng)
        return _written(
            replace(
                other,
                family_name=family,
                given_names=given,
                sex=sex,
                usage_name="",
                birth_date=record.birth_date,
                birth_place=country.place(rng),
                birth_country=record.birth_country,
                nationality=record.nationality,
            ),
            rng,
        )
    relative = _written(replace(record, given_names=given, sex=sex, usage_name=""), rng)
    if kind == "twin":
        return relative
    shift = rng.randrange(400, 4000) if kind == "sibling" else rng.randrange(7000, 15000)
    born = FIRST_BIRTH + timedelta(
        (date(int(record.birth_date[:4]), 6, 15) - FIRST_BIRTH).days + rng.choice((-1, 1)) * shift
    )
    return replace(relative, birth_date=born.isoformat())


def cases(base: list[Identity], count: int, seed: int, match_share: float = 0.3) -> Iterator[Case]:
    """``count`` new applications against ``base``: returning people and decoys of every kind."""
    rng = random.Random(seed)
    for _ in range(count):
        number = rng.randrange(len(base))
        if rng.random() < match_share:
            identity, operations = returning(base[number], rng)
            yield Case(identity, number, "match", operations)
        else:
            kind = rng.choice(DECOYS)
            yield Case(decoy(base[number], kind, rng), None, kind, ())
