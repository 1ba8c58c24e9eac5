"""``python -m tests.guarantees``: every guarantee at full size, with its seed and a table of what was done and found.

    python -m tests.guarantees [--seed N] [--applications 2000] [--pairs 500] [--only WORD]

The same seed gives the same applications, and the same faults in the same order. Exits with 1 when a guarantee fails.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).parent
# What is proved without this platform: a restored backup, a replica that takes over, three brokers, the relay against
# any order of faults, the door against any request.
BESIDE = (
    FOLDER.parent / "deploy" / "test_backup.py",
    FOLDER.parent / "deploy" / "test_takeover.py",
    FOLDER.parent / "deploy" / "test_kafka_cluster.py",
    FOLDER.parent / "shared" / "messaging" / "test_relay.py",
    FOLDER.parent / "shared" / "messaging" / "test_refusals.py",
    FOLDER.parent / "shared" / "messaging" / "test_parked.py",
    FOLDER.parent / "shared" / "messaging" / "test_silent_lines.py",
    FOLDER.parent / "interface" / "test_any_request.py",
    FOLDER.parent / "interface" / "test_hostile_addresses.py",
)


class Outcomes:
    """Which tests failed, as pytest tells it."""

    def __init__(self) -> None:
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(f"{report.nodeid.rpartition('/')[2]} ({report.when})")


def main(arguments: list[str]) -> int:
    """Run the guarantees and print their table."""
    parser = argparse.ArgumentParser(prog="python -m tests.guarantees")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--applications", type=int, default=2000, help="posted while processes, servers and lines fail")
    parser.add_argument("--pairs", type=int, default=500, help="persons who apply at two caisses at the same moment")
    parser.add_argument("--missed", type=int, default=1000, help="posted while each one service is away")
    parser.add_argument("--only", default="", help="an expression of pytest -k")
    options = parser.parse_args(arguments)
    print(f"Garanties, graine {options.seed} (pour répéter : --seed {options.seed})", flush=True)
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as lines:
        os.environ |= {
            "GUARANTEES_SEED": str(options.seed),
            "GUARANTEES_APPLICATIONS": str(options.applications),
            "GUARANTEES_PAIRS": str(options.pairs),
            "GUARANTEES_MISSED": str(options.missed),
            "GUARANTEES_PATIENCE": os.environ.get("GUARANTEES_PATIENCE", "1200"),
            "GUARANTEES_REPORT": lines.name,
            "INTERFACE_EXAMPLES": os.environ.get("INTERFACE_EXAMPLES", "20"),
        }
        outcomes, began = Outcomes(), time.monotonic()
        select = ["-k", options.only] if options.only else [str(path) for path in BESIDE]
        patient = ["-o", "faulthandler_timeout=3600"]  # a test of this size may last longer than any of `make test`
        code = pytest.main(["-q", "--no-header", *patient, str(FOLDER), *select], plugins=[outcomes])
        found = [json.loads(line) for line in Path(lines.name).read_text().splitlines()]
    _print(found, outcomes.failed, options.seed, time.monotonic() - began)
    return int(code)


def _print(found: list[dict[str, Any]], failed: list[str], seed: int, seconds: float) -> None:
    table = Table(title=f"Garanties, graine {seed}, {seconds:.0f} s")
    table.add_column("garantie")
    table.add_column("pannes injectées")
    for name in ("demandes", "perdus", "doublés", "en désordre"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for line in found:
        faults = sum(line["faults"].values())
        kinds = len(line["faults"])
        counts = [str(line[name]) for name in ("applications", "lost", "doubled", "out_of_order")]
        told = f"{faults} ({kinds} sortes)" if kinds > 1 else str(faults)
        table.add_row(line["guarantee"], told, *counts, "tenue" if line["holds"] else "[red]rompue[/red]")
    console = Console(width=max(110, Console().width))
    console.print(table)
    for name in failed:
        console.print(f"[red]échec :[/red] {name}", highlight=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
