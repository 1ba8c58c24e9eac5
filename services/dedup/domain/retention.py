"""How long the common base remembers an application: dated values by outcome, set by the controller (PURE).

The base must forget: an application over its time is searched no more, and nothing that names anybody is left of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.calendar import add_months

OUTCOMES: Final = ("pending", "granted", "refused", "lapsed", "withdrawn")
"""Every outcome an application of the base can have while it is remembered: each must have its rule."""

Outcome = Literal["pending", "granted", "refused", "lapsed", "withdrawn"]


class RetentionError(ValueError):
    """The file of retention rules cannot be used; the message says why, in French."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Value(_Model):
    """One value of a rule and where it comes from; ``confidence`` as for every legal value (V, S, M, C)."""

    since: dt.date = Field(alias="from")
    months: int = Field(ge=1, le=240)
    reference: str = Field(min_length=1)
    confidence: Literal["V", "S", "M", "C"]
    checked_on: dt.date
    note: str = ""


class Rule(_Model):
    """How long applications of one outcome are remembered, value by value."""

    outcome: Outcome
    values: tuple[Value, ...] = Field(min_length=1)


@dataclass(frozen=True)
class RetentionPeriod:
    """The rule in force on one day for one outcome."""

    outcome: str
    value: Value

    def last_day(self, counted_from: dt.date) -> dt.date:
        """The last day on which an application is remembered whose outcome (if pending: registration here) was on
        ``counted_from``."""
        return add_months(counted_from, self.value.months)

    def is_over(self, counted_from: dt.date, today: dt.date) -> bool:
        """Whether the application is to be forgotten today."""
        return self.last_day(counted_from) < today


@dataclass(frozen=True)
class RetentionRules:
    """All retention rules."""

    rules: Mapping[str, Rule]

    def on(self, day: dt.date) -> list[RetentionPeriod]:
        """The rules in force on a day; an outcome without a value yet is remembered."""
        kept = []
        for rule in self.rules.values():
            value = max((one for one in rule.values if one.since <= day), key=lambda one: one.since, default=None)
            if value is not None:
                kept.append(RetentionPeriod(rule.outcome, value))
        return kept


def read_book(document: Any) -> RetentionRules:
    """The rules of a YAML document. Raises ``RetentionError``: an outcome without a rule would be kept for ever."""
    try:
        rules = TypeAdapter(list[Rule]).validate_python((document or {}).get("rules"))
    except (ValidationError, AttributeError) as error:
        raise RetentionError(f"durées de conservation illisibles : {error}") from error
    named = [rule.outcome for rule in rules]
    if sorted(named) != sorted(OUTCOMES):
        raise RetentionError(f"une règle et une seule par issue est attendue : {', '.join(OUTCOMES)}")
    for rule in rules:
        days = [value.since for value in rule.values]
        if days != sorted(set(days)):
            raise RetentionError(f"les dates d'effet de « {rule.outcome} » doivent se suivre")
    return RetentionRules({rule.outcome: rule for rule in rules})
