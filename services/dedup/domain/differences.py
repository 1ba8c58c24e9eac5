"""Two records beside each other, field by field: what agrees, what is close, and which letters differ (PURE).

The words of the names are set beside each other by the score's own alignment, so that a page marks what was weighed. A
difference is always said in words, too: never by a colour or a mark alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from services.dedup.domain.matching.alignment import Answer, Answering, Word, answering
from services.dedup.domain.matching.explanation import written_birth
from services.dedup.domain.matching.normalisation import Identity, birth_date, latin
from shared.french import country

NAMES: Final = {"family_name": "family", "given_names": "given", "usage_name": "usage"}
SEXES: Final = {"F": "féminin", "M": "masculin"}
_WORDS: Final = re.compile(r"[^\s-]+|[\s-]+")
_DEFAULT_DAYS: Final = frozenset({(1, 1), (12, 31)})


class Likeness(StrEnum):
    """How the two sides of a field stand to each other."""

    SAME = "same"
    CLOSE = "close"
    DIFFERENT = "different"
    ONE_SIDE = "one_side"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of letters of a side; ``differs``: the other side has others in its place, or none."""

    text: str
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field: how the sides stand to each other, that in words, and each side in pieces."""

    field: str
    likeness: Likeness
    words: str
    sides: tuple[tuple[Piece, ...], tuple[Piece, ...]]


def compared(mine: Identity, other: Identity, codes: Collection[str] = ()) -> list[Comparison]:
    """Every field a reviewer sees, in the order of the page. ``codes``: the features of the score that spoke."""
    answers = answering(mine, other)
    found = [_names(field, mine, other, answers) for field in NAMES]
    found.append(_plain("sex", SEXES.get(mine.sex, mine.sex), SEXES.get(other.sex, other.sex)))
    found.append(_birth(mine.birth_date, other.birth_date))
    found.append(_place(mine.birth_place, other.birth_place, "place_near" in codes))
    for field in ("birth_country", "nationality"):
        here, there = getattr(mine, field), getattr(other, field)
        found.append(_plain(field, country(here) if here else "", country(there) if there else ""))
    return found


def _one_side(field: str, here: str, there: str) -> Comparison | None:
    """What there is to say where a side, or both, say nothing."""
    if here and there:
        return None
    sides = ((Piece(here),) if here else (), (Piece(there),) if there else ())
    if not here and not there:
        return Comparison(field, Likeness.NEITHER, "aucun des deux dossiers ne le dit", sides)
    only = "A" if here else "B"
    return Comparison(field, Likeness.ONE_SIDE, f"seulement dans le dossier {only}", sides)


def _plain(field: str, here: str, there: str) -> Comparison:
    missing = _one_side(field, here, there)
    if missing is not None:
        return missing
    if here == there:
        return Comparison(field, Likeness.SAME, "identique", ((Piece(here),), (Piece(there),)))
    return Comparison(field, Likeness.DIFFERENT, "différent", ((Piece(here, True),), (Piece(there, True),)))


def _names(field: str, mine: Identity, other: Identity, answers: Sequence[Answering]) -> Comparison:
    here, there = getattr(mine, field).strip(), getattr(other, field).strip()
    own = NAMES[field]
    concerned = [one for one in answers if any(word.field == own for word in (*one.mine, *one.other))]
    sides = (_marked(here, own, answers, True), _marked(there, own, answers, False))
    missing = _one_side(field, here, there)
    if missing is not None:
        elsewhere = any(one.mine and one.other for one in concerned)
        words = missing.words + (", mais en face un autre nom le porte" if elsewhere else "")
        return Comparison(field, missing.likeness, words, sides)
    matched = [one for one in concerned if one.mine and one.other]
    said = list(dict.fromkeys(_said(one, own) for one in concerned))
    if not matched:
        return Comparison(field, Likeness.DIFFERENT, "différent : aucun mot en commun", sides)
    if said == ["identique"]:
        return Comparison(field, Likeness.SAME, "identique", sides)
    return Comparison(field, Likeness.CLOSE, f"proche : {', '.join(one for one in said if one != 'identique')}", sides)


def _said(one: Answering, own: str) -> str:
    """What one alignment says of the field, in a few words."""
    match one.answer:
        case Answer.ALONE_HERE:
            return "un mot n'est que dans le dossier A"
        case Answer.ALONE_THERE:
            return "un mot n'est que dans le dossier B"
        case Answer.JOINED_HERE | Answer.JOINED_THERE:
            return "mots attachés d'un côté, séparés de l'autre"
        case Answer.INITIAL:
            return "initiale d'un côté"
    if {word.field for word in (*one.mine, *one.other)} != {own}:
        return (
            "un mot du nom est parmi les prénoms en face" if own == "family" else "un mot est dans un autre nom en face"
        )
    if one.answer is Answer.ALIKE:
        return "variante d'orthographe"
    return "identique"


def _marked(text: str, own: str, answers: Sequence[Answering], left: bool) -> tuple[Piece, ...]:
    """A name as it is written, its words marked where the other side writes them otherwise or has none."""
    waiting: dict[str, list[tuple[Word, Answering]]] = {}
    for one in answers:
        for word in one.mine if left else one.other:
            if word.field == own:
                waiting.setdefault(word.written, []).append((word, one))
    pieces: list[Piece] = []
    for part in _WORDS.findall(text):
        found = waiting.get(part)
        pieces += _word(part, found.pop(0)[1], left) if found else [Piece(part)]
    return tuple(pieces)


def _word(text: str, one: Answering, left: bool) -> list[Piece]:
    if one.answer in (Answer.ALONE_HERE, Answer.ALONE_THERE):
        return [Piece(text, True)]
    if one.answer in (Answer.ALIKE, Answer.INITIAL):
        others = one.other if left else one.mine
        return list(letters(text, " ".join(word.written for word in others)))
    return [Piece(text)]


def letters(text: str, other: str) -> Iterator[Piece]:
    """A word in pieces, those letters marked that the other word does not have there. Case and accents count not."""
    matcher = SequenceMatcher(None, _folded(text), _folded(other), autojunk=False)
    for kind, start, end, _, _ in matcher.get_opcodes():
        if start < end:
            yield Piece(text[start:end], kind != "equal")


def _folded(text: str) -> str:
    """Letter by letter, so that places stay the same."""
    return "".join(unicodedata.normalize("NFD", letter)[0].casefold()[:1] or letter for letter in text)


def _birth(here: str, there: str) -> Comparison:
    field = "birth_date"
    mine, other = birth_date(here), birth_date(there)
    shown = (written_birth(here) if mine[0] else "", written_birth(there) if other[0] else "")
    missing = _one_side(field, *shown)
    if missing is not None:
        return missing
    if here == there:
        default = (mine[1], mine[2]) in _DEFAULT_DAYS or not mine[2]
        words = "identique, mais par défaut ou incomplète : indice faible" if default else "identique"
        return Comparison(field, Likeness.SAME, words, ((Piece(shown[0]),), (Piece(shown[1]),)))
    sides = (tuple(_date_pieces(*shown)), tuple(_date_pieces(shown[1], shown[0])))
    close, words = _dates_in_words(mine, other)
    return Comparison(field, Likeness.CLOSE if close else Likeness.DIFFERENT, words, sides)


def _date_pieces(text: str, other: str) -> Iterator[Piece]:
    """Day, month and year as written: each part that differs is marked whole, of the year its digits."""
    parts, others = text.split("/"), other.split("/")
    if len(parts) != len(others):
        yield from letters(text, other)
        return
    for at, (part, across) in enumerate(zip(parts, others, strict=True)):
        if at:
            yield Piece("/")
        if part == across or at < len(parts) - 1:
            yield Piece(part, part != across)
        else:
            yield from letters(part, across)


def _dates_in_words(mine: tuple[int, int, int], other: tuple[int, int, int]) -> tuple[bool, str]:
    (year, month, day), (year2, month2, day2) = mine, other
    if year == year2 and 0 in (month, month2, day, day2):
        return True, "proche : jour ou mois inconnu d'un côté"
    if year == year2 and (month, day) == (day2, month2):
        return True, "proche : jour et mois inversés"
    parts = {"le jour": day != day2, "le mois": month != month2, "l'année": year != year2}
    differing = [name for name, differs in parts.items() if differs]
    if len(differing) == 1:
        return True, f"proche : {differing[0]} diffère"
    return False, f"différent : {' et '.join(differing)}"


def _place(here: str, there: str, near: bool) -> Comparison:
    missing = _one_side("birth_place", here, there)
    if missing is not None:
        return missing
    if latin(here) == latin(there):
        return Comparison("birth_place", Likeness.SAME, "identique", ((Piece(here),), (Piece(there),)))
    if near:
        sides = (tuple(letters(here, there)), tuple(letters(there, here)))
        return Comparison("birth_place", Likeness.CLOSE, "proche : orthographe voisine", sides)
    return Comparison("birth_place", Likeness.DIFFERENT, "différent", ((Piece(here, True),), (Piece(there, True),)))


IN_SHORT: Final[Mapping[Likeness, str]] = {
    Likeness.SAME: "identique",
    Likeness.CLOSE: "proche",
    Likeness.DIFFERENT: "différent",
    Likeness.ONE_SIDE: "d'un seul côté",
    Likeness.NEITHER: "absent",
}
"""Of the small map over a pair."""
