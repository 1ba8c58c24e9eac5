"""Values of the law that more than one service needs, by rule and day: one file for all, ``law/common.yaml``.

decision reads the same file into its rule book; a letter that prints a delay and a table that counts one ask here, so
that none of them knows a number of its own.
"""

from __future__ import annotations

import datetime as dt
import functools
from importlib import resources
from typing import Any

import yaml

from shared.contract.first_day import first_day


@functools.cache
def common_text() -> str:
    """The file as it ships."""
    return (resources.files("shared.contract.law") / "common.yaml").read_text("utf-8")


@functools.cache
def _values() -> dict[str, list[tuple[dt.date, Any]]]:
    rules = yaml.safe_load(common_text())["rules"]
    return {rule["name"]: [(first_day(one["from"]), one["value"]) for one in rule["values"]] for rule in rules}


def legal_value(rule: str, on: dt.date) -> Any:
    """The value of a rule by the law of a day, as the file writes it; before the first known one, the first.

    Raises ``KeyError`` for a rule that the file does not hold.
    """
    known = _values()[rule]
    return next((value for first, value in reversed(known) if first <= on), known[0][1])


def months_of(rule: str, on: dt.date) -> int:
    """The months of a rule by the law of a day, written alone or as a part of its value."""
    value = legal_value(rule, on)
    return int(value["months"] if isinstance(value, dict) else value)
