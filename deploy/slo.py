"""Objectives of service as data, and the rules of Prometheus made of them.

    python -m deploy.slo write | check

``deploy/prometheus/slo.yaml`` says what people may count on. From it come, for each objective, the share of bad askings
over each window, what is left of the budget, how many good answers a second there are, and one alert for each severity.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "prometheus"
DATA = FOLDER / "slo.yaml"
RULES = FOLDER / "slo_rules.yml"
HEAD = "# Made of slo.yaml: python -m deploy.slo write\n"


@dataclass(frozen=True)
class Objective:
    """What people may count on: the share of ``all`` askings that must be ``good``."""

    name: str
    says: str
    objective: float
    good: str
    all: str

    @property
    def budget(self) -> float:
        """The share that may be bad."""
        return round(1 - self.objective, 6)

    @property
    def alert(self) -> str:
        """As the runbook calls it: ``DepositAcceptedBudget``."""
        return "".join(word.capitalize() for word in self.name.split("_")) + "Budget"

    def bad(self, window: str) -> str:
        """The share of bad askings over a window; without askings there is none."""
        good, every = (query.replace("WINDOW", window) for query in (self.good, self.all))
        return f"1 - ({good} or vector(0)) / ({every} > 0)"


@dataclass(frozen=True)
class Burn:
    """A budget that burns ``factor`` times too fast over a long window and still does over a short one."""

    severity: str
    factor: float
    long: str
    short: str


def objectives(data: dict[str, Any]) -> list[Objective]:
    """The objectives of the data, in order."""
    return [Objective(**one) for one in data["objectives"]]


def burns(data: dict[str, Any]) -> list[Burn]:
    """How fast is too fast, by severity."""
    return [Burn(**one) for one in data["burns"]]


def rules(data: dict[str, Any]) -> dict[str, Any]:
    """The groups of rules, as Prometheus reads them."""
    every, fast = objectives(data), burns(data)
    windows = sorted({window for burn in fast for window in (burn.long, burn.short)}, key=_minutes)
    whole = f"{data['window_days']}d"
    recorded = [
        {"record": f"slo:bad:ratio_rate{window}", "expr": one.bad(window), "labels": {"slo": one.name}}
        for one in every
        for window in (*windows, whole)
    ]
    recorded += [
        {
            "record": "slo:budget_left:ratio",
            "expr": f'1 - slo:bad:ratio_rate{whole}{{slo="{one.name}"}} / {one.budget:g}',
            "labels": {"slo": one.name},
        }
        for one in every
    ]
    recorded += [
        {"record": "slo:good:rate5m", "expr": one.good.replace("WINDOW", "5m"), "labels": {"slo": one.name}}
        for one in every
    ]
    alerts = [
        _alert(one, severity, [burn for burn in fast if burn.severity == severity])
        for one in every
        for severity in dict.fromkeys(burn.severity for burn in fast)
    ]
    return {"groups": [{"name": "objectives", "rules": recorded}, {"name": "budgets", "rules": alerts}]}


def _alert(one: Objective, severity: str, fast: list[Burn]) -> dict[str, Any]:
    def over(window: str, factor: float) -> str:
        return f'slo:bad:ratio_rate{window}{{slo="{one.name}"}} > {round(factor * one.budget, 6):g}'

    either = " or ".join(f"({over(burn.long, burn.factor)} and {over(burn.short, burn.factor)})" for burn in fast)
    return {
        "alert": one.alert,
        "expr": either,
        "labels": {"severity": severity},
        "annotations": {"summary": f"{one.says} : moins souvent que promis, la marge du mois s'épuise."},
    }


def _minutes(window: str) -> int:
    found = re.fullmatch(r"(\d+)([mhd])", window)
    assert found is not None, window
    return int(found[1]) * {"m": 1, "h": 60, "d": 1440}[found[2]]


def text() -> str:
    """The rules as the file holds them."""
    data = yaml.safe_load(DATA.read_text())
    return HEAD + yaml.safe_dump(rules(data), sort_keys=False, allow_unicode=True, width=1000)


def main(arguments: list[str]) -> int:
    """Write the rules, or check that they are those of the data; returns the exit code."""
    match arguments:
        case ["write"]:
            RULES.write_text(text())
            return 0
        case ["check"]:
            fresh = RULES.exists() and RULES.read_text() == text()
            print("the rules are those of slo.yaml" if fresh else "older than slo.yaml: python -m deploy.slo write")
            return 0 if fresh else 1
        case _:
            print("usage: python -m deploy.slo write|check", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
