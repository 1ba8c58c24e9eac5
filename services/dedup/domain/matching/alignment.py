"""Which word of one record answers to which of the other: what the score matched, in words (PURE)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from services.dedup.domain.matching.model import Model, load_model
from services.dedup.domain.matching.name_words import SHORT_FORMS
from services.dedup.domain.matching.normalisation import Identity, latin, normalise, unpack
from services.dedup.domain.matching.record import MAX_TOKENS


class Answer(StrEnum):
    """How words answer to each other."""

    EQUAL = "equal"
    JOINED_HERE = "joined_here"
    JOINED_THERE = "joined_there"
    ALIKE = "alike"
    INITIAL = "initial"
    ALONE_HERE = "alone_here"
    ALONE_THERE = "alone_there"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a name: as it is compared, its field, and as it was written."""

    compared: str
    field: str
    written: str


@dataclass(frozen=True, slots=True)
class Answering:
    """Words of this record (``mine``) and of the other that the score set beside each other."""

    answer: Answer
    mine: tuple[Word, ...]
    other: tuple[Word, ...]

    @property
    def sentence(self) -> str:
        """In French, this record's word first."""
        here, there = (" ".join(word.written for word in words) for words in (self.mine, self.other))
        match self.answer:
            case Answer.EQUAL:
                same = "identique" if self._written_alike() else "forme abrégée du même nom"
                return f"{here} = {there} : {same}{self._fields(', ')}"
            case Answer.JOINED_HERE:
                return f"{here} = {there} : écrit attaché ici, séparé là"
            case Answer.JOINED_THERE:
                return f"{there} = {here} : écrit séparé ici, attaché là"
            case Answer.ALIKE:
                return f"{here} ~ {there} : {self._fields('variante, ') or _VARIANT}"
            case Answer.INITIAL:
                return f"{here} ~ {there} : initiale"
            case Answer.ALONE_HERE:
                return f"{here} : seulement dans ce dossier ({_FIELD[self.mine[0].field]})"
            case Answer.ALONE_THERE:
                return f"{there} : seulement dans l'autre dossier ({_FIELD[self.other[0].field]})"

    def _fields(self, before: str) -> str:
        mine, other = self.mine[0].field, self.other[0].field
        return "" if mine == other else f"{before}{_FIELD[mine]} ici, {_FIELD[other]} là"

    def _written_alike(self) -> bool:
        """Whether equal words are so as written, and not because one stands for the other."""
        short = [latin(words[0].written) in SHORT_FORMS for words in (self.mine, self.other)]
        return short[0] == short[1]


_FIELD: Final = {"family": "nom", "given": "prénom", "usage": "nom d'usage"}
_VARIANT: Final = "variante d'orthographe"
_ORDER: Final = tuple(Answer)


def answering(mine: Identity, other: Identity, model: Model | None = None) -> list[Answering]:
    """What the score set beside each other, equal words first, words without an answer last."""
    left, right = _words(mine), _words(other)
    of_left, of_right = mates(normalise(mine), normalise(other), model or load_model())
    found = []
    for i, j in enumerate(of_left):
        if j < 0:
            found.append(Answering(Answer.ALONE_HERE, (left[i],), ()))
            continue
        whole_here = tuple(right[n] for n, mate in enumerate(of_right) if mate == i)
        whole_there = tuple(left[n] for n, mate in enumerate(of_left) if mate == j)
        if len(whole_here) > 1:
            found.append(Answering(Answer.JOINED_HERE, (left[i],), whole_here))
        elif len(whole_there) > 1:
            if left[i] is whole_there[0]:
                found.append(Answering(Answer.JOINED_THERE, whole_there, (right[j],)))
        else:
            found.append(Answering(_kind(left[i], right[j]), (left[i],), (right[j],)))
    found += [Answering(Answer.ALONE_THERE, (), (right[j],)) for j, i in enumerate(of_right) if i < 0]
    return sorted(found, key=lambda one: _ORDER.index(one.answer))


def _kind(here: Word, there: Word) -> Answer:
    if here.compared == there.compared:
        return Answer.EQUAL
    return Answer.INITIAL if 1 in (len(here.compared), len(there.compared)) else Answer.ALIKE


def mates(first: bytes, second: bytes, model: Model) -> tuple[list[int], list[int]]:
    """Of each word of two normalised rows, the number of the word that the score set beside it, or -1."""
    from services.dedup.domain.matching.kernels.mates import mates_of
    from services.dedup.domain.matching.kernels.workspace import pair_scratch

    rows = [np.frombuffer(row, np.uint8) for row in (first, second)]
    found = np.full((2, MAX_TOKENS), -1, np.int64)
    empty = (*(np.zeros(1, np.float32) for _ in range(3)), np.ones(1))
    na, nb = mates_of(*rows, empty, model.kernel(), pair_scratch(), found)
    return found[0, :na].tolist(), found[1, :nb].tolist()


def _words(identity: Identity) -> Sequence[Word]:
    """The words that are compared, in the order of the row, each as it was written."""
    row = unpack(normalise(identity))
    out: list[Word] = []
    for field, text, compared in (
        ("family", identity.family_name, row.family),
        ("given", identity.given_names, row.given),
        ("usage", identity.usage_name, row.usage),
    ):
        written = {_whole(latin(word).replace(" ", "")): word for word in text[:200].replace("-", " ").split()}
        out += [Word(word, field, written.get(word, word)) for word in compared]
    return out[:MAX_TOKENS]


def _whole(word: str) -> str:
    return SHORT_FORMS.get(word, word)
