"""The one table of retention: what each service keeps, how long, counted from when; dated values set by the controller.

The day after the last one, what is over its time is forgotten: searched no more, and nothing that names anybody is
left.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from shared.calendar import add_months
from shared.contract.first_day import FirstDay

FILE: Final = Path(__file__).parent / "retention.yaml"
VARIABLE: Final = "AME_RETENTION"

BY_OUTCOME: Final = ("pending", "granted", "refused", "lapsed", "withdrawn")
"""Every outcome of an application that is kept: each must have its rule, or it would be kept for ever."""

SUBJECTS: Final = {
    "intake": (*BY_OUTCOME, "idempotency_key", "import_report", "change"),
    "dedup": BY_OUTCOME,
    "decision": BY_OUTCOME,
    "letters": ("letter", "awaited_recipient"),
    "reporting": ("access_log",),
}
"""What each service keeps that must have an end."""


class RetentionError(ValueError):
    """The table cannot be used; the message says why, in French."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Value(_Model):
    """One value of a rule and where it comes from; ``confidence`` as for every legal value (V, S, M, C)."""

    since: FirstDay = Field(alias="from")
    months: int | None = Field(default=None, ge=1, le=360)
    days: int | None = Field(default=None, ge=1, le=3660)
    reference: str = Field(min_length=1)
    confidence: Literal["V", "S", "M", "C"]
    checked_on: dt.date
    note: str = ""

    @model_validator(mode="after")
    def _one_length(self) -> Value:
        if (self.months is None) == (self.days is None):
            raise ValueError("une durée est en mois ou en jours")
        return self


class Rule(_Model):
    """How long one thing is kept by one service, value by value. ``counted_from``: the event that starts the time."""

    service: str
    subject: str
    counted_from: str
    values: tuple[Value, ...] = Field(min_length=1)


@dataclass(frozen=True)
class RetentionPeriod:
    """The rule in force on one day for one thing."""

    subject: str
    value: Value

    def last_day(self, counted_from: dt.date) -> dt.date:
        """The last day on which it is kept."""
        if self.value.months is not None:
            return add_months(counted_from, self.value.months)
        return counted_from + dt.timedelta(days=self.value.days or 0)

    def is_over(self, counted_from: dt.date, today: dt.date) -> bool:
        """Whether it is to be forgotten today."""
        return self.last_day(counted_from) < today

    def latest_over(self, today: dt.date) -> dt.date:
        """The latest starting day whose time is over on ``today``."""
        day = today - dt.timedelta(days=(self.value.days or (self.value.months or 0) * 31) + 1)
        while self.is_over(day + dt.timedelta(days=1), today):
            day += dt.timedelta(days=1)
        return day


@dataclass(frozen=True)
class RetentionTable:
    """All rules of all services."""

    rules: tuple[Rule, ...]

    def on(self, service: str, day: dt.date) -> list[RetentionPeriod]:
        """What is in force for a service on a day; what has no value yet on that day is kept."""
        found = []
        for rule in self.rules:
            values = [one for one in rule.values if one.since <= day]
            if rule.service == service and values:
                found.append(RetentionPeriod(rule.subject, max(values, key=lambda one: one.since)))
        return found

    def period(self, service: str, subject: str, day: dt.date) -> RetentionPeriod | None:
        """What is in force for one thing on a day; None when it is kept."""
        return next((one for one in self.on(service, day) if one.subject == subject), None)


def read_table(document: Any) -> RetentionTable:
    """The table of a YAML document. Raises ``RetentionError``: what has no rule would be kept for ever."""
    try:
        rules = TypeAdapter(tuple[Rule, ...]).validate_python((document or {}).get("rules"))
    except (ValidationError, AttributeError) as error:
        raise RetentionError(f"durées de conservation illisibles : {error}") from error
    named = sorted((rule.service, rule.subject) for rule in rules)
    wanted = sorted((service, subject) for service, subjects in SUBJECTS.items() for subject in subjects)
    if named != wanted:
        raise RetentionError(
            f"une règle et une seule est attendue pour chaque donnée ; en trop ou absentes : {_odd(named, wanted)}"
        )
    for rule in rules:
        days = [value.since for value in rule.values]
        if days != sorted(set(days)):
            raise RetentionError(f"les dates d'effet de « {rule.service}.{rule.subject} » doivent se suivre")
    return RetentionTable(rules)


def _odd(named: Sequence[tuple[str, str]], wanted: Sequence[tuple[str, str]]) -> str:
    odd = [one for one in {*named, *wanted} if named.count(one) != wanted.count(one)]
    return ", ".join(".".join(one) for one in sorted(odd))


def table_in_force() -> RetentionTable:
    """The table of the file that ``AME_RETENTION`` names, else the one beside this file. Raises ``RetentionError``."""
    return read_table(yaml.safe_load(Path(os.environ.get(VARIABLE) or FILE).read_text("utf-8")))
