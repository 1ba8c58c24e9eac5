"""The teaching sheet: its tour, its quiz and its ten invented files; where a learner differs from the rules. PURE.

What the rules answer is computed by a simulation of the law of the file's day: no answer of theirs is written here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from services.decision.domain.simulation.response import FoundFact, Outcome

FOLDER = Path(__file__).parents[1] / "training"
Answer = Literal["grant", "refuse", "ask", "human"]
ANSWERS: Mapping[str, str] = {
    "grant": "admettre",
    "refuse": "refuser",
    "ask": "demander des pièces",
    "human": "regarder avec la personne, avant de conclure",
}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Try(_Record):
    """One thing to change in a file, to see what the rules then answer."""

    label: str
    set: dict[str, Any]


class TourPage(_Record):
    """One page of the tour: its sentences, the texts they rest on, and a file to try facts on."""

    title: str
    text: tuple[str, ...]
    texts: tuple[str, ...]
    file: str
    tries: tuple[Try, ...]


class Question(_Record):
    """One question of the quiz; ``right`` is the place of the right option."""

    question: str
    options: tuple[str, ...]
    right: int
    why: str
    text: str


class InventedFile(_Record):
    """One file that is nobody's. ``body``: the facts, as a simulation takes them."""

    code: str
    who: str
    story: str
    answer: Answer
    motive: str = ""
    lesson: str
    body: dict[str, Any]

    def facts(self, changed: Mapping[str, Any] | None = None) -> bytes:
        """The body of its simulation, with some facts changed."""
        return json.dumps({**self.body, **(changed or {})}).encode()


def _read(name: str) -> Any:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))


@cache
def tour() -> tuple[TourPage, ...]:
    """The eight pages, in their order."""
    return tuple(TourPage.model_validate(one) for one in _read("tour")["pages"])


@cache
def quiz() -> tuple[Question, ...]:
    """The questions, in their order."""
    return tuple(Question.model_validate(one) for one in _read("quiz")["questions"])


@cache
def files() -> tuple[InventedFile, ...]:
    """The ten files, in their order."""
    return tuple(InventedFile.model_validate(one) for one in _read("files")["files"])


def file_of(code: str) -> InventedFile:
    """The file of this code. Raises ``StopIteration`` for another."""
    return next(one for one in files() if one.code == code)


@dataclass(frozen=True)
class Compared:
    """A learner's answer beside that of the rules. ``because``: the findings that decide it, each with its text."""

    given: str
    proposed: str
    same: bool
    same_motive: bool
    because: tuple[FoundFact, ...]


DECIDES: Mapping[str, tuple[str, ...]] = {
    "grant": ("met",),
    "refuse": ("not_met",),
    "ask": ("unknown",),
    "human": ("human",),
}
"""Which findings say why an answer is what it is."""


def compared(given: str, motive: str, outcome: Outcome) -> Compared:
    """Where an answer differs from the rules', and which findings say so."""
    wanted = DECIDES[outcome.verdict]
    because = tuple(one for one in outcome.findings if one.verdict in wanted)
    same = given == outcome.verdict
    motives = {one.code for one in outcome.motives}
    return Compared(given, outcome.verdict, same, same and (given != "refuse" or motive in motives), because)
