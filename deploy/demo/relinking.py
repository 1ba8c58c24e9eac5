"""The whole base searched again when the demonstration is over, for a look only: what a run would propose.

It is the command of every day on the demonstration's own base. The report stays beside the other papers; the folder of
the run, which holds people, goes.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from rich.table import Table

from deploy.demo.checks import Check
from deploy.demo.summary import bare_table, town
from deploy.local.platform import Platform

REPORT = "rapprochement-a-blanc.csv"
COLUMNS = {
    "same_person": "même personne",
    "to_examine": "à examiner",
    "dissolved": "à dissoudre",
    "joined": "à réunir",
    "parted": "à séparer",
}
_STATE = "SELECT (SELECT count(*) FROM relink_runs), (SELECT count(*) FROM pairs), (SELECT count(*) FROM links)"


@dataclass(frozen=True)
class DryRun:
    """A dry run: the lines of its report, what the base held before and after it, and how long it took."""

    report: list[dict[str, str]]
    before: tuple[int, int, int]
    after: tuple[int, int, int]
    seconds: float


def dry_run(platform: Platform, papers: Path) -> DryRun:
    """Search everybody of the demonstration again; the report is left in ``papers``."""
    folder, out = platform.state_folder / "relink", papers / REPORT
    command = [sys.executable, "-m", "services.dedup", "relink"]
    began, before = time.monotonic(), _state(platform)
    search = ["search", "--folder", str(folder), "--by", "demonstration", "--dry-run", "--out", str(out)]
    platform.run([*command, *search], "dedup")
    platform.run([*command, "remove", "--folder", str(folder)], "dedup")
    with out.open(encoding="utf-8", newline="") as file:
        report = list(csv.DictReader(file))
    return DryRun(report, before, _state(platform), time.monotonic() - began)


def _state(platform: Platform) -> tuple[int, int, int]:
    with psycopg.connect(platform.database("dedup")) as connection:
        runs, pairs, links = connection.execute(_STATE).fetchone() or (0, 0, 0)
    return runs, pairs, links


def table(run: DryRun, names: Mapping[str, str]) -> Table:
    """What the run would propose, by caisse and as a whole. ``names``: of the caisses."""
    shown = bare_table(
        "Toute la base rapprochée à nouveau, à blanc : ce qui serait proposé", "caisse", *COLUMNS.values()
    )
    countries = sum(row["by"] == "country" for row in run.report)
    shown.caption = f"{run.seconds:.0f} s ; par pays de naissance ({countries}) : {REPORT} ; rien n'est dit ni relié"
    lines = [row for row in run.report if row["by"] == "caisse"] + [row for row in run.report if row["by"] == "all"]
    for row in lines:
        whole = row["by"] == "all"
        label = "Ensemble" if whole else f"{row['value']} {town(names.get(row['value'], row['value']))}"
        cells = (str(int(row[name]) or "·") for name in COLUMNS)
        shown.add_row(label, *cells, style="bold" if whole else "")
    return shown


def check(run: DryRun) -> Check:
    """A dry run leaves no trace in the base: no run, no pair, no link."""
    wrong = f"passes, paires, liens : {run.before} avant, {run.after} après"
    return Check("un rapprochement à blanc de toute la base n'y laisse aucune trace", run.before == run.after, wrong)
