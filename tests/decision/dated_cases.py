"""The dated cases of ``cases/*.yaml``: what a lawyer writes, as the application that a simulation takes."""

from __future__ import annotations

import copy
import datetime as dt
import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from shared.calendar import add_days, add_months

FOLDER = Path(__file__).parent / "cases"
RELATIVE = re.compile(r"^dépôt ([+-]) (\d+) (day|month)s?$")
SHORT = {
    "name",
    "expect",
    "source",
    "confidence",
    "deposited",
    "others",
    "applicant",
    "stay",
    "euros",
    "cents",
    "more_papers",
    "channel",
    "filed_by",
    "received",
    "live",
}


@dataclass(frozen=True)
class DatedCase:
    """One case. ``application``: for simulate; ``expect``: what the law says; ``source`` and ``confidence``: of that.

    ``live``: lived through the five services as well, to the letter.
    """

    file: str
    name: str
    application: dict[str, Any]
    expect: dict[str, Any]
    source: str
    confidence: str
    live: bool

    @property
    def text(self) -> str:
        return json.dumps(self.application)


@functools.cache
def defaults() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "defaults.yaml").read_text("utf-8"))
    return loaded


@functools.cache
def cases() -> tuple[DatedCase, ...]:
    """Every case of every file, in order."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name == "defaults.yaml":
            continue
        content = yaml.safe_load(path.read_text("utf-8"))
        for case in content["cases"]:
            found.append(
                DatedCase(
                    path.stem,
                    case["name"],
                    application_of(case),
                    _plain(case["expect"]),
                    case.get("source", content["source"]),
                    case.get("confidence", content["confidence"]),
                    case.get("live", False),
                )
            )
    return tuple(found)


def application_of(case: dict[str, Any]) -> dict[str, Any]:
    """The ordinary file with what the case changes; every date absolute."""
    whole = copy.deepcopy(defaults()["application"])
    deposited: dt.date = case["deposited"]
    whole["deposit"]["deposited_on"] = deposited
    for name, field in (("channel", "channel"), ("filed_by", "filed_by"), ("received", "received_on")):
        if name in case:
            whole["deposit"][field] = case[name]
    applicant = whole["members"][0]
    applicant.update({name: value for name, value in case.get("applicant", {}).items() if name != "stay"})
    applicant["stay"].update(case.get("stay", {}))
    for name, value in case.items():
        if name in SHORT:
            continue
        whole[name] = whole["deposit"] | value if name == "deposit" else value
    for other in case.get("others", []):
        rank = len(whole["members"])
        base = defaults()["others"].get(
            other if isinstance(other, str) else other["relation"], defaults()["others"]["spouse"]
        )
        whole["members"].append({**base, **({} if isinstance(other, str) else other)})
        if isinstance(other, str) or not other.get("without_paper"):
            whole["papers"].append({"kind": "passport", "member_rank": rank, "has_photo": True})
        whole["members"][-1].pop("without_paper", None)
        if whole["members"][-1].get("in_regular_stay"):
            whole["members"][-1]["stay"] = {"entered_on": base["stay"]["entered_on"]}
    whole["papers"] = [*whole["papers"], *case.get("more_papers", [])]
    if "euros" in case or "cents" in case:
        whole["means"] = {"estimate_cents": case.get("cents", case.get("euros", 0) * 100)}
    made: dict[str, Any] = _dated(whole, deposited)
    return made


def _dated(value: Any, deposited: dt.date) -> Any:
    """Dates as text, relative ones counted from the deposit."""
    if isinstance(value, dict):
        # In YAML 1.1 a bare ``on`` is a yes.
        return {"on" if name is True else name: _dated(inner, deposited) for name, inner in value.items()}
    if isinstance(value, list):
        return [_dated(one, deposited) for one in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str) and (match := RELATIVE.match(value)):
        count = int(match[2]) * (1 if match[1] == "+" else -1)
        return (add_days(deposited, count) if match[3] == "day" else add_months(deposited, count)).isoformat()
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, dt.date) else value
