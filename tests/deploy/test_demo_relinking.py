"""The demonstration's dry run over the whole base: its table says what the report says, and its check can fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from bench.checks import fill
from deploy.demo.relinking import REPORT as FILE
from deploy.demo.relinking import DryRun, check, dry_run, table
from deploy.embedded.databases import Database
from deploy.local.platform import ROOT, Platform
from services.dedup.domain.matching.normalisation import normalise
from services.dedup.training.data import as_rows
from tests.relink.bases import identities
from tests.servers import Databases

REPORT = [
    {"by": "all", "value": "", "same_person": "2", "to_examine": "1", "dissolved": "0", "joined": "0", "parted": "1"},
    {
        "by": "caisse",
        "value": "751",
        "same_person": "2",
        "to_examine": "0",
        "dissolved": "0",
        "joined": "0",
        "parted": "1",
    },
    {
        "by": "caisse",
        "value": "931",
        "same_person": "2",
        "to_examine": "1",
        "dissolved": "0",
        "joined": "0",
        "parted": "1",
    },
    {
        "by": "country",
        "value": "ML",
        "same_person": "2",
        "to_examine": "1",
        "dissolved": "0",
        "joined": "0",
        "parted": "1",
    },
]
NAMES = {"751": "CPAM de Paris", "931": "CPAM de la Seine-Saint-Denis (Bobigny)"}
RUN = DryRun(REPORT, (0, 12, 3), (0, 12, 3), 4.2)


def test_the_table_ends_with_the_whole_and_names_each_caisse() -> None:
    shown = table(RUN, NAMES)
    rows = list(zip(*(map(str, column.cells) for column in shown.columns), strict=True))
    assert rows == [
        ("751 Paris", "2", "·", "·", "·", "1"),
        ("931 Bobigny", "2", "1", "·", "·", "1"),
        ("Ensemble", "2", "1", "·", "·", "1"),
    ]
    assert "(1)" in str(shown.caption)


def test_a_trace_in_the_base_is_a_failed_check() -> None:
    assert check(RUN).holds
    for trace in ((1, 12, 3), (0, 13, 3), (0, 12, 2)):
        assert not check(replace(RUN, after=trace)).holds


@dataclass
class OneDatabase:
    """As much of a platform as a dry run asks for."""

    made: Database
    state_folder: Path

    def database(self, service: str) -> str:
        assert service == "dedup"
        return self.made.conninfo()

    def run(self, command: Sequence[str], service: str) -> str:
        settings = {"AME_PROFILE": "test", "AME_SERVICE": service, "AME_STATE_DIR": str(self.state_folder)}
        environment = os.environ | self.made.environment() | settings
        return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def test_the_dry_run_is_the_command_of_every_day(databases: Databases, tmp_path: Path) -> None:
    made = databases.migrated("dedup")
    fill(made.conninfo(owner=True), as_rows(b"".join(normalise(one) for one in identities(300))))
    run = dry_run(cast("Platform", OneDatabase(made, tmp_path)), tmp_path)
    assert check(run).holds
    assert not (tmp_path / "relink").exists()
    [whole] = [row for row in run.report if row["by"] == "all"]
    assert int(whole["same_person"]) > 40
    assert (tmp_path / FILE).read_text().startswith("by,value,same_person,to_examine,dissolved")
    assert len(table(run, {"751": "CPAM de Paris"}).rows) == 2
