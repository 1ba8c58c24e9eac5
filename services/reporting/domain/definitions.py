"""The definitions of the lines: ``definitions/table.yaml`` says their order, one file each what they are. PURE."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.reporting.domain.indicator import Definition, Indicator, Version
from shared.contract.legal_values import legal_value

FOLDER = Path(__file__).parents[1] / "definitions"
LEGAL = {
    "adult_age": legal_value("adult_age", dt.date.max),
    "transmission_days": legal_value("deposit.transmission", dt.date.max),
}
"""Legal values that names and formulas speak of, as the law of today has them; what is counted is by the law of its
day."""


class InvalidDefinition(ValueError):
    """A file of ``definitions/`` cannot be used; the message names it."""


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def definitions() -> tuple[tuple[str, Definition], ...]:
    """Each line with the title of its section, in the order of the table. Raises ``InvalidDefinition``."""
    found = []
    for section in _read(FOLDER / "table.yaml")["sections"]:
        for code in section["lines"]:
            path = FOLDER / section["code"] / f"{code}.yaml"
            try:
                one = Definition.model_validate(_read(path))
            except (OSError, ValueError) as error:
                raise InvalidDefinition(f"{path.name}: {error}") from None
            if one.code != code:
                raise InvalidDefinition(f"{path.name}: code {one.code}")
            found.append((section["title"], one))
    return tuple(found)


def _indicator(section: str, one: Definition, number: int, version: Version) -> Indicator:
    told = one.model_dump(exclude={"versions"}) | version.model_dump()
    told |= {key: told[key].format(**LEGAL) for key in ("name", "formula", "exclusions", "example", "does_not_say")}
    return Indicator(**told, section=section, version=number)


@cache
def lines_on(day: dt.date) -> tuple[Indicator, ...]:
    """The lines of a table whose period ends on ``day``, each in the version of that day."""
    found = []
    for section, one in definitions():
        numbered = [(number, version) for number, version in enumerate(one.versions, 1) if version.valid_from <= day]
        if numbered:
            found.append(_indicator(section, one, *numbered[-1]))
    return tuple(found)


def history(code: str) -> tuple[Indicator, ...]:
    """Every version of one line, the oldest first; empty when there is no such line."""
    return tuple(
        _indicator(section, one, number, version)
        for section, one in definitions()
        if one.code == code
        for number, version in enumerate(one.versions, 1)
    )
