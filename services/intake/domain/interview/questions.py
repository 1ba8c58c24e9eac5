"""The questions of the interview, as data: steps, words to say, reasons, and their translations."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

FOLDER = Path(__file__).parents[2] / "interview"
Kind = Literal["choice", "yes_no", "text", "name", "date", "partial_date", "country", "euros", "number"]


class Question(BaseModel):
    """One question. ``say``: the words for the person; ``why``: what it serves; ``enough``: said once one answer is
    there; ``pattern`` and its ``rule`` in words: the form of a text; ``most``: the largest number."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    type: Kind
    label: str
    say: str = ""
    hint: str = ""
    why: str = ""
    enough: str = ""
    options: dict[str, str] = {}
    required: bool = False
    pattern: str = ""
    rule: str = ""
    most: int = 0

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        re.compile(pattern)
        return pattern


class Step(BaseModel):
    """One page of the interview. ``people``: the page lists the other persons of the household."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    title: str
    lead: str
    people: bool = False
    questions: tuple[Question, ...]


class People(BaseModel):
    """What is asked of each other person of the household."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    relations: dict[str, str]
    questions: tuple[Question, ...]


class Guide(BaseModel):
    """The whole interview, in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    people: People

    def step(self, identifier: str) -> Step | None:
        """The step of this name, or None."""
        return next((step for step in self.steps if step.id == identifier), None)

    def after(self, identifier: str) -> Step | None:
        """The step that follows, or None after the last."""
        names = [step.id for step in self.steps]
        following = names.index(identifier) + 1
        return self.steps[following] if following < len(names) else None


class Translation(BaseModel):
    """The words to say in one language, by question. For information: the French words count."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    direction: Literal["ltr", "rtl"]
    words: dict[str, str]


@functools.cache
def guide() -> Guide:
    """The interview of this release. Raises ValidationError when its file does not fit."""
    return Guide.model_validate(yaml.safe_load((FOLDER / "questions.yaml").read_text("utf-8")))


@functools.cache
def translations() -> dict[str, Translation]:
    """The translations of this release, by language code."""
    files = sorted((FOLDER / "words").glob("*.yaml"))
    return {file.stem: Translation.model_validate(yaml.safe_load(file.read_text("utf-8"))) for file in files}
