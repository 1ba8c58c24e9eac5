"""Which caisse applies the arrangement since when, from the dated list of ``rollout.yaml``. PURE."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

FILE = Path(__file__).parents[1] / "rollout.yaml"
State = Literal["invited", "preparing", "pilot", "applied"]
STATES = {
    "": "pas encore invitée",
    "invited": "invitée",
    "preparing": "se prépare",
    "pilot": "pilote",
    "applied": "applique",
}


@dataclass(frozen=True)
class Place:
    """Where a caisse is in the roll-out on a day. ``base_since``: the first day of the common base there, or None."""

    state: State | Literal[""]
    since: dt.date | None
    reference: str
    confidence: str
    base_since: dt.date | None


@cache
def _data() -> Any:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def checklist() -> dict[str, str]:
    """What a caisse that prepares goes through: the words of each item, by its code."""
    return {item["code"]: item["words"] for item in _data()["checklist"]}


def place_on(caisse: str, day: dt.date, done: Sequence[dt.date] = ()) -> Place:
    """The last state that began on ``day`` or before; the state "" before the first one. ``done``: the days on which
    items of the checklist were done, from the first of which a caisse that was invited prepares."""
    data = _data()
    steps = [dict(one) for one in data["everybody"]]
    if caisse in data["pilots"]["caisses"]:
        steps.append({**data["pilots"], "state": "pilot"})
    begun = sorted((one for one in steps if one["from"] <= day), key=lambda one: one["from"])
    # a pilot is not invited to what it tries already
    found = [one for one in begun if one["state"] != "invited" or not any(o["state"] == "pilot" for o in begun)]
    bases = [one["from"] for one in data["base"] if one["from"] <= day and caisse in (one["caisses"] or [caisse])]
    last: dict[str, Any] = found[-1] if found else {"state": "", "from": None, "reference": "", "confidence": ""}
    if last["state"] == "invited" and done:
        last = {**last, "state": "preparing", "from": max(last["from"], min(done)), "confidence": "V"}
    return Place(last["state"], last["from"], last["reference"], last["confidence"], min(bases, default=None))


def share(part: int, whole: int) -> float | None:
    """A share in percent, one decimal; None of nothing."""
    return round(100 * part / whole, 1) if whole else None
