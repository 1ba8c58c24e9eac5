"""What front ends are told of the interface, as data: the guide, the codes of problems, what changed."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path(__file__).parents[1] / "interface"
STRICT = ConfigDict(frozen=True, extra="forbid")


class Step(BaseModel):
    """One call: its words, the command that makes it, and fields of its answer."""

    model_config = STRICT
    id: str
    title: str
    operation: str
    call: str
    text: str
    run: str
    answers: tuple[str, ...]


class ProblemCode(BaseModel):
    """One code: its status, what it means, and what a program does about it."""

    model_config = STRICT
    code: str
    status: int
    means: str
    act: str


class InterfaceVersion(BaseModel):
    """What one version added, and what it asks to leave."""

    model_config = STRICT
    version: str
    day: dt.date
    added: Annotated[tuple[str, ...], Field(min_length=1)]
    deprecated: tuple[str, ...] = ()


class Interface(BaseModel):
    """All that is told."""

    model_config = STRICT
    steps: tuple[Step, ...]
    problems: tuple[ProblemCode, ...]
    versions: tuple[InterfaceVersion, ...]


@functools.cache
def interface() -> Interface:
    """The interface of this release. Raises ValidationError when a file does not fit."""
    content: dict[str, object] = {}
    for name in ("guide", "problems", "changelog"):
        content |= yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return Interface.model_validate(content)
