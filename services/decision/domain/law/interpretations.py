"""The collection of interpretations ("recueil d'interprétation harmonisée"): how a rule is read where its text leaves a
doubt.

Each entry is numbered and dated, names the rules it reads, and keeps its history: proposed, adopted or withdrawn, by
whom. An interpretation never decides: it is shown beside the finding it bears on. Texts come in as YAML (``rulesets``
reads the files).
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, computed_field

from services.decision.domain.law.rulebook import LOADER, BrokenRule, Confidence, Value
from shared.contract.first_day import FirstDay

State = Literal["proposed", "adopted", "withdrawn"]
Circumstance = Literal["renewal", "dependants"]
"""What a file must be for an entry to be shown beside it: a renewal, a household with adults in charge."""


class Step(BaseModel):
    """One step in the life of an entry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: State
    dated: dt.date
    by: str = Field(min_length=3)


class Interpretation(BaseModel):
    """One entry. ``valid_from`` to ``valid_until`` (included; None: still): the dates of the facts it is about.

    ``facts``: the facts of findings it is shown beside, where it is not about all. ``when``: the files it is shown for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    number: str = Field(pattern=r"^I-[0-9]{3}$")
    valid_from: FirstDay = Field(alias="from")
    valid_until: dt.date | None = Field(None, alias="until")
    rules: list[str] = Field(min_length=1)
    when: Circumstance | None = None
    facts: list[str] = []
    question: str = Field(min_length=10)
    answer: str = Field(min_length=10)
    source: str = Field(min_length=3)
    confidence: Confidence
    history: list[Step] = Field(min_length=1)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def state(self) -> State:
        """Where the entry stands now."""
        return self.history[-1].state

    def covers(self, on: dt.date) -> bool:
        """Whether it is in force on this day; both ends count."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    interpretations: list[Interpretation]


class Collection:
    """All entries, by number."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Read YAML texts. Raises ``BrokenRule`` for an entry that lacks a part, a number used twice, or a history out
        of order."""
        found: dict[str, Interpretation] = {}
        for text in texts:
            try:
                entries = _File.model_validate(yaml.load(text, Loader=LOADER)).interpretations
            except (ValidationError, yaml.YAMLError) as error:
                raise BrokenRule(str(error)) from error
            for entry in entries:
                if entry.number in found:
                    raise BrokenRule(f"{entry.number}: written twice")
                days = [step.dated for step in entry.history]
                if days != sorted(days) or (entry.valid_until and entry.valid_until < entry.valid_from):
                    raise BrokenRule(f"{entry.number}: dates out of order")
                found[entry.number] = entry
        self.entries = [found[number] for number in sorted(found)]
        self._by_rule: dict[str, list[Interpretation]] = {}
        for entry in self.entries:
            for rule in entry.rules:
                self._by_rule.setdefault(rule, []).append(entry)

    def of(
        self, rule: str, on: dt.date, fact: str = "", circumstances: frozenset[Circumstance] | None = None
    ) -> list[Interpretation]:
        """The entries that bear on a rule for facts of a day: what to show beside a finding.

        ``fact``: of the finding, for the entries that are about some facts alone. ``circumstances``: of the file; None:
        all entries.
        """
        return [
            entry
            for entry in self._by_rule.get(rule, ())
            if entry.covers(on)
            and (not entry.facts or fact in entry.facts)
            and (entry.when is None or circumstances is None or entry.when in circumstances)
        ]

    def beside(
        self,
        rule: str,
        on: dt.date,
        law: Value | None,
        fact: str = "",
        circumstances: frozenset[Circumstance] | None = None,
    ) -> list[Interpretation]:
        """The entries to show beside a finding: those of the day, and those of the last day of the version that was
        applied."""
        found = self.of(rule, on, fact, circumstances)
        if law is not None and law.valid_until is not None and law.valid_until < on:
            found += [entry for entry in self.of(rule, law.valid_until, fact, circumstances) if entry not in found]
        return found

    def search(self, words: str = "", rule: str | None = None, on: dt.date | None = None) -> list[Interpretation]:
        """Entries that hold every word (accents and case aside), read this rule, and are about facts of this day."""
        wanted = _plain(words).split()
        return [
            entry
            for entry in self.entries
            if (rule is None or rule in entry.rules)
            and (on is None or entry.covers(on))
            and all(word in _plain(f"{entry.number} {entry.question} {entry.answer} {entry.source}") for word in wanted)
        ]


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
