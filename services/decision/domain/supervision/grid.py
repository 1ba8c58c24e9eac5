"""The grid of a day, the plan of a day, and what a reviewer's answers say. PURE.

Answers never change a decision: a fault that touches a right or money opens a review of the file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path(__file__).parents[2] / "supervision"
Answer = Literal["yes", "no", "not_applicable", "cannot_tell"]
Severity = Literal["formal", "right", "money"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Item(_Record):
    """One question of the grid, the text it rests on, and how grave a no is."""

    code: str
    sample: Literal["all", "granted", "refused"]
    severity: Severity
    question: str
    text: str


class Grid(_Record):
    """The questions of a version."""

    version: int
    first_day: dt.date = Field(alias="from")
    items: tuple[Item, ...]

    def asked_of(self, outcome: str) -> tuple[Item, ...]:
        """The items that a decision of this outcome is asked."""
        return tuple(item for item in self.items if item.sample in ("all", outcome))


class Control(_Record):
    """The least that a caisse does in a quarter, what it aims at (null: all that were drawn), and who does it."""

    code: Literal["random", "negative", "targeted", "new_agent"]
    what: str
    least: int
    target: int | None
    who: str


class Plan(_Record):
    """The control plan of a version."""

    version: int
    first_day: dt.date = Field(alias="from")
    confidence: Literal["V", "S", "M", "C"]
    reference: str
    second_look_share: int
    new_agent_days: int
    retroactive_days: int
    controls: tuple[Control, ...]

    def least(self, code: str) -> int:
        """The least number of one control."""
        return next(control.least for control in self.controls if control.code == code)


class AnswersIncomplete(ValueError):
    """Answers do not fit the grid; ``code`` is the item at fault."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@cache
def _data(name: str) -> Any:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def grid_on(day: dt.date) -> Grid:
    """The grid in force on a day; before the first one, the first."""
    grids = [Grid.model_validate(one) for one in _data("grid")["grids"]]
    return next((one for one in reversed(grids) if one.first_day <= day), grids[0])


def plan_on(day: dt.date) -> Plan:
    """The control plan in force on a day; before the first one, the first."""
    plans = [Plan.model_validate(one) for one in _data("plan")["plans"]]
    return next((one for one in reversed(plans) if one.first_day <= day), plans[0])


def check_answers(grid: Grid, outcome: str, answers: Mapping[str, Answer]) -> None:
    """Raises ``AnswersIncomplete`` unless each item that is asked has its answer, and no other has one."""
    asked = {item.code for item in grid.asked_of(outcome)}
    for code in sorted(asked - answers.keys()):
        raise AnswersIncomplete(code, "Répondez à chaque question : oui, non, sans objet, ou impossible à dire.")
    for code in sorted(answers.keys() - asked):
        raise AnswersIncomplete(code, "Cette question n'est pas posée pour ce dossier.")


def faults(grid: Grid, answers: Mapping[str, Answer]) -> list[tuple[str, Severity]]:
    """The items answered no, with their severity."""
    return [(item.code, item.severity) for item in grid.items if answers.get(item.code) == "no"]
