"""A second opinion from classical parts: what anyone can check the learned score against (PURE).

Well-known codes (jellyfish) say which names sound alike, well-known ratios (rapidfuzz) how alike they are written, and
fixed points add them up. Nothing is learned, so that a caisse or an auditor can follow a result with pencil and paper.
It judges nothing: no signal is raised or dropped by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import jellyfish
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from services.dedup.domain.matching.normalisation import Identity, birth_date, latin, name_tokens

ALGORITHM: Final = "classical"

POINTS: Final[Mapping[str, int]] = {
    "family_name": 30,
    "given_names": 25,
    "birth_date": 30,
    "birth_place": 7,
    "birth_country": 5,
    "sex": 3,
}
"""What each datum can give at most. A datum that one of the records lacks gives nothing and asks for nothing."""

SIGNAL: Final = 85
"""From this score on the classical opinion is that a person should look. It raises no signal.

On development data kept out of the learning, 95 of 100 pairs from here on were one person: docs/matching/figures.md.
"""

SOUNDS_ALIKE: Final = 0.85
"""The least share of its points that a name gets whose every word sounds like one of the other record's."""

DATE_SHARES: Final[Mapping[str, float]] = {
    "same": 1.0,
    "same_by_default": 0.6,
    "swapped": 0.8,
    "one_figure": 0.7,
    "year_only": 0.4,
    "different": 0.0,
}
"""Which share of its points a date of birth gets. By default: 1 January, 31 December, or a part unknown."""

DATE_WORDING: Final[Mapping[str, str]] = {
    "same": "même date de naissance",
    "same_by_default": "même date de naissance, par défaut ou incomplète",
    "swapped": "jour et mois de naissance inversés",
    "one_figure": "dates de naissance différentes d'un seul chiffre",
    "year_only": "même année de naissance seulement",
    "different": "dates de naissance différentes",
}

_CODE_LETTERS: Final = 6
_DEFAULT_DAYS: Final = frozenset({(1, 1), (31, 12)})


@dataclass(frozen=True, slots=True)
class Name:
    """One name field, ready to compare: its words, joined as written, and one set of sound codes a word."""

    words: tuple[str, ...]
    joined: str
    codes: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, text: str) -> Name:
        """From the name as written, in any script."""
        words = tuple(sorted(name_tokens(text)))
        return cls(words, " ".join(words), tuple(map(sound_codes, words)))


@dataclass(frozen=True, slots=True)
class Prepared:
    """One record, ready to compare with many."""

    family: Name
    given: Name
    born: tuple[int, int, int]
    place: str
    country: str
    sex: str

    @classmethod
    def of(cls, identity: Identity) -> Prepared:
        """From a record as written on the papers."""
        return cls(
            Name.of(identity.family_name),
            Name.of(identity.given_names),
            birth_date(identity.birth_date, identity.birth_country),
            latin(identity.birth_place),
            identity.birth_country,
            identity.sex,
        )


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """``score``: 0 to 100, the points reached of those that could be; ``sentences``: why, in French."""

    score: int
    sentences: tuple[str, ...]


@lru_cache(maxsize=8192)
def sound_codes(word: str) -> frozenset[str]:
    """How a word sounds, by Metaphone, NYSIIS and match rating; words that share a code sound alike.

    Vowels at the end are left out first: Mohamed, Mohamade and Mohamedou differ by how a clerk heard the end.
    """
    stem = word.rstrip("aeiouyh") or word
    return frozenset(
        {
            f"M{jellyfish.metaphone(stem)[:_CODE_LETTERS]}",
            f"N{jellyfish.nysiis(stem)[:_CODE_LETTERS]}",
            f"R{jellyfish.match_rating_codex(stem)[:_CODE_LETTERS]}",
        }
    )


def compare(mine: Prepared, other: Prepared) -> SecondOpinion:
    """Compare two records. Symmetric; a record against itself gives 100, nothing to compare gives 0."""
    found = _names(mine, other)
    if mine.born[0] and other.born[0]:
        kind = date_kind(mine.born, other.born)
        found["birth_date"] = (DATE_SHARES[kind], DATE_WORDING[kind])
    if mine.place and other.place:
        found["birth_place"] = (fuzz.token_sort_ratio(mine.place, other.place) / 100, "")
    for name, a, b in (("birth_country", mine.country, other.country), ("sex", mine.sex, other.sex)):
        if a and b:
            found[name] = (float(a == b), "")
    possible = sum(POINTS[name] for name in found)
    reached = sum(share * POINTS[name] for name, (share, _) in found.items())
    sentences = tuple(sentence for _, sentence in found.values() if sentence)
    return SecondOpinion(round(100 * reached / possible) if possible else 0, sentences)


def _names(mine: Prepared, other: Prepared) -> dict[str, tuple[float, str]]:
    """The shares of the two names, as they stand or, where that fits both and fits better, exchanged."""
    found = {}
    if mine.family.words and other.family.words:
        found["family_name"] = _alike("noms de famille", mine.family, other.family)
    if mine.given.words and other.given.words:
        found["given_names"] = _alike("prénoms", mine.given, other.given)
    if len(found) == 2:
        crossed = [_alike("", mine.family, other.given)[0], _alike("", mine.given, other.family)[0]]
        if min(crossed) >= SOUNDS_ALIKE and sum(crossed) > sum(share for share, _ in found.values()):
            # The mean for both: who is called first must not change the result.
            share = sum(crossed) / 2
            return {"family_name": (share, "nom et prénom inversés"), "given_names": (share, "")}
    return found


def _alike(label: str, a: Name, b: Name) -> tuple[float, str]:
    """The share of its points that a name gets, and why."""
    if a.words == b.words:
        return 1.0, f"{label} identiques"
    written = fuzz.token_sort_ratio(a.joined, b.joined) / 100
    few, many = sorted((a.codes, b.codes), key=len)
    if all(any(one & another for another in many) for one in few):
        # A word that only one record has is common (a second given name); it costs as much as writing does.
        least = SOUNDS_ALIKE if len(few) == len(many) else SOUNDS_ALIKE * (1 + len(few) / len(many)) / 2
        return max(written, least), f"{label} de même sonorité"
    return written, f"{label} voisins par l'écriture" if written >= SOUNDS_ALIKE else f"{label} différents"


def date_kind(mine: tuple[int, int, int], other: tuple[int, int, int]) -> str:
    """How two dates of birth (year, month, day; 0 unknown) agree: a key of ``DATE_SHARES``."""
    (year, month, day), (other_year, other_month, other_day) = mine, other
    vague = not (month and day and other_month and other_day)
    if mine == other or (vague and year == other_year and _fits(month, other_month) and _fits(day, other_day)):
        return "same_by_default" if vague or (day, month) in _DEFAULT_DAYS else "same"
    if year == other_year and (month, day) == (other_day, other_month):
        return "swapped"
    if not vague and OSA.distance(_figures(mine), _figures(other), score_cutoff=1) <= 1:
        return "one_figure"
    return "year_only" if year == other_year else "different"


def neighbouring_dates(text: str) -> list[str]:
    """The dates, as papers write them, that a date of birth may stand as in another record; the very one first.

    Itself, day and month exchanged, the year alone or with a day by default, one figure mistaken. None of no date.
    """
    year, month, day = birth_date(text)
    if not year:
        return []
    found = [_written(year, month, day)]
    if month and day:
        found.append(_written(year, day, month))
    found += [_written(year, *default) for default in ((0, 0), (1, 1), (12, 31))]
    vague = not (month and day) or (day, month) in _DEFAULT_DAYS
    found += [_written(year, one, 0) for one in (range(1, 13) if vague else [month])]
    if month and day:
        figures = f"{year:04}{month:02}{day:02}"
        for at, kept in enumerate(figures):
            for other in "0123456789".replace(kept, ""):
                changed = figures[:at] + other + figures[at + 1 :]
                found.append(_written(int(changed[:4]), int(changed[4:6]), int(changed[6:])))
    dates = [one for one in found if birth_date(one) == _parts(one)]
    return list(dict.fromkeys(dates))


def _written(year: int, month: int, day: int) -> str:
    return f"{year:04}-{month:02}-{day:02}"


def _parts(text: str) -> tuple[int, int, int]:
    year, month, day = map(int, text.split("-"))
    return year, month, day


def _fits(a: int, b: int) -> bool:
    return not a or not b or a == b


def _figures(date: tuple[int, int, int]) -> str:
    return f"{date[0]:04}{date[1]:02}{date[2]:02}"


def blocking_keys(record: Prepared) -> frozenset[str]:
    """What two records must share one of to be compared at all: a sound code with the year, or with day and month."""
    year, month, day = record.born
    codes = frozenset().union(*record.family.codes, *record.given.codes)
    dates = [f"{year}"] * bool(year) + [f"{month:02}-{day:02}"] * bool(month and day) or [""]
    return frozenset(f"{code}/{date}" for code in codes for date in dates)
