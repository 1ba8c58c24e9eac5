"""What one line of the table is: unit, definition, and how it is counted from the facts. PURE.

A line is written as one YAML file (``definitions/``); ``domain/definitions.py`` reads it. What a line counts and what
it says lie in the same file, so that they cannot part ways.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Value = int | float | None
Figures = Mapping[str, Value]
Unit = Literal[
    "demandes",
    "personnes",
    "jours",
    "%",
    "courriers",
    "signalements",
    "recours",
    "pièces",
    "titres",
    "feuilles",
    "réponses",
    "par dossier",
    "par jour",
    "jours d'agent",
    "euros",
]
RATIOS: frozenset[str] = frozenset({"%", "par dossier", "par jour"})
Breakdown = Literal[
    "", "motive", "letter", "way", "return", "place", "admission", "age_sex", "draw", "void", "duplicate", "fate"
]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ratio(_Record):
    """The sum of some counts over the sum of others, times ``scale``; one decimal."""

    of: tuple[str, ...]
    over: tuple[str, ...]
    scale: int = 100

    def value(self, figures: Figures) -> Value:
        """The ratio to one decimal; None where the whole is zero."""
        whole = sum(figures[code] or 0 for code in self.over)
        return round(self.scale * sum(figures[code] or 0 for code in self.of) / whole, 1) if whole else None


class Measure(_Record):
    """How a line is counted. ``of`` names rows of ``store/relations.py``, ``where`` which of them, in SQL.

    One of: a count of rows; ``sum`` of an expression; ``distinct`` keys; ``days``, of which ``show`` takes the mean,
    the median or the 90th percentile; else ``add``, other lines added up, or ``ratio``. ``part``: what a line that is
    broken down is split by.
    """

    of: str = ""
    where: str = "true"
    sum: str = ""
    distinct: str = ""
    days: str = ""
    show: Literal["", "mean", "median", "p90"] = ""
    part: str = ""
    add: tuple[str, ...] = ()
    ratio: Ratio | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Measure:
        ways = [bool(self.of), bool(self.add), self.ratio is not None]
        if (
            sum(ways) != 1
            or bool(self.days) != bool(self.show)
            or sum(map(bool, (self.sum, self.distinct, self.days))) > 1
        ):
            raise ValueError("a line is counted in one way")
        return self


class Version(_Record):
    """What a line says and how it is counted, for periods that end on ``valid_from`` or later."""

    valid_from: dt.date
    formula: str
    held: bool = True
    measure: Measure = Measure(add=("none",))
    events: tuple[str, ...]
    exclusions: str
    example: str
    does_not_say: str


class Definition(_Record):
    """One file of ``definitions/``. ``line``: its number in the lists of domain.md and of the founding letter."""

    code: str = Field(pattern="^[a-z0-9_]+$")
    name: str
    unit: Unit
    line: str
    source: str
    confidence: Literal["V", "S", "M", "C"]
    breakdown: Breakdown = ""
    additive: bool = True
    versions: tuple[Version, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Definition:
        days = [version.valid_from for version in self.versions]
        if days != sorted(set(days)):
            raise ValueError("versions in the order of their first day")
        return self


class Indicator(_Record):
    """One line of the table in one version, number ``version`` of its file.

    ``confidence``: V for a definition of the texts, S from a second hand, M unchecked, C one of ours. ``breakdown``
    names what a line is split by, if it is; ``additive``: whether the caisses add up to the whole. ``held`` False: we
    do not have the figure, and say so.
    """

    code: str
    name: str
    unit: Unit
    line: str
    source: str
    confidence: Literal["V", "S", "M", "C"]
    breakdown: Breakdown
    additive: bool
    section: str
    version: int
    valid_from: dt.date
    formula: str
    held: bool
    measure: Measure
    events: tuple[str, ...]
    exclusions: str
    example: str
    does_not_say: str

    @property
    def ratio(self) -> Ratio | None:
        """The ratio that the line is, if it is one."""
        return self.measure.ratio

    @property
    def counts_persons(self) -> bool:
        """Whether a small value may point at a person: what secrecy covers outside the caisse."""
        return self.unit not in RATIOS | {"jours", "euros"}
