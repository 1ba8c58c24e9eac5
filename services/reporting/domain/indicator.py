"""What one indicator is: a line of the table, its unit, its definition, and the ratio that it may be. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Value = int | float | None
Figures = Mapping[str, Value]


@dataclass(frozen=True)
class Ratio:
    """A share in percent, one decimal: the sum of some counts over the sum of others."""

    of: tuple[str, ...]
    over: tuple[str, ...]

    def value(self, figures: Figures) -> Value:
        """The ratio in percent, to one decimal; None where the whole is zero."""
        whole = sum(figures[code] or 0 for code in self.over)
        return round(100 * sum(figures[code] or 0 for code in self.of) / whole, 1) if whole else None


@dataclass(frozen=True)
class Indicator:
    """One line of the table. ``confidence``: V for a definition of the texts, C for one of ours.

    ``breakdown`` names what a line is split by, if it is; ``additive``: whether the caisses add up to the whole.
    """

    code: str
    name: str
    unit: Literal["demandes", "personnes", "jours", "%", "courriers", "signalements"]
    formula: str
    source: str
    confidence: Literal["V", "C"] = "C"
    breakdown: Literal["", "motive", "letter"] = ""
    additive: bool = True
    ratio: Ratio | None = None

    @property
    def counts_persons(self) -> bool:
        """Whether a small value may point at a person: what secrecy covers outside the caisse."""
        return self.unit in ("demandes", "personnes", "signalements", "courriers")
