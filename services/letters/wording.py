"""The words of the letters for codes of other services: papers, requested items, motives of refusal, facts; and how
dates, amounts and names are written in French.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
NARROW_SPACE = "\u202f"


@dataclass(frozen=True)
class Item:
    title: str
    why: str


@dataclass(frozen=True)
class Ground:
    """What a motive says, and the papers that would change the decision."""

    text: str
    remedies: tuple[str, ...]


@dataclass(frozen=True)
class Wording:
    """Words by code. An unknown code (a later producer) is written as it came, so that no fact is kept silent."""

    papers: Mapping[str, str]
    items: Mapping[str, Item]
    motives: Mapping[str, Ground]
    facts: Mapping[str, str]

    @classmethod
    def parse(cls, documents: Mapping[str, Any]) -> Wording:
        """From the parsed YAML files, by stem: papers, items, motives, facts."""
        return cls(
            papers=documents["papers"],
            items={code: Item(**item) for code, item in documents["items"].items()},
            motives={code: Ground(m["text"], tuple(m["remedies"])) for code, m in documents["motives"].items()},
            facts=documents["facts"],
        )

    def paper(self, code: str) -> str:
        return self.papers.get(code, _plain(code))

    def item(self, code: str) -> Item:
        return self.items.get(code, Item(f"Une pièce ou une précision : {_plain(code)}", ""))

    def ground(self, code: str) -> Ground:
        return self.motives.get(code, Ground(f"Motif : {_plain(code)}.", ()))

    def fact(self, key: str, value: str) -> tuple[str, str]:
        """Label and value of a fact behind a motive, as written in the letter."""
        label = self.facts.get(key, _plain(key.removesuffix("_cents")).capitalize())
        if key.endswith("_cents") and re.fullmatch(r"-?\d+", value):
            return label, euros(int(value))
        if _ISO.fullmatch(value):
            return label, long_date(dt.date.fromisoformat(value))
        return label, value


def _plain(code: str) -> str:
    return code.replace("_", " ")


def long_date(day: dt.date) -> str:
    """« 1er mars 2008 »."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {MONTHS[day.month - 1]} {day.year}"


def short_date(day: dt.date) -> str:
    """« 01/03/2008 », for tables."""
    return f"{day.day:02}/{day.month:02}/{day.year}"


def partial_date(text: str | None) -> str:
    """A birth date whose day and month may be unknown: « 05/1984 », « 1984 », or « non indiquée »."""
    match = _ISO.fullmatch(text or "")
    if not match:
        return "non indiquée"
    return "/".join(part for part in reversed(match.groups()) if part != "00")


def euros(cents: int) -> str:
    """« 7 272,10 € », with narrow no-break spaces."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    whole = f"{cents // 100:,}".replace(",", NARROW_SPACE)
    return f"{sign}{whole},{cents % 100:02}\u00a0€"
