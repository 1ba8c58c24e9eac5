"""When the register of secured paper warns, and how much it will need. PURE: figures in, warnings out.

The limits are ours and lie in ``paper.yaml``: no French text on them is known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from pydantic import BaseModel, ConfigDict


class PaperRules(BaseModel):
    """Which letters secured paper carries, and the limits of the register."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: list[str]
    since: dt.date
    pages_per_sheet: int
    days_of_stock: int
    spoil_rate: float
    inventory_days: int
    second_person_days: int
    observed_days: int
    spare: float


@dataclass(frozen=True)
class Activity:
    """What the register of one caisse shows on a day.

    ``used`` and ``spoiled``: in the observed days; ``year``: sheets that the letters of the last year took or would
    have taken; ``gaps``: ranges in stock below sheets of the same delivery that were used; ``alone``: counts that wait
    for a second person, with their age in days.
    """

    stock: int
    used: int
    spoiled: int
    unaccounted: int
    year: int
    gaps: Sequence[str]
    inventory_on: dt.date | None
    delivered_on: dt.date | None
    alone: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Notice:
    """One thing to look at: its code, and the figure behind it."""

    code: str
    detail: str


def days_left(activity: Activity, rules: PaperRules) -> int | None:
    """Days that the stock lasts at the use of the observed days; None where nothing was used."""
    used = activity.used + activity.spoiled
    return activity.stock * rules.observed_days // used if used else None


def forecast(activity: Activity, rules: PaperRules) -> int:
    """Sheets to have for the year to come: those of the last year, and some to spare."""
    return ceil(activity.year * rules.spare)


def warnings(activity: Activity, rules: PaperRules, today: dt.date) -> list[Notice]:
    """What a supervisor should look at, the most pressing first."""
    found = []
    left = days_left(activity, rules)
    if (left is not None and left < rules.days_of_stock) or (activity.delivered_on and not activity.stock):
        found.append(Notice("stock_low", f"{activity.stock} feuille(s), {left or 0} jour(s)"))
    if activity.unaccounted:
        found.append(Notice("unaccounted", f"{activity.unaccounted} feuille(s)"))
    ended = activity.used + activity.spoiled
    if ended and activity.spoiled / ended > rules.spoil_rate:
        found.append(Notice("spoil_rate", f"{100 * activity.spoiled / ended:.1f} %".replace(".", ",")))
    if activity.gaps:
        found.append(Notice("gap_in_use", ", ".join(activity.gaps)))
    since = activity.inventory_on or activity.delivered_on
    if since is not None and (today - since).days > rules.inventory_days:
        found.append(Notice("inventory_old", f"{(today - since).days} jour(s)"))
    for subject, age in activity.alone:
        if age >= rules.second_person_days:
            found.append(Notice("second_person_missing", f"{subject}, {age} jour(s)"))
    return found
