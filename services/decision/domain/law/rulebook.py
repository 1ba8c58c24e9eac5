"""The rule book: every legal value with its dates, its reference and how sure of it we are.

The law that counts is the law of the date of the fact, so a value is always asked for a day. Texts come in as YAML;
reading the files is the shell's work (``services.decision.rulesets``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.decision.domain.law.citations import Reference, Text, parts
from services.decision.domain.law.rule_types import type_of
from services.decision.domain.law.value_types import Delay, StartsFrom
from shared.contract.first_day import FirstDay

Confidence = Literal["V", "S", "M", "C"]
KeyedOn = Literal[
    "deposit", "decision", "care", "reception", "request", "title_end", "right_end", "issue", "event", "day"
]
"""The fact whose date says which version of a rule applies. ``event``: the day of whatever starts a clock."""

# The same safe subset of YAML, ten times faster where the C library is there.
LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BrokenRule(ValueError):
    """A rule that cannot be trusted: a field missing, periods that overlap, a value of the wrong type."""


class NoRule(LookupError):
    """No value of this rule is known for this day."""


class _Entry(BaseModel):
    """``begins``: the text that sets a first day that is the first of a month. ``starts_from``: see ``_Rule``."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: FirstDay = Field(alias="from")
    begins: str = ""
    starts_from: StartsFrom | None = None
    until: dt.date | None = None
    value: Any
    reference: str = Field(min_length=3)
    confidence: Confidence
    source: str = Field(min_length=3)
    note: str = ""
    checked_on: dt.date | None = None


class _Rule(BaseModel):
    """``starts_from``: the event that a rule which counts days, months or years counts from, unless an entry says
    another. ``begins``: the text that sets the first days of its values."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z_]+(\.[a-z_]+)?$")
    label: str = Field(min_length=3)
    unit: str = Field(min_length=1)
    keyed_on: KeyedOn
    starts_from: StartsFrom | None = None
    begins: str = ""
    values: list[_Entry] = Field(min_length=1)


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=2)
    title: str = Field(min_length=3)
    address: str = Field(default="", pattern=r"^(https://\S+)?$")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rules: list[_Rule] = []
    texts: list[_Text] = []


class Value(BaseModel):
    """One value of one rule, valid from ``valid_from`` to ``valid_until`` (both included; None: still in force).

    ``checked_on``: the day it was last compared with its source; None for what was never checked. ``starts_from``: the
    event it counts from, None for what counts from nothing. ``begins``: the text that sets its first day, where it was
    noted; a first day that was not read (``earliest``) is ``date.min``.
    """

    model_config = ConfigDict(frozen=True)

    rule: str
    label: str
    unit: str
    keyed_on: KeyedOn
    valid_from: dt.date
    valid_until: dt.date | None
    value: Any
    raw: Any
    reference: str
    confidence: Confidence
    source: str
    note: str = ""
    checked_on: dt.date | None = None
    starts_from: StartsFrom | None = None
    begins: str = ""


class Rulebook:
    """All rules of one edition. ``id`` is the digest of their content: two books with the same id say the same."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Read YAML texts, in any order.

        Raises ``BrokenRule`` when a value lacks its reference, its confidence mark or its source, when two periods of
        a rule overlap, when a rule is unknown or written twice, or when a value has the wrong type.
        """
        self._values: dict[str, list[Value]] = {}
        self._starts: dict[str, list[dt.date]] = {}
        self._texts: dict[str, Text] = {}
        for text in texts:
            self._read(text)
        content = {
            name: [value.model_dump(mode="json", exclude={"value"}) for value in values]
            for name, values in sorted(self._values.items())
        }
        self.content: dict[str, Any] = content
        self.id = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]

    def _read(self, text: str) -> None:
        try:
            file = _File.model_validate(yaml.load(text, Loader=LOADER))
        except (ValidationError, yaml.YAMLError) as error:
            raise BrokenRule(str(error)) from error
        self._texts.update((one.name.lower(), Text(one.title, one.address)) for one in file.texts)
        for rule in file.rules:
            if rule.name in self._values:
                raise BrokenRule(f"{rule.name}: written twice")
            self._values[rule.name] = _periods(rule)
            self._starts[rule.name] = [value.valid_from for value in self._values[rule.name]]

    def value(self, rule: str, on: dt.date) -> Value:
        """The value of a rule on a day. Raises ``NoRule`` when the rule, or the rule on that day, is unknown."""
        if rule not in self._values:
            raise NoRule(rule)
        position = bisect_right(self._starts[rule], on) - 1
        found = self._values[rule][position] if position >= 0 else None
        if found is None or (found.valid_until is not None and on > found.valid_until):
            raise NoRule(f"{rule}: no value on {on}")
        return found

    def find(self, rule: str, on: dt.date) -> Value | None:
        """The value of a rule on a day, or None."""
        try:
            return self.value(rule, on)
        except NoRule:
            return None

    def references(self, value: Value) -> tuple[Reference, ...]:
        """The reference of a value in its parts: text, article, amending text, and the address of the text if known."""
        return parts(value.reference, self._texts)

    def keyed_on(self, rule: str) -> KeyedOn:
        """The fact whose date chooses the version of this rule. Raises ``NoRule``."""
        if rule not in self._values:
            raise NoRule(rule)
        return self._values[rule][0].keyed_on

    def rules(self) -> list[str]:
        """The names of all rules, in order."""
        return sorted(self._values)

    def history(self, rule: str) -> list[Value]:
        """All values of a rule, oldest first."""
        return list(self._values[rule])


def _periods(rule: _Rule) -> list[Value]:
    expected = type_of(rule.name)
    if expected is None:
        raise BrokenRule(f"{rule.name}: no code knows this rule")
    values = []
    for entry, following in zip(rule.values, [*rule.values[1:], None], strict=True):
        if following is not None and following.from_ <= entry.from_:
            raise BrokenRule(f"{rule.name}: values must be in order of date ({following.from_})")
        if entry.until is not None and (entry.until < entry.from_ or (following and following.from_ <= entry.until)):
            raise BrokenRule(f"{rule.name}: the period from {entry.from_} overlaps another")
        last = entry.until or (following.from_ - dt.timedelta(days=1) if following else None)
        try:
            value = expected.validate_python(entry.value)
        except ValidationError as error:
            raise BrokenRule(f"{rule.name} from {entry.from_}: {error}") from error
        values.append(
            Value(
                rule=rule.name,
                label=rule.label,
                unit=rule.unit,
                keyed_on=rule.keyed_on,
                valid_from=entry.from_,
                valid_until=last,
                value=value,
                raw=entry.value,
                reference=entry.reference,
                confidence=entry.confidence,
                source=entry.source,
                note=entry.note,
                checked_on=entry.checked_on,
                starts_from=entry.starts_from or rule.starts_from or _former_start(value),
                begins=entry.begins or rule.begins,
            )
        )
    return values


def _former_start(value: Any) -> StartsFrom | None:
    """Editions of before the key ``starts_from`` name the start of a delay inside its value."""
    return value.starts if isinstance(value, Delay) else None


class Law:
    """The rules for one file: each rule is asked for without a date, and finds the day it is keyed on.

    The only place where it is said which date chooses which version. A rule keyed on a day the file does not have
    raises ``NoRule``; so does a rule that has no value on its day.
    """

    def __init__(self, book: Rulebook, deposit: dt.date, **days: dt.date) -> None:
        self.book = book
        self.deposit = deposit
        self._days: Mapping[str, dt.date] = {"deposit": deposit, **days}
        self._found: dict[str, Value | None] = {}

    def on(self, **days: dt.date) -> Law:
        """The same law with other days known: of care, of the end of a title, of the decision."""
        return Law(self.book, **{**self._days, **days})

    def find(self, rule: str) -> Value | None:
        """The version that applies, or None."""
        if rule not in self._found:
            try:
                day = self._days.get(self.book.keyed_on(rule))
            except NoRule:
                day = None
            self._found[rule] = None if day is None else self.book.find(rule, day)
        return self._found[rule]

    def value(self, rule: str) -> Value:
        """The version that applies. Raises ``NoRule``."""
        found = self.find(rule)
        if found is None:
            raise NoRule(f"{rule}: no value on {self._days}")
        return found
